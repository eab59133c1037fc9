/** The whole log of one job as a page that scrolls and can be searched; that of a running job goes on. */
import type { App } from './app.ts';
import { currentJob } from './job-actions.ts';
import { titleOf } from './jobs.ts';
import { layoutOf } from './layout.ts';
import { type Motion, motionTarget } from './list.ts';
import { createLogText, type LogText } from './log-text.ts';
import { matchesIn } from './page.ts';
import type { AppState } from './state.ts';
import { fieldOf } from './text-field.ts';

export interface LogPage {
  readonly title: string;
  readonly file: string;
  /** Grows while the job runs; `lines` tells when it did. */
  readonly text: LogText;
  readonly lines: number;
  /** Lines before the first that is shown: a very long log is shown from so far on. */
  readonly before: number;
  readonly loading: boolean;
  /** The first row shown; undefined follows the end. */
  readonly top: number | undefined;
  readonly search: string;
  /** The row of the match that was shown last. */
  readonly match: number | undefined;
}

/** Lines shown of a very long log: its end; of one that grows at most twice as many. */
const MOST = 50_000;

export function openLog(app: App): void {
  const job = currentJob(app.store.get());
  if (job === undefined) return;
  const text = createLogText();
  const page: LogPage = {
    title: titleOf(job),
    file: job.file,
    text,
    lines: 0,
    before: 0,
    loading: true,
    top: undefined,
    search: '',
    match: undefined,
  };
  app.store.update((state) => ({ ...state, log: page }));
  const change = (more: Partial<LogPage>): void =>
    app.store.stream((state) =>
      state.log?.text === text ? { ...state, log: { ...state.log, ...more, lines: text.count } } : state,
    );
  let read = -1;
  const early: { lines: Parameters<LogText['add']>[0]; first: number }[] = [];
  const take = (lines: Parameters<LogText['add']>[0], first: number): void => {
    text.add(lines.slice(Math.max(0, read - first)));
  };
  const unfollow = app.journal.follow(job.file, (lines, first) => {
    // The page was left: nobody reads on.
    if (app.store.get().log?.text !== text) unfollow();
    else if (read < 0) early.push({ lines, first });
    else {
      take(lines, first);
      change(text.count < 2 * MOST ? {} : withoutOldest());
    }
  });
  /** What stands where, once the page has lost its first lines. */
  const withoutOldest = (): Partial<LogPage> => {
    const { log } = app.store.get();
    const gone = text.cut(MOST);
    const moved = (row: number | undefined): number | undefined =>
      row === undefined ? undefined : Math.max(0, row - gone.rows);
    return {
      before: (log?.before ?? 0) + gone.lines,
      top: moved(log?.top),
      match: moved(log?.match),
    };
  };
  const load = async (): Promise<void> => {
    await app.journal.flush(job.file);
    const found = await app.journal.read(job.file, MOST);
    text.add(found.lines);
    read = found.before + found.lines.length;
    for (const { lines, first } of early) take(lines, first);
    change({ loading: false, before: found.before });
  };
  load().catch(() => {
    // Without a file the last lines are all there is.
    read = job.log.count;
    text.add(job.log.lines);
    for (const { lines, first } of early) take(lines, first);
    change({ loading: false, before: job.log.count - job.log.lines.length });
  });
}

/** Rows of text between the title and the footer. */
export function logHeight(state: AppState): number {
  return Math.max(1, layoutOf(state.columns, state.rows).body.height - 1);
}

export function logRowsOf(state: AppState): readonly string[] {
  return state.log?.text.rows(state.columns - 4) ?? [];
}

/** The first row shown. */
export function logTop(state: AppState): number {
  const last = Math.max(0, logRowsOf(state).length - logHeight(state));
  return Math.min(last, state.log?.top ?? last);
}

export function moveLog(app: App, motion: Motion): void {
  app.store.update((state) => {
    if (state.log === undefined) return state;
    const height = logHeight(state);
    const last = Math.max(0, logRowsOf(state).length - height);
    const target = motion === 'bottom' ? last : motionTarget(motion, logTop(state), last + 1, height);
    // At its end the page follows what comes.
    const top = target >= last ? undefined : Math.max(0, target);
    return top === state.log.top ? state : { ...state, log: { ...state.log, top } };
  });
}

export function searchLog(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.log?.search ?? '') }));
}

/** Scrolls to the next row that holds the search text, around the end. */
export function nextLogMatch(app: App, step: 1 | -1): void {
  const state = app.store.get();
  if (state.log === undefined) return;
  const { search } = state.log;
  if (search === '') {
    app.say('plain', '/ searches this log');
    return;
  }
  const rows = logRowsOf(state);
  const matches = matchesIn(rows, search);
  if (matches.length === 0) {
    app.say('bad', `"${search}" is not in this log`);
    return;
  }
  const at = state.log.match ?? logTop(state) - 1;
  const next = step === 1 ? matches.find((row) => row > at) : matches.findLast((row) => row < at);
  const target = next ?? (step === 1 ? matches[0]! : matches.at(-1)!);
  const last = Math.max(0, rows.length - logHeight(state));
  app.store.update((now) =>
    now.log === undefined ? now : { ...now, log: { ...now.log, match: target, top: Math.min(last, target) } },
  );
  app.say('plain', `match ${matches.indexOf(target) + 1} of ${matches.length}`);
}
