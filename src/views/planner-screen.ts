/** Screen 3: disk usage, the rules with what each would do, what is marked, and what the whole plan comes to. */
import { bytes, clock, size as sizeText } from '../app/format.ts';
import type { Layout } from '../app/layout.ts';
import type { PlannerEntry } from '../app/planner.ts';
import { figuresOf, type RuleFigures } from '../app/planner-figures.ts';
import { markedColumns, type PlannerLayout, plannerLayout, ruleAt } from '../app/planner-layout.ts';
import type { TotalLine } from '../app/planner-line.ts';
import { ruleIndex, rulesTop } from '../app/planner-movement.ts';
import { wholeText } from '../app/planner-whole.ts';
import { figureCount, ruleTitle } from '../app/planner-words.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, shorten, width } from '../app/width.ts';
import { compactUsage, diskTotal, usageRows, usageScreen } from './disk-screen.ts';
import { compose, fill, type Piece, rule } from './line.ts';
import { markedLines } from './planner-marked.ts';

export function plannerScreen(state: AppState, layout: Layout, theme: Theme): string[] {
  const shape = plannerLayout(state);
  if (state.planner.page === 'usage') return usageScreen(state, shape.height, layout, theme);
  if (state.planner.page === 'whole') return wholeScreen(state, shape, theme);
  const { cells, height, airy } = shape;
  const blank = airy ? [compose(theme, cells, [])] : [];
  return fill(
    [
      rule(theme, cells, title(state), 'strong'),
      ...(state.usage !== undefined && shape.usage > 1
        ? usageRows(state, theme, cells)
        : [compactUsage(state, theme, cells)]),
      ...blank,
      ...ruleLines(state, shape, theme),
      ...blank,
      ...markedLines(state, shape, theme),
      ...(shape.totals.length > 0 ? blank : []),
      ...totalLines(shape, theme),
    ],
    height,
    cells,
  );
}

function title(state: AppState): string {
  const { usage, connection, listedAt } = state;
  const total = usage === undefined ? 'Disk' : `Disk ${bytes(diskTotal(usage))}`;
  return connection.status === 'lost' && listedAt !== undefined
    ? `${total} · as of ${clock(listedAt)}`
    : total;
}

function ruleLines(state: AppState, shape: PlannerLayout, theme: Theme): string[] {
  const { planner } = state;
  const { entries } = planner;
  const { cells, ruleRows, rulesShown, ruleColumns } = shape;
  const onRules = planner.focus === 'rules';
  const at = ruleIndex(planner);
  const top = rulesTop(state, shape);
  const along = alongText(planner);
  const hint = cells < 100 || along !== '' ? '' : ' ── tick a rule to mark every image it matches';
  const what = `Clean-up plan${hint}${along}`;
  const more = rulesShown < ruleRows ? ` · ${top + 1} to ${top + rulesShown} of ${ruleRows}` : '';
  const head = rule(theme, cells, `${what}${more}`, onRules ? 'cursor' : 'strong');
  if (entries.length === 0)
    return [
      head,
      compose(theme, cells, [
        '   ',
        ['muted', 'no rules: + adds one, for example  unused and older-than=30d'],
      ]),
    ];
  const figures = figuresOf(state);
  const counts = entries.map(({ text }) => {
    const figure = figures?.byText.get(text);
    return figure === undefined ? 0 : width(figureCount(figure));
  });
  const columns = { count: Math.max(9, ...counts), cells: Math.floor(cells / ruleColumns) };
  return [
    head,
    ...Array.from({ length: rulesShown }, (_, row) =>
      compose(
        theme,
        cells,
        Array.from({ length: ruleColumns }, (_each, column) => {
          const index = ruleAt(top + row, column, shape);
          const entry = entries[index];
          return entry === undefined
            ? []
            : ruleCell(entry, state, figures, { ...columns, isCursor: onRules && index === at });
        }).flat(),
      ),
    ),
  ];
}

