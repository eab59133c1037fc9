/** The screen of one build as values: which step is under the cursor, which lines of its log are shown. Pure. */
import type { BuildWarning } from '../engine/build.ts';
import type { BuildProgress, ProgressStep } from '../engine/build-progress.ts';
import { NO_JOB_BUILD } from './build-job.ts';
import { type BuildLine, NO_LINES } from './build-log.ts';
import type { Job } from './jobs.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import { windowTop } from './list.ts';
import type { AppState } from './state.ts';

export interface BuildPage {
  /** Id of the job. */
  readonly job: string;
  /** The step under the cursor; undefined goes with the build. */
  readonly step: string | undefined;
  /** The cursor was moved after the build had failed: until then it is on the step that failed. */
  readonly afterFailure: boolean;
  /** Steps that no Dockerfile says are shown, too. */
  readonly internal: boolean;
  readonly wrap: boolean;
  readonly onlyErrors: boolean;
  /** The first line of the log shown, counted from the step's first one; undefined follows the end. */
  readonly top: number | undefined;
  readonly whole: WholeLog | undefined;
  readonly search: string;
  /** The line of the match that was shown last. */
  readonly match: number | undefined;
  /** The warning under the cursor, while they are listed in place of the log. */
  readonly warning: number | undefined;
}

/** All lines of one step, from the job's file; the array grows while the step prints. */
export interface WholeLog {
  readonly step: string;
  readonly lines: BuildLine[];
  /** How many there were when this was made: another value means there is more to draw. */
  readonly count: number;
  /** Lines before the first of these. */
  readonly before: number;
  readonly loading: boolean;
}

export function newBuildPage(job: string): BuildPage {
  return {
    job,
    step: undefined,
    afterFailure: false,
    internal: false,
    wrap: false,
    onlyErrors: false,
    top: undefined,
    whole: undefined,
    search: '',
    match: undefined,
    warning: undefined,
  };
}

export function buildJobOf(state: AppState): Job | undefined {
  const { buildPage } = state;
  return buildPage === undefined ? undefined : state.jobs.find((job) => job.id === buildPage.job);
}

export function shownSteps(progress: BuildProgress, internal: boolean): readonly ProgressStep[] {
  // The step that failed is shown whatever it is: its log says why.
  return internal
    ? progress.steps
    : progress.steps.filter((step) => !step.internal || step.state === 'failed');
}

/** Index of the step under the cursor in `steps`; -1 where there is none. */
function stepIndex(steps: readonly ProgressStep[], page: BuildPage, progress: BuildProgress): number {
  const wanted =
    progress.failed !== undefined && !page.afterFailure
      ? progress.failed
      : (page.step ?? progress.current ?? progress.failed);
  const at = steps.findIndex((step) => step.id === wanted);
  if (at >= 0) return at;
  // What runs is hidden, or nothing does: the last one that has begun.
  const begun = steps.findLastIndex((step) => step.state !== 'waiting');
  return begun >= 0 ? begun : Math.min(0, steps.length - 1);
}

export interface StepLog {
  readonly lines: readonly BuildLine[];
  /** Number of the first of these within the step. */
  readonly first: number;
  /** All the step has printed. */
  readonly count: number;
  readonly loading: boolean;
}

function stepLog(job: Job, page: BuildPage, step: ProgressStep | undefined): StepLog {
  if (step === undefined) return { ...NO_LINES, first: 0, loading: false };
  const { whole } = page;
  const tail = job.build?.tails.get(step.id) ?? NO_LINES;
  const count = Math.max(step.lines, tail.count);
  if (whole?.step === step.id && !whole.loading)
    return {
      lines: whole.lines,
      first: whole.before,
      count: Math.max(count, whole.before + whole.lines.length),
      loading: false,
    };
  return {
    lines: tail.lines,
    first: tail.count - tail.lines.length,
    count,
    loading: whole?.step === step.id,
  };
}

/** Rows of each part of the screen; they add up to `height`. */
export interface BuildHeights {
  /** Of the body, which has the room of the disk line as well. */
  readonly height: number;
  /** Stages in the chart; 0 where there is no room for one. */
  readonly stages: number;
  readonly steps: number;
  /** Without its rule. */
  readonly log: number;
}

/** Rows that the body has: a build needs the room of the line of disk usage. */
function buildBodyHeight(state: Pick<AppState, 'columns' | 'rows'>): number {
  const { body, disk } = layoutOf(state.columns, state.rows);
  return body.height + (disk.height > 0 ? 2 : 0);
}

const CHART_FRAME = 2;
/** The title, the job's row, and the head of the table of steps. */
const FRAME = 3;

function buildHeights(height: number, stages: number, steps: number): BuildHeights {
  const forStages = stages === 0 || height < 16 ? 0 : Math.min(stages, Math.max(2, Math.floor(height / 6)));
  const chart = forStages === 0 ? 0 : forStages + CHART_FRAME;
  // A blank row after the job's, where there is room for one.
  const blank = height >= 24 ? 1 : 0;
  const room = Math.max(0, height - FRAME - blank - chart - 1);
  const forSteps = Math.max(Math.min(steps, 2), Math.min(steps, Math.floor(room * 0.6)));
  return { height, stages: forStages, steps: forSteps, log: Math.max(0, room - forSteps) };
}

/** The row of the screen on which the first step stands; the log begins below the last. */
export function stepsRow({ height, stages, steps }: BuildHeights): {
  readonly first: number;
  readonly log: number;
} {
  const chart = stages === 0 ? 0 : stages + CHART_FRAME;
  const first = 1 + FRAME + (height >= 24 ? 1 : 0) + chart;
  return { first, log: first + steps };
}

/** Everything the screen of a build is drawn from. */
export interface BuildView {
  readonly job: Job;
  readonly page: BuildPage;
  readonly progress: BuildProgress;
  readonly steps: readonly ProgressStep[];
  readonly cursor: number;
  readonly stepTop: number;
  readonly step: ProgressStep | undefined;
  readonly log: StepLog;
  readonly heights: BuildHeights;
  /** How many steps are not shown. */
  readonly hidden: number;
  readonly warnings: readonly BuildWarning[];
}

/** The same value for the same state: commands and views ask for it many times a frame. */
export const buildView = kept(viewOf);

function viewOf(state: AppState): BuildView | undefined {
  const page = state.buildPage;
  const job = buildJobOf(state);
  if (page === undefined || job === undefined) return undefined;
  const { progress } = job.build ?? NO_JOB_BUILD;
  const steps = shownSteps(progress, page.internal);
  const cursor = stepIndex(steps, page, progress);
  const heights = buildHeights(buildBodyHeight(state), progress.stages.length, steps.length);
  const step = steps[cursor];
  return {
    job,
    page,
    progress,
    steps,
    cursor,
    stepTop: windowTop(0, cursor, steps.length, heights.steps),
    step,
    log: stepLog(job, page, step),
    heights,
    hidden: progress.steps.length - steps.length,
    warnings: progress.warnings,
  };
}

/** Cells of a row of the log. */
export function logCells(state: Pick<AppState, 'columns'>): number {
  return state.columns - 3;
}
