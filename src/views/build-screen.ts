/** Screen 6: one build, its stages over time, its steps, and what the step under the cursor prints. */
import { lostCache, previousBuild } from '../app/build-compare.ts';
import type { BuildView } from '../app/build-page.ts';
import { buildPlace, contextText, elapsed } from '../app/build-words.ts';
import { plural } from '../app/format.ts';
import { titleOf } from '../app/jobs.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { shorten, shortenMiddle, width } from '../app/width.ts';
import { buildChart } from './build-chart.ts';
import { logLines } from './build-log-pane.ts';
import { buildSteps } from './build-steps.ts';
import { warningLines } from './build-warnings.ts';
import { jobPageLines } from './job-page.ts';
import { jobSign } from './job-sign.ts';
import { compose, fill, ruleWith } from './line.ts';

export function buildScreen(view: BuildView, state: AppState, theme: Theme, nowMs: number): string[] {
  const cells = state.columns;
  const { job, progress, steps, heights, cursor, stepTop } = view;
  const lost = lostCache(job, previousBuild(job, state.jobs));
  const lines = [titleRule(view, theme, cells), jobRow(view, theme, cells, nowMs)];
  if (steps.length === 0) {
    if (job.failure !== undefined) lines.push(...jobPageLines(job, state, theme, cells, heights.height - 2));
    else lines.push(compose(theme, cells, []), compose(theme, cells, ['  ', ['muted', beginning(view)]]));
    return fill(lines, heights.height, cells);
  }
  if (heights.height >= 24) lines.push(summaryRow(view, lost, theme, cells));
  if (heights.stages > 0) {
    lines.push(...buildChart(job, progress, theme, cells, heights.stages, nowMs));
    lines.push(
      heights.height >= 24 || lost.size === 0
        ? compose(theme, cells, [])
        : summaryRow(view, lost, theme, cells),
    );
  }
  const table = { job, progress, steps, cursor, top: stepTop, height: heights.steps, lost };
  lines.push(...buildSteps(table, theme, cells, nowMs));
  lines.push(
    ...(view.page.warning === undefined ? logLines(view, state, theme) : warningLines(view, theme, cells)),
  );
  return fill(lines, heights.height, cells);
}

function titleRule({ hidden, warnings, page }: BuildView, theme: Theme, cells: number): string {
  const more = [
    warnings.length === 0 || page.warning !== undefined ? '' : `${plural(warnings.length, 'warning')} (W)`,
    hidden === 0 ? '' : `${plural(hidden, 'internal step')} hidden (a)`,
  ].filter((part) => part !== '');
  return ruleWith(theme, cells, 'Build', more.join(' · '), 'cursor');
}

function jobRow({ job }: BuildView, theme: Theme, cells: number, nowMs: number): string {
  const time = elapsed((job.endedAt ?? nowMs) - job.startedAt);
  const place =
    job.status === 'waiting'
      ? 'waiting for its turn'
      : job.endedAt === undefined
        ? buildPlace(job)
        : job.note;
  const end = job.status === 'waiting' || job.status === 'done' ? '' : `   ${time}`;
  const title = titleOf(job);
  const half = Math.max(20, Math.min(width(title), Math.floor(cells * 0.55)));
  const gap = Math.max(3, Math.min(56, cells - 40) - Math.min(half, width(title)) - 3);
  return compose(theme, cells, [
    ['cursor', '▌'],
    jobSign(job.status),
    ' ',
    ['title', shortenMiddle(title, half)],
    ' '.repeat(gap),
    job.status === 'failed'
      ? ['bad', shorten(place, cells - half - gap - 3 - width(end))]
      : shorten(place, cells - half - gap - 3 - width(end)),
    ['muted', end],
  ]);
}

/** What the build before did not have to do. */
function summaryRow(view: BuildView, lost: ReadonlySet<string>, theme: Theme, cells: number): string {
  if (lost.size === 0) return compose(theme, cells, []);
  const first = view.progress.steps.find((step) => lost.has(step.id));
  const text = `${plural(lost.size, 'step')} cached last time ${lost.size === 1 ? 'is' : 'are'} not now, from #${first?.number ?? 1} on`;
  return compose(theme, cells, ['  ', ['warn', `! ${text}`]]);
}

function beginning({ job }: BuildView): string {
  if (job.status === 'waiting') return 'Others transfer now: its turn comes.';
  if (job.origin === 'elsewhere' && job.build === undefined) return 'asking the engine what it knows of it …';
  if (job.endedAt !== undefined) return 'It ended before its first step.';
  return contextText(job) || 'reading the context …';
}

/** The lower half of the list of jobs: the build without its log. */
export function buildOverview(
  view: Pick<BuildView, 'job' | 'progress' | 'steps'>,
  state: AppState,
  theme: Theme,
  nowMs: number,
  height: number,
): string[] {
  const cells = state.columns;
  const { job, progress, steps } = view;
  const lost = lostCache(job, previousBuild(job, state.jobs));
  const stages = Math.min(progress.stages.length, Math.max(2, Math.floor(height / 3)));
  const room = height - stages - 4;
  const running = steps.findIndex((step) => step.id === (progress.failed ?? progress.current));
  const top = windowTop(0, running < 0 ? steps.length - 1 : running, steps.length, room);
  const table = { job, progress, steps, cursor: -1, top, height: room, lost };
  return [
    compose(theme, cells, []),
    ...buildChart(job, progress, theme, cells, stages, nowMs),
    compose(theme, cells, []),
    ...buildSteps(table, theme, cells, nowMs),
  ].slice(0, Math.max(0, height));
}
