/** The list of what is marked, with what happens to each, and all of the one under the cursor below it. */
import { bytes, plural } from '../app/format.ts';
import { cursorIndex, windowTop } from '../app/list.ts';
import { freshWork, isPlanning } from '../app/planned.ts';
import { type MarkedColumns, markedColumns, type PlannerLayout } from '../app/planner-layout.ts';
import { allRows, type PlannerRow, plannerRows, rowStory } from '../app/planner-rows.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, width, wrap } from '../app/width.ts';
import { compose, fill } from './line.ts';

export function markedLines(state: AppState, shape: PlannerLayout, theme: Theme): string[] {
  const { cells, list } = shape;
  const { planner } = state;
  const onMarked = planner.focus === 'marked';
  const columns = markedColumns(cells);
  const rows = plannerRows(state);
  const at = cursorIndex(rows, planner.markedPlace);
  const top = windowTop(planner.markedPlace.top, Math.max(0, at), rows.length, list);
  const shown = rows.slice(top, top + list);
  const part = rows.length > list ? `  ${top + 1} to ${top + shown.length} of ${rows.length}` : '';
  const search = planner.search === '' ? '' : `  /${shorten(planner.search, 20)}`;
  const head = `   ${fit(`MARKED${search}${part}`, columns.name)}${columns.size > 0 ? fitEnd('SIZE', columns.size) : ''}${fitEnd('ALONE', columns.alone)} `;
  const heads = compose(theme, cells, [
    [onMarked ? 'cursor' : 'muted', head],
    ['muted', 'WHAT HAPPENS'],
  ]);
  const body =
    shown.length > 0
      ? shown.map((row, index) => markedRow(row, columns, theme, cells, onMarked && top + index === at))
      : emptyLines(state).map((text) => compose(theme, cells, ['   ', ['muted', text]]));
  const story = storyRows(rows[at], shape.story, cells).map((text) =>
    compose(theme, cells, ['   ', ['accent', text]]),
  );
  const room =
    state.planner.focus === 'marked' || shape.totals.length === 0
      ? list
      : Math.min(list, Math.max(body.length, 1));
  return [heads, ...fill(body, Math.min(room, Math.max(body.length, 1)), cells), ...story];
}

/** As many rows as there are for it. */
function storyRows(row: PlannerRow | undefined, count: number, cells: number): string[] {
  if (count === 0) return [];
  const all =
    row === undefined
      ? []
      : wrap([row.reason, rowStory(row)].filter((text) => text !== '').join(' · '), cells - 4);
  const shown = all.slice(0, count);
  if (all.length > count) shown[count - 1] = shorten(all.slice(count - 1).join(' '), cells - 4);
  return Array.from({ length: count }, (_, index) => shown[index] ?? '');
}

function markedRow(
  row: PlannerRow,
  columns: MarkedColumns,
  theme: Theme,
  cells: number,
  isCursor: boolean,
): string {
  const size = columns.size === 0 ? '' : fitEnd(row.size === undefined ? '' : bytes(row.size), columns.size);
  const alone = row.excluded ? '' : row.waits ? '…' : row.alone === undefined ? '?' : bytes(row.alone);
  const why = row.reason === '' ? '' : ` · ${row.reason}`;
  const what = row.what(columns.what - width(why));
  const text = `${what}${why}`;
  const name = `${fitMiddle(row.name, columns.name - 1)} `;
  return compose(theme, cells, [
    isCursor ? ['cursor', '▌'] : ' ',
    row.excluded ? ' ' : ['mark', '◆'],
    ' ',
    isCursor ? ['cursor', name] : row.excluded ? ['muted', name] : name,
    [row.excluded ? 'muted' : 'plain', `${size}${fitEnd(alone, columns.alone)} `],
    [row.excluded ? 'muted' : 'plain', shorten(text, columns.what)],
  ]);
}

/** Why there is nothing to show. */
function emptyLines(state: AppState): string[] {
  const { stock, reading, connection, planner, marks } = state;
  if (stock === undefined) {
    if (connection.status === 'lost') return ['no engine is connected: nothing can be planned'];
    return [
      reading === undefined
        ? 'asking the engine …'
        : `reading layers to know what goes: ${reading.done} of ${plural(reading.total, 'image')} …`,
    ];
  }
  if (planner.search !== '' && allRows(state).length > 0)
    return ['nothing that is marked is called so · esc clears'];
  if (!isPlanning(state) && marks.size === 0)
    return ['Nothing is marked. space ticks a rule here, and marks an image on screen 1.'];
  const work = freshWork(state);
  if (work === undefined) return ['…'];
  const isSpared = work.plan.spared.length > 0;
  return [
    isSpared
      ? 'Nothing can go: all that is marked is kept, as told below.'
      : 'Nothing here matches what is ticked.',
  ];
}
