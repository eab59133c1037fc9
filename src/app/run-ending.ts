/** A throwaway container has ended: what becomes of it is asked, and asked again until that is said. */
import type { App } from './app.ts';
import { openChanges } from './changes-page.ts';
import { askCommit } from './committing.ts';
import { connectedEngine } from './connected.ts';
import { ENDINGS, REMOVE } from './ending-question.ts';
import { shortId } from './format.ts';
import { type Motion, motionTarget } from './list.ts';
import type { AppState } from './state.ts';

export interface RunEnding {
  /** Id of the container. */
  readonly container: string;
  /** What it was made from, and what ran in it. */
  readonly image: string;
  readonly command: string;
  readonly exitCode: number;
  /** Milliseconds; keys before this moment were typed for what ran. */
  readonly deafUntil: number;
  /** Told when it was said what becomes of it, which `last` does: nobody removes it unasked, and nacre's end waits for that. */
  readonly settle: (last?: Promise<void>) => void;
}

/** What the engine calls the container that has ended, as soon as it is listed. */
export function endingName({ containers, runEnding }: AppState): string {
  const id = runEnding?.container ?? '';
  return containers.find((container) => container.id === id)?.name ?? shortId(id);
}

export function moveEnding(app: App, motion: Motion): void {
  app.store.update((state) => {
    const { overlay } = state;
    if (overlay?.kind !== 'ending') return state;
    const target = motionTarget(motion, overlay.index, ENDINGS.length, ENDINGS.length);
    return {
      ...state,
      overlay: { kind: 'ending', index: Math.max(0, Math.min(ENDINGS.length - 1, target)) },
    };
  });
}

export function submitEnding(app: App): void {
  const { overlay } = app.store.get();
  if (overlay?.kind === 'ending') answer(app, overlay.index);
}

/** Escape removes what nobody would miss; what was changed is only lost when that was said. */
export function leaveEnding(app: App): void {
  const { changes, runEnding } = app.store.get();
  const list = changes?.container === runEnding?.container ? changes?.list : undefined;
  if (list?.length === 0) answer(app, REMOVE);
  else app.say('plain', 'choose with ↑ ↓ and enter: what was changed goes with the container');
}

function answer(app: App, index: number): void {
  const { runEnding } = app.store.get();
  if (runEnding === undefined || app.clock() < runEnding.deafUntil || app.stroke.isRepeat()) return;
  const { container, image } = runEnding;
  const name = endingName(app.store.get());
  switch (ENDINGS[index]) {
    case 'look at the changes':
      openChanges(app, { id: container, name });
      return;
    case 'commit…':
      askCommit(app, { id: container, name, image, running: false, throwaway: true });
      return;
    case 'remove it':
      settleEnding(app, removeContainer(app, container, name));
      return;
    case 'keep it':
      settleEnding(app);
      app.say('plain', `${name} is kept · C lists it`);
  }
}

/** It was said what becomes of it, which `last` does: the question is not asked again. */
export function settleEnding(app: App, last?: Promise<void>): void {
  app.store.get().runEnding?.settle(last);
  app.store.update((state) => ({
    ...state,
    runEnding: undefined,
    overlay: state.overlay?.kind === 'ending' ? undefined : state.overlay,
  }));
}

/** Removes a container, stopped first where it still runs, and says so. */
export async function removeContainer(
  app: App,
  container: string,
  name: string,
  running = false,
): Promise<void> {
  try {
    const { containers } = connectedEngine(app);
    if (running) {
      app.say('plain', `stopping ${name} …`);
      await containers?.stop?.(container);
    }
    await containers?.remove(container);
    app.say('good', `removed ${name}`);
  } catch (thrown) {
    app.fail(`${name} was not removed`, thrown);
  }
  await app.session.refresh();
}
