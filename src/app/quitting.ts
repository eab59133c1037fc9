/** Leaving: asked about first while something still runs, or while a container waits for a decision. */
import type { App } from './app.ts';
import { askingOfEnding } from './ending-question.ts';
import { titleOf, unfinished } from './jobs.ts';
import { shortenMiddle } from './width.ts';

/** Cells for what is still running, so that the rest of the question fits beside it. */
const TITLE = 40;

/** `end` leaves; it is called at once where nothing has to be asked. */
export function quit({ store }: Pick<App, 'store'>, end: () => void): void {
  const { jobs, runEnding } = store.get();
  const [first, ...others] = unfinished(jobs);
  if (runEnding !== undefined) {
    store.update((state) =>
      askingOfEnding({
        ...state,
        overlay: undefined,
        page: undefined,
        changesPage: undefined,
        files: undefined,
        findings: undefined,
        compare: undefined,
      }),
    );
  } else if (first === undefined) end();
  else {
    const title = `${shortenMiddle(titleOf(first), TITLE)} is still running`;
    store.update((state) => ({
      ...state,
      overlay: {
        kind: 'choice',
        choice: {
          title: others.length > 0 ? `${title}, and ${others.length} more` : title,
          rows: ['stay', others.length > 0 ? 'cancel them and quit' : 'cancel it and quit'],
          index: 0,
          verb: 'choose',
          submit: (index) => {
            if (index === 1) end();
          },
        },
      },
    }));
  }
}
