/** The stages of a build over time: a row a stage, bars where its steps ran. */
import { stageName } from '../app/build-job.ts';
import { buildStart, engineNow, stageText, stepTime } from '../app/build-words.ts';
import type { Job } from '../app/jobs.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fit, fitMiddle, shorten, width } from '../app/width.ts';
import type { BuildStepState } from '../engine/build.ts';
import type { BuildProgress, ProgressStage, ProgressStep } from '../engine/build-progress.ts';
import { compose, type Piece } from './line.ts';

const SIGNS: Readonly<Record<BuildStepState, readonly [Token, string]>> = {
  waiting: ['muted', '…'],
  running: ['accent', '↻'],
  cached: ['good', '✓'],
  done: ['good', '✓'],
  failed: ['bad', '✗'],
  cancelled: ['warn', '−'],
};

const TIME = 12;
/** Steps of the axis, in seconds. */
const TICKS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400,
] as const;
/** Cells between two ticks, at least. */
const TICK_CELLS = 10;

/** The cells that stages' names take, for the chart and the table below it. */
export function stageCells(progress: BuildProgress, wide: boolean): number {
  const longest = Math.max(5, ...progress.stages.map((stage) => width(stageName(stage.name))));
  return Math.min(longest, wide ? 16 : 10);
}

interface Axis {
  readonly from: number;
  /** Milliseconds of the whole width. */
  readonly length: number;
  readonly cells: number;
  /** Milliseconds between two ticks. */
  readonly tick: number;
}

/** A head, then at most `height` rows: those around what runs where there are more. */
export function buildChart(
  job: Job,
  progress: BuildProgress,
  theme: Theme,
  cells: number,
  height: number,
  nowMs: number,
): string[] {
  const wide = cells >= 100;
  const names = stageCells(progress, wide);
  const lead = 2 + names + 3 + TIME;
  const words = wide ? Math.min(50, Math.max(30, Math.floor(cells * 0.36))) : 0;
  const now = engineNow(job, nowMs);
  const axis = axisOf(buildStart(progress), now, cells - lead - words - (wide ? 2 : 1));
  const head = compose(theme, cells, [
    ['strong', `  ${fit('STAGE', names)}   ${fit('TIME', TIME)}`],
    ['muted', axisText(axis)],
  ]);
  const rows = someStages(progress.stages, height).map((stage) =>
    typeof stage === 'number'
      ? compose(theme, cells, ['  ', ['muted', `… ${stage} more`]])
      : stageRow(stage, job, progress, axis, theme, cells, { names, words, now }),
  );
  return [head, ...rows];
}

/** All, or those from the first that is at work, and how many are left out. */
function someStages(stages: readonly ProgressStage[], height: number): (ProgressStage | number)[] {
  if (stages.length <= height) return [...stages];
  const shown = Math.max(1, height - 1);
  const active = stages.findIndex((stage) => stage.state !== 'done' && stage.state !== 'cached');
  const first = Math.max(0, Math.min(active < 0 ? stages.length : active, stages.length - shown));
  return [...stages.slice(first, first + shown), stages.length - shown];
}

function axisOf(from: number | undefined, now: number, cells: number): Axis {
  const span = Math.max(500, from === undefined ? 0 : now - from);
  const ticks = Math.max(1, Math.floor(cells / TICK_CELLS));
  const seconds = TICKS.find((each) => each * 1000 * ticks >= span) ?? Math.ceil(span / 1000 / ticks);
  const tick = seconds * 1000;
  return { from: from ?? now, length: Math.max(tick, Math.ceil(span / tick) * tick), cells, tick };
}

function axisText({ length, cells, tick }: Axis): string {
  let text = '';
  for (let at = 0; at <= length; at += tick) {
    const place = Math.round((at / length) * cells);
    const label = tickLabel(at / 1000);
    if (place + label.length > cells) break;
    text = text.padEnd(place) + label;
  }
  return text;
}

/** `0s`, `0.5s`, `10s`, `2m`, `1m30`, `1h`. */
function tickLabel(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(1))}s`;
  if (seconds < 3600) {
    const rest = Math.round(seconds % 60);
    return `${Math.floor(seconds / 60)}m${rest === 0 ? '' : String(rest).padStart(2, '0')}`;
  }
  const minutes = Math.round((seconds % 3600) / 60);
  return `${Math.floor(seconds / 3600)}h${minutes === 0 ? '' : String(minutes).padStart(2, '0')}`;
}

function stageRow(
  stage: ProgressStage,
  job: Job,
  progress: BuildProgress,
  axis: Axis,
  theme: Theme,
  cells: number,
  { names, words, now }: { readonly names: number; readonly words: number; readonly now: number },
): string {
  const [token, sign] =
    job.endedAt !== undefined && stage.state === 'waiting' ? SIGNS.cancelled : SIGNS[stage.state];
  const steps = progress.steps.filter((step) => stage.steps.includes(step.id));
  const text =
    stage.state === 'waiting' && stage.startedAt === undefined
      ? job.endedAt === undefined
        ? 'waits'
        : 'not run'
      : stage.startedAt === undefined
        ? ''
        : stepTime((stage.endedAt ?? now) - stage.startedAt);
  return compose(theme, cells, [
    '  ',
    fitMiddle(stageName(stage.name), names),
    '   ',
    [token, fit(`${sign} ${text}`, TIME)],
    ...barPieces(steps, axis, now),
    ...(words === 0 ? [] : [['muted', `  ${shorten(stageText(stage, progress), words)}`] as const]),
  ]);
}

const BAR: Readonly<Record<BuildStepState, Token>> = {
  waiting: 'muted',
  running: 'accent',
  cached: 'good',
  done: 'good',
  failed: 'bad',
  cancelled: 'warn',
};

/** Full where a step ran, dotted between the first and the last where none did. */
function barPieces(steps: readonly ProgressStep[], axis: Axis, now: number): Piece[] {
  const marks: (BuildStepState | undefined)[] = Array<undefined>(axis.cells).fill(undefined);
  const cellOf = (at: number): number => ((at - axis.from) / axis.length) * axis.cells;
  let first = axis.cells;
  let last = -1;
  for (const step of steps) {
    if (step.startedAt === undefined) continue;
    const from = Math.max(0, Math.min(axis.cells - 1, Math.floor(cellOf(step.startedAt))));
    const to = Math.max(from + 1, Math.min(axis.cells, Math.round(cellOf(step.endedAt ?? now))));
    for (let cell = from; cell < to; cell++) {
      // What takes no time must not hide what does.
      if (marks[cell] === undefined || step.state === 'failed' || step.state === 'running')
        marks[cell] = step.state;
    }
    first = Math.min(first, from);
    last = Math.max(last, to - 1);
  }
  const pieces: Piece[] = [];
  for (let cell = 0; cell < axis.cells; ) {
    const mark = marks[cell];
    let end = cell + 1;
    while (end < axis.cells && marks[end] === mark) end++;
    if (mark !== undefined) pieces.push([BAR[mark], '█'.repeat(end - cell)]);
    else {
      const gap = Math.max(cell, Math.min(end, last)) - cell;
      const dots = cell > first ? gap : 0;
      if (dots > 0) pieces.push(['muted', '░'.repeat(dots)]);
      pieces.push(' '.repeat(end - cell - dots));
    }
    cell = end;
  }
  return pieces;
}
