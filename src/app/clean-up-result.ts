/** The page that says what became of a removal beside what was planned: when it opens, and what can be done on it. */
import type { EngineError } from '../engine/errors.ts';
import type { App } from './app.ts';
import { countAfter } from './counting-after.ts';
import { askingOfEnding } from './ending-question.ts';
import type { Job } from './jobs.ts';
import { titleOf } from './jobs.ts';
import { layoutOf } from './layout.ts';
import { type Motion, motionTarget } from './list.ts';
import { openLog } from './log-page.ts';
import { thingsIn } from './removal-items.ts';
import type { RemovalRecord } from './removal-record.ts';
import { goneOf, outcomeOf, shortList } from './removal-words.ts';
import { resultRows, resultText } from './result-rows.ts';
import type { ShownPlan } from './shown-plan.ts';
import type { AppState } from './state.ts';

export interface ResultPage {
  /** Id of the job. */
  readonly job: string;
  readonly top: number;
}

/** Whether what became of it is more than a line can say: several things went, or were to go. */
export function isWorthAPage({ plan, weight }: Pick<ShownPlan, 'plan' | 'weight'>): boolean {
  return weight !== 'reversible' && thingsIn(plan) > 1;
}

/** Nobody who types, answers a dialog or reads a page is interrupted. */
function isBusy(state: AppState): boolean {
  return [
    state.overlay,
    state.field,
    state.rangeFrom,
    state.page,
    state.changesPage,
    state.files,
    state.findings,
    state.compare,
    state.actList,
    state.containerList,
    state.log,
    state.buildPage,
  ].some((one) => one !== undefined);
}

/** Tells what became of it: by the page, or by a line where that is enough or somebody is busy. */
export function concludeRemoval(app: App, job: Job, error: EngineError | undefined): void {
  const record = job.removal;
  if (record === undefined) {
    if (error !== undefined) app.fail('deleting', error);
    return;
  }
  forgetMarks(app, record);
  countAfter(app, job.id, record);
  if (asksAgain(app, record)) return;
  const outcome = outcomeOf(record);
  const state = app.store.get();
  const busy = isBusy(state) || (state.result !== undefined && state.result.job !== job.id);
  const opens = isWorthAPage(record.shown) && !busy;
  const more = isWorthAPage(record.shown) && busy ? ' · 4 enter shows all of it' : '';
  const first = record.items.find((item) => item.error !== undefined)?.error ?? error;
  if (record.outcome === 'lost' && first !== undefined)
    app.fail(
      first.code === 'unreachable' ? 'the engine went away' : 'nothing was begun',
      first,
      outcome.line,
    );
  else if (outcome.tone === 'bad' && first !== undefined) app.fail(outcome.line, first);
  else app.say(outcome.tone, `${outcome.line}${more}`);
  if (opens) openResultOf(app, job.id);
}

/** What is gone is marked no longer. */
function forgetMarks(app: App, record: RemovalRecord): void {
  const gone = goneOf(record).images;
  app.store.update((state) => {
    const left = [...state.marks].filter((id) => !gone.has(id));
    return left.length === state.marks.size ? state : { ...state, marks: new Set(left) };
  });
}

/** Where the engine was not as the plan saw it any more, what is left is planned again; whether that is so. */
function asksAgain(app: App, record: RemovalRecord): boolean {
  // What the engine refuses, it would refuse again.
  if (record.outcome !== 'moved' || record.items.some((item) => item.status === 'failed')) return false;
  const { overlay, field } = app.store.get();
  const again = record.asked.again(goneOf(record).images);
  if (again === undefined) return false;
  const line = outcomeOf(record).line.replace(/^stopped: /, '');
  if (overlay !== undefined || field !== undefined) {
    app.say('bad', `stopped: ${line} · ${record.asked.kind === 'removal' ? 'd' : 'x'} plans again`);
    return true;
  }
  const at = line.lastIndexOf('; ');
  again(app, {
    notice: `Planned again, because meanwhile ${shortList(record.reasons)}: ${line.slice(at + 2)}.`,
    unasked: true,
  });
  return true;
}