/** What goes along with marked images stays in sight as long as it does. */
function alongText({ withContainers, withChildren }: AppState['planner']): string {
  const along = [withContainers ? 'containers' : '', withChildren ? 'children' : ''].filter(
    (each) => each !== '',
  );
  return along.length === 0 ? '' : ` · with ${along.join(' and ')}`;
}

/** Cells of bytes, with the gap before them. */
const BYTES = 10;

function ruleCell(
  entry: PlannerEntry,
  state: AppState,
  figures: RuleFigures | undefined,
  look: { readonly count: number; readonly cells: number; readonly isCursor: boolean },
): Piece[] {
  const figure = figures?.byText.get(entry.text);
  const isTicked = state.planner.ticked.has(entry.text);
  const name = look.cells - 5 - 1 - look.count - BYTES - 3;
  const waits = entry.rule === undefined ? '' : '…';
  const count = figure === undefined ? '' : figureCount(figure) || '·';
  const freed = figure === undefined ? waits : figure.freed.bytes === 0 ? '' : sizeText(figure.freed);
  const text = fit(ruleTitle(entry), name);
  return [
    look.isCursor ? ['cursor', '▌'] : ' ',
    [isTicked ? 'mark' : 'plain', isTicked ? '[×] ' : '[ ] '],
    look.isCursor ? ['cursor', text] : isTicked ? ['mark', text] : text,
    ' ',
    [figure === undefined || freed === '' ? 'muted' : 'plain', fit(count, look.count) + fitEnd(freed, BYTES)],
    '   ',
  ];
}

function totalLines({ totals, cells }: PlannerLayout, theme: Theme): string[] {
  const columns = markedColumns(cells);
  const end = 3 + columns.name + columns.size + columns.alone;
  return totals.map((line) => compose(theme, cells, totalPieces(line, end, cells)));
}

/** Where the text of a line without a figure begins. */
const LABEL = 18;

function totalPieces(line: TotalLine, end: number, cells: number): Piece[] {
  const { label, amount, tone } = line;
  if (amount === '─') return ['   ', ['muted', '─'.repeat(end - 3)]];
  if (amount === '') {
    return ['   ', ['muted', fit(label, LABEL)], [tone, fitting(line, cells - 4 - LABEL)]];
  }
  const figure = fitEnd(amount, Math.max(width(amount), 12));
  const name = fit(label, end - 3 - width(figure));
  const isTotal = tone === 'strong';
  return [
    '   ',
    [isTotal ? 'strong' : 'plain', `${name}${figure} `],
    [isTotal ? 'strong' : 'muted', fitting(line, Math.max(0, cells - end - 2))],
  ];
}

/** The longest way to say it that there is room for; what is left out leaves a sign. */
function fitting({ text, short = [] }: TotalLine, room: number): string {
  const whole = [text, ...short].find((each) => width(each) <= room);
  if (whole !== undefined) return whole;
  const last = short.at(-1) ?? text;
  const ends = [...last.matchAll(/ · | {2}|: |; /g)].map(({ index }) => index);
  const end = ends.findLast((at) => width(last.slice(0, at)) + 2 <= room);
  return end === undefined ? shorten(last, room) : `${last.slice(0, end)} …`;
}

function wholeScreen(state: AppState, { cells, height }: PlannerLayout, theme: Theme): string[] {
  const text = wholeText(state, cells);
  const room = height - 1;
  const top = Math.max(0, Math.min(state.diskTop, text.length - room));
  const more =
    text.length > room ? ` · rows ${top + 1} to ${Math.min(text.length, top + room)} of ${text.length}` : '';
  return fill(
    [
      rule(theme, cells, `Clean-up plan in full${more}`, 'cursor'),
      ...text
        .slice(top, top + room)
        .map((row) => compose(theme, cells, [' ', row.startsWith(' ') ? row : ['strong', row]])),
    ],
    height,
    cells,
  );
}
