/** The steps of a build as a table. */
import { stageName } from '../app/build-job.ts';
import { engineNow, stepName, stepResult, stepTook } from '../app/build-words.ts';
import type { Job } from '../app/jobs.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten } from '../app/width.ts';
import type { BuildProgress, ProgressStep } from '../engine/build-progress.ts';
import { stageCells } from './build-chart.ts';
import { compose, type Piece } from './line.ts';

interface Columns {
  /** 0 where the stage is left out. */
  readonly stage: number;
  readonly step: number;
  readonly time: number;
  readonly result: number;
}

export function stepColumns(progress: BuildProgress, cells: number): Columns {
  const wide = cells >= 100;
  const stage = cells < 70 ? 0 : stageCells(progress, wide);
  const time = 10;
  const result = wide ? Math.max(30, Math.floor(cells * 0.27)) : cells < 70 ? 12 : 16;
  const lead = 6 + (stage === 0 ? 0 : stage + 2);
  return { stage, step: Math.max(8, cells - lead - time - result - 3), time, result };
}

export interface StepsTable {
  readonly job: Job;
  readonly progress: BuildProgress;
  readonly steps: readonly ProgressStep[];
  /** -1: none has it. */
  readonly cursor: number;
  readonly top: number;
  readonly height: number;
  readonly lost: ReadonlySet<string>;
}

/** A head, then at most `height` rows. */
export function buildSteps(table: StepsTable, theme: Theme, cells: number, nowMs: number): string[] {
  const { job, progress, steps, cursor, top, height, lost } = table;
  const columns = stepColumns(progress, cells);
  const now = engineNow(job, nowMs);
  const head = [
    fitEnd('#', 4),
    '  ',
    columns.stage === 0 ? '' : `${fit('STAGE', columns.stage)}  `,
    fit('STEP', columns.step),
    fitEnd('TIME', columns.time - 2),
    '     ',
    'RESULT',
  ].join('');
  const rows = steps
    .slice(top, top + height)
    .map((step, index) => stepRow(step, top + index === cursor, job, columns, theme, cells, now, lost));
  return [compose(theme, cells, [['strong', head]]), ...rows];
}

function stepRow(
  step: ProgressStep,
  isCursor: boolean,
  job: Job,
  columns: Columns,
  theme: Theme,
  cells: number,
  now: number,
  lost: ReadonlySet<string>,
): string {
  const [tone, result] = stepResult(step, job, lost.has(step.id), columns.result);
  const name = fit(stepName(step), columns.step);
  const stage = step.internal ? '' : stageName(step.stage);
  const pieces: Piece[] = [
    isCursor ? ['cursor', '▌'] : ' ',
    ['muted', fitEnd(step.number === 0 ? '·' : String(step.number), 3)],
    '  ',
    ...(columns.stage === 0 ? [] : [['muted', `${fitMiddle(stage, columns.stage)}  `] as const]),
    isCursor ? ['strong', name] : step.state === 'waiting' ? ['muted', name] : name,
    ['muted', fitEnd(stepTook(step, now), columns.time)],
    '   ',
    [tone, shorten(result, columns.result)],
  ];
  return compose(theme, cells, pieces);
}
