/** All lines of the step under the cursor: read from the job's file when more is wanted than its last ones. */
import type { App } from './app.ts';
import { buildView, type WholeLog } from './build-page.ts';
import type { LogLine } from './job-log.ts';

/** Lines of one step that are kept in memory while somebody looks at it: its end. */
const MOST = 50_000;

/**
 * Reads them, unless they are read or all of them are in memory. Without `wanted` only where none is in memory, as
 * with a build of an earlier run. What the step goes on to print is added.
 */
export function loadWhole(app: App, wanted = false): void {
  const view = buildView(app.store.get());
  if (view?.step === undefined || view.job.build === undefined) return;
  const { step, job, page } = view;
  if (page.whole?.step === step.id || job.file === '') return;
  const tail = view.job.build.tails.get(step.id);
  const inMemory = tail?.lines.length ?? 0;
  if (inMemory >= Math.max(step.lines, tail?.count ?? 0) || (!wanted && inMemory > 0)) return;
  const mark = view.job.build.order.indexOf(step.id);
  let whole: WholeLog = { step: step.id, lines: [], count: 0, before: 0, loading: true };

  const isOpen = (): boolean => app.store.get().buildPage?.whole === whole;
  const show = (next: WholeLog | undefined): void => {
    const shown = whole;
    if (next !== undefined) whole = next;
    app.store.stream((state) =>
      state.buildPage?.whole === shown ? { ...state, buildPage: { ...state.buildPage, whole: next } } : state,
    );
  };
  const add = (lines: readonly LogLine[]): void => {
    const kept = whole.lines;
    for (const { at, text, err, step: of } of lines) {
      if (of === mark) kept.push({ at, text, err: err === true });
    }
    if (kept.length === whole.count) return;
    if (kept.length < 2 * MOST) show({ ...whole, count: kept.length });
    else
      show({
        ...whole,
        lines: kept.slice(-MOST),
        count: MOST,
        before: whole.before + kept.length - MOST,
      });
  };

  app.store.update((state) =>
    state.buildPage === undefined ? state : { ...state, buildPage: { ...state.buildPage, whole } },
  );
  /** So many lines of the file are read; negative until they are. */
  let read = -1;
  const early: { readonly lines: readonly LogLine[]; readonly first: number }[] = [];
  const unfollow = app.journal.follow(job.file, (lines, first) => {
    // Another step is looked at by now.
    if (!isOpen()) unfollow();
    else if (read < 0) early.push({ lines, first });
    else add(lines);
  });
  const load = async (): Promise<void> => {
    await app.journal.flush(job.file);
    const found = await app.journal.read(job.file, MOST, mark);
    read = found.total;
    const lines = found.lines.map(({ at, text, err }) => ({ at, text, err: err === true }));
    show({ ...whole, lines, count: lines.length, before: found.before, loading: false });
    for (const { lines: more, first } of early) add(more.slice(Math.max(0, read - first)));
  };
  load().catch(() => {
    // Without a file the last lines are all there is.
    unfollow();
    show(undefined);
  });
}
