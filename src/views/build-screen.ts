/** Screen 6: one build, its stages over time, its steps, and what the step under the cursor prints. */
import { lostCache, previousBuild } from '../app/build-compare.ts';
import { type BuildView, logCells, logWindow } from '../app/build-page.ts';
import { buildPlace, contextText, elapsed, stepName } from '../app/build-words.ts';
import { bytes, bytesOf, grouped, plural } from '../app/format.ts';
import { titleOf } from '../app/jobs.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, shortenMiddle, width, wrap } from '../app/width.ts';
import type { ProgressStep } from '../engine/build-progress.ts';
import { buildChart } from './build-chart.ts';
import { buildSteps } from './build-steps.ts';
import { jobPageLines } from './job-page.ts';
import { jobSign } from './job-sign.ts';
import { bar, compose, fill, highlighted, type Piece, rule } from './line.ts';

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
  return ruleBetween(theme, cells, 'Build', more.join(' · '), 'cursor');
}

/** `─ Left ────── right ─`; what stands right gives way. */
function ruleBetween(
  theme: Theme,
  cells: number,
  left: string,
  right: string,
  token: 'cursor' | 'strong',
): string {
  const room = cells - 8 - Math.min(width(left), 24);
  if (right === '' || width(right) > room) return rule(theme, cells, left, token);
  return (
    rule(theme, cells - width(right) - 3, shorten(left, cells - width(right) - 8), token) +
    theme.paint('muted', ` ${right} ─`)
  );
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
  if (job.endedAt !== undefined) return 'It ended before its first step.';
  return contextText(job) || 'reading the context …';
}

function logLines(view: BuildView, state: AppState, theme: Theme): string[] {
  const cells = state.columns;
  const { step, page, log, heights } = view;
  const title =
    step === undefined ? 'Log' : `${step.number === 0 ? '' : `#${step.number} `}${stepName(step)}`;
  const window = logWindow(log, page, step, logCells(state), heights.log);
  const lines = [ruleBetween(theme, cells, title, logState(view, window.passing.count), 'strong')];
  if (window.rows.length === 0) {
    const parts = log.count === 0 && step !== undefined ? partLines(step, theme, cells, heights.log) : [];
    return [
      ...lines,
      ...(parts.length > 0 ? parts : [compose(theme, cells, ['  ', ['muted', quiet(view)]])]),
    ];
  }
  const wanted = page.search.toLowerCase();
  for (const row of window.rows) {
    const hit = wanted !== '' && row.text.toLowerCase().includes(wanted);
    const pieces: Piece[] =
      row.line === undefined ? [['bad', row.text]] : highlighted(row.text, hit ? page.search : '');
    lines.push(compose(theme, cells, [hit ? ['accent', '▌ '] : '  ', ...pieces]));
  }
  return lines;
}

/** What goes on inside a step that prints nothing: those at work first. */
function partLines(step: ProgressStep, theme: Theme, cells: number, height: number): string[] {
  const parts = [...step.inside.filter((part) => !part.ended), ...step.inside.filter((part) => part.ended)];
  const name = Math.min(Math.max(20, ...parts.map((part) => width(part.name))), Math.floor(cells / 2));
  return parts.slice(0, height).map((part) => {
    const amount =
      part.total === undefined || part.total === 0
        ? ''
        : part.ended
          ? bytes(part.total)
          : bytesOf(part.done, part.total);
    const room = Math.max(0, Math.min(44, cells - name - 30));
    const isCounted = !part.ended && part.total !== undefined && part.total > 0;
    return compose(theme, cells, [
      '  ',
      part.ended ? ['good', '✓ '] : ['accent', '↻ '],
      fitMiddle(part.name, name),
      '  ',
      ...(isCounted ? bar(room, part.done / part.total!) : [' '.repeat(room)]),
      fitEnd(amount, 20),
    ]);
  });
}

function quiet({ step, page, log, job }: BuildView): string {
  if (log.loading) return 'reading the log …';
  if (page.onlyErrors && log.count > 0) return 'nothing in it looks like an error: e shows all';
  if (step?.state === 'cached') return 'cached: nothing had to be done';
  if (step?.state === 'waiting') return job.endedAt === undefined ? 'it waits' : 'it was not run';
  if (step?.state === 'running') return 'it has printed nothing so far';
  return log.count > 0 ? 'its lines are no longer there' : 'it printed nothing';
}

/** `following · 412 lines`. */
function logState({ step, page, log, job }: BuildView, shown: number): string {
  const isLive = step?.state === 'running' && job.endedAt === undefined;
  const parts = [
    isLive ? (page.top === undefined ? 'following' : 'frozen') : page.top === undefined ? '' : 'scrolled',
    page.wrap ? 'wrapped' : '',
    page.onlyErrors
      ? `only errors: ${grouped(shown)} of ${plural(log.count, 'line')}`
      : plural(log.count, 'line'),
    log.loading ? 'reading …' : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function warningLines(view: BuildView, theme: Theme, cells: number): string[] {
  const { warnings, heights, page } = view;
  const rows: { readonly index: number; readonly text: string; readonly first: boolean }[] = [];
  const place = Math.min(24, Math.max(...warnings.map((warning) => width(placeOf(warning)))));
  for (const [index, warning] of warnings.entries()) {
    const url = warning.url === '' ? [] : [warning.url];
    const texts = [
      ...wrap(warning.text, cells - place - 5),
      ...[...warning.detail, ...url].flatMap((text) => wrap(text, cells - place - 5)),
    ];
    rows.push(...texts.map((text, row) => ({ index, text, first: row === 0 })));
  }
  const at = rows.findIndex((row) => row.index === page.warning);
  const top = windowTop(0, Math.max(0, at), rows.length, heights.log);
  const head = ruleBetween(
    theme,
    cells,
    plural(warnings.length, 'warning'),
    'ctrl+o opens its line · W closes',
    'strong',
  );
  return [
    head,
    ...rows.slice(top, top + heights.log).map(({ index, text, first }) => {
      const on = index === page.warning;
      return compose(theme, cells, [
        on ? ['cursor', '▌ '] : '  ',
        ['accent', fit(first ? placeOf(warnings[index]!) : '', place)],
        '  ',
        first ? [on ? 'strong' : 'plain', text] : ['muted', text],
      ]);
    }),
  ];
}

function placeOf({ file, line }: { readonly file: string; readonly line: number | undefined }): string {
  const name = shortenMiddle(file === '' ? 'Dockerfile' : file, 18);
  return line === undefined ? name : `${name}:${line}`;
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