export function resultJob(state: AppState): Job | undefined {
  const id = state.result?.job;
  return id === undefined ? undefined : state.jobs.find((job) => job.id === id);
}

/** Rows of text between the title and the footer. */
export function resultHeight(state: AppState): number {
  return Math.max(1, layoutOf(state.columns, state.rows).body.height - 1);
}

function lastTop(state: AppState): number {
  const job = resultJob(state);
  return job?.removal === undefined
    ? 0
    : Math.max(0, resultRows(job.removal, state.columns).length - resultHeight(state));
}

/** The first row shown. */
export function resultTop(state: AppState): number {
  return Math.min(state.result?.top ?? 0, lastTop(state));
}

export function moveResult(app: App, motion: Motion): void {
  app.store.update((state) => {
    if (state.result === undefined) return state;
    const last = lastTop(state);
    const target =
      motion === 'bottom' ? last : motionTarget(motion, resultTop(state), last + 1, resultHeight(state));
    const top = Math.max(0, Math.min(last, target));
    return top === state.result.top ? state : { ...state, result: { ...state.result, top } };
  });
}

export function openResultOf(app: App, job: string): void {
  app.store.update((state) => ({ ...state, result: { job, top: 0 } }));
}

export function closeResult(state: AppState): AppState {
  return askingOfEnding({ ...state, result: undefined });
}

/** Rows kept in sight around what was looked for. */
const MARGIN = 2;

/** Scrolls to the next thing that failed, was not reached, or about which it is not known. */
export function nextProblem(app: App, step: 1 | -1): void {
  const state = app.store.get();
  const record = resultJob(state)?.removal;
  if (record === undefined) return;
  const rows = resultRows(record, state.columns);
  const found = rows.flatMap((row, index) =>
    row.type === 'item' && row.item.status !== 'done' ? [index] : [],
  );
  if (found.length === 0) {
    app.say('good', 'everything that was to go is gone');
    return;
  }
  const at = resultTop(state);
  const height = resultHeight(state);
  // What is in sight already is passed over.
  const next = step === 1 ? found.find((row) => row >= at + height) : found.findLast((row) => row < at);
  const target = next ?? (step === 1 ? found[0]! : found.at(-1)!);
  const wanted = step === 1 ? target - MARGIN : target - height + 1 + MARGIN;
  const top = Math.max(0, Math.min(lastTop(state), wanted));
  app.store.update((now) => (now.result === undefined ? now : { ...now, result: { ...now.result, top } }));
  app.say('plain', `${found.indexOf(target) + 1} of ${found.length} that did not go`);
}

/** Why there is nothing that could be planned again; undefined when there is. */
export function nothingLeft(app: App): string | undefined {
  const job = resultJob(app.store.get());
  if (job?.removal === undefined) return 'there is no result';
  if (job.endedAt === undefined) return 'it has not ended yet';
  const isLeft = job.removal.items.some((item) => item.status !== 'done');
  return isLeft && job.removal.asked.again(goneOf(job.removal).images) !== undefined
    ? undefined
    : 'everything that was to go is gone';
}

/** Plans once more what did not go. */
export function planRest(app: App): void {
  const record = resultJob(app.store.get())?.removal;
  record?.asked.again(goneOf(record).images)?.(app, {
    notice: 'Planned again: what did not go the last time.',
  });
}

/** The whole log of what the engine answered. */
export function openResultLog(app: App): void {
  const job = resultJob(app.store.get());
  if (job === undefined) return;
  app.store.update((state) => ({
    ...state,
    screen: 'jobs',
    result: undefined,
    jobPlace: { cursor: job.id, top: 0 },
    jobTop: 0,
  }));
  openLog(app);
}

export function copyResult(app: App): void {
  const state = app.store.get();
  const job = resultJob(state);
  if (job?.removal === undefined) return;
  if (app.terminal.copy(`${titleOf(job)}\n${resultText(job.removal)}`)) app.say('good', 'copied the result');
  else app.say('bad', 'too long for the terminal clipboard');
}
