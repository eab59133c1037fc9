/** What the step under the cursor of a build prints. */
import { logWindow } from '../app/build-log-window.ts';
import { type BuildView, logCells } from '../app/build-page.ts';
import { stepName } from '../app/build-words.ts';
import { bytes, bytesOf, grouped, plural } from '../app/format.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fitEnd, fitMiddle, width } from '../app/width.ts';
import type { ProgressStep } from '../engine/build-progress.ts';
import { bar, compose, highlighted, type Piece, ruleWith } from './line.ts';

/** A rule that names the step, then as many rows as there is room for. */
export function logLines(view: BuildView, state: AppState, theme: Theme): string[] {
  const cells = state.columns;
  const { step, page, log, heights } = view;
  const title =
    step === undefined ? 'Log' : `${step.number === 0 ? '' : `#${step.number} `}${stepName(step)}`;
  const window = logWindow(log, page, step, logCells(state), heights.log);
  const lines = [ruleWith(theme, cells, title, logState(view, window.passing.count), 'strong')];
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
