/** The three stacked image lists of screen 1, as rows of text. */
import { age, bytes, clock, grouped, plural, size as sizeText } from '../app/format.ts';
import { kept } from '../app/kept.ts';
import type { Layout, StackHeights } from '../app/layout.ts';
import { cursorIndex, windowTop } from '../app/list.ts';
import { pinOf } from '../app/pins.ts';
import { markedImages } from '../app/planned.ts';
import type { Row, RowList, Rows } from '../app/rows.ts';
import { paneHeight, stackOf } from '../app/stack.ts';
import { type AppState, PANES, type PaneId, type SortColumn } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, width } from '../app/width.ts';
import type { Size } from '../engine/engine.ts';
import { fill, rule } from './line.ts';

export interface ListColumns {
  readonly name: number;
  readonly size: number;
  /** 0 where dropped. */
  readonly own: number;
  readonly age: number;
  readonly use: number;
}

/** Columns of a list of that many cells; USE, then AGE, then OWN leave when it gets narrow. */
export function listColumns(cells: number): ListColumns {
  const own = cells >= 44 ? 10 : 0;
  const ageCells = cells >= 54 ? 6 : 0;
  const use = cells >= 58 ? 4 : 0;
  return { name: cells - 3 - 10 - own - ageCells - use - 3, size: 10, own, age: ageCells, use };
}

const TITLES: Record<PaneId, string> = {
  tagged: 'Images',
  dangling: 'Dangling',
  intermediate: 'Intermediate',
};

export interface StackInput {
  readonly state: AppState;
  readonly rows: Rows;
  readonly layout: Layout;
  readonly theme: Theme;
  readonly danglingFreed: Size | undefined;
  /** Ids of the open range. */
  readonly range: ReadonlySet<string>;
  /** What all layers take on disk, for the title; `''` while unknown. */
  readonly onDisk: string;
}

const NOTHING: ReadonlySet<string> = new Set();

export function imageStack(input: StackInput): string[] {
  const heights = stackOf(input.state);
  return PANES.flatMap((pane) => paneLines(input, pane, heights));
}

function paneLines(input: StackInput, pane: PaneId, heights: StackHeights): string[] {
  const { state, theme, layout } = input;
  const cells = layout.left.width;
  const height = heights[pane];
  if (height <= 0) return [];
  const list = input.rows[pane];
  const focused = state.focus === pane;
  const lines = [rule(theme, cells, paneTitle(input, pane, list), focused ? 'cursor' : 'strong')];
  if (pane === 'tagged' && height > 1) lines.push(columnHeader(state, theme, cells));
  const room = paneHeight(state, pane);
  if (pane === 'intermediate' && !focused && list.rows.length > 0) {
    lines.push(theme.paint('muted', fit('   tab to open', cells)));
    return fill(lines, height, cells);
  }
  if (pane === 'tagged' && list.rows.length === 0 && list.all > 0) {
    lines.push(theme.paint('muted', fit('   no image matches the filter · esc clears it', cells)));
    return fill(lines, height, cells);
  }
  const place = state.places[pane];
  const cursor = cursorIndex(list.rows, place, list.indexOf);
  const top = windowTop(place.top, Math.max(0, cursor), list.rows.length, room);
  const range = focused ? input.range : NOTHING;
  for (let index = top; index < Math.min(list.rows.length, top + room); index++) {
    const row = list.rows[index]!;
    lines.push(imageRow(row, state, theme, cells, focused && index === cursor, range.has(row.id)));
  }
  return fill(lines, height, cells);
}

function paneTitle(input: StackInput, pane: PaneId, list: RowList): string {
  const { state } = input;
  const name = TITLES[pane];
  if (state.listedAt === undefined) return name;
  const count =
    list.rows.length === list.all
      ? grouped(list.all)
      : `${grouped(list.rows.length)} of ${grouped(list.all)}`;
  const title = `${name} ${count}`;
  const filter = state.filter === '' ? '' : ` · /${shorten(state.filter, 24)}`;
  switch (pane) {
    case 'tagged':
      if (state.connection.status === 'lost') return `${title} · as of ${clock(state.listedAt)}${filter}`;
      return `${title}${input.onDisk === '' ? '' : ` · ${input.onDisk}`}${filter}`;
    case 'dangling':
      return list.rows.length === 0 || list.rows.length < list.all || input.danglingFreed === undefined
        ? title
        : `${title} · ${sizeText(input.danglingFreed)}`;
    case 'intermediate':
      return list.rows.length === 0
        ? title
        : `${title} · build steps that ${plural(input.rows.standing, 'image')} ${input.rows.standing === 1 ? 'stands' : 'stand'} on`;
  }
}

const HEADERS: Record<SortColumn, string> = {
  name: 'IMAGE',
  size: 'SIZE',
  own: 'OWN',
  age: 'AGE',
  use: 'USE',
};

function columnHeader(state: AppState, theme: Theme, cells: number): string {
  const columns = listColumns(cells);
  const arrow = state.sort.reverse ? '▲' : '▼';
  const head = (column: SortColumn, room: number): string => {
    if (room === 0) return '';
    const label = HEADERS[column];
    const sorted = state.sort.column === column;
    const shown = sorted ? (label.length + 2 <= room ? `${label} ${arrow}` : `${label}${arrow}`) : label;
    return column === 'name' ? fit(shown, room) : fitEnd(shown, room);
  };
  return theme.paint(
    'muted',
    `   ${head('name', columns.name)}${head('size', columns.size)}${head('own', columns.own)}${head('age', columns.age)}${columns.use > 0 && state.sort.column === 'use' ? ` USE ${arrow} ` : `${head('use', columns.use)}   `}`,
  );
}

/** Rows without cursor, mark or range, as drawn: most of a list looks the same after a key. */
const plainRows = kept(
  (
    _connection: AppState['connection'],
    _pins: AppState['pins'],
    _now: number,
    _theme: Theme,
    _cells: number,
  ) => new WeakMap<Row, string>(),
);

function imageRow(
  row: Row,
  state: AppState,
  theme: Theme,
  cells: number,
  cursor: boolean,
  ranged: boolean,
): string {
  const marked = markedImages(state).has(row.id);
  if (cursor || marked || ranged)
    return drawRow(row, state, theme, listColumns(cells), { cursor, marked, ranged });
  const drawn = plainRows(state.connection, state.pins, state.now, theme, cells);
  let text = drawn.get(row);
  if (text === undefined) {
    text = drawRow(row, state, theme, listColumns(cells), { cursor, marked, ranged });
    drawn.set(row, text);
  }
  return text;
}

function drawRow(
  row: Row,
  state: AppState,
  theme: Theme,
  columns: ListColumns,
  {
    cursor,
    marked,
    ranged,
  }: { readonly cursor: boolean; readonly marked: boolean; readonly ranged: boolean },
): string {
  const dangling = row.image.role === 'dangling';
  const sizeMark = connectedMark(state);
  const figures =
    fitEnd(sizeMark + bytes(row.image.size), columns.size) +
    fitEnd(row.own === undefined ? '…' : sizeText(row.own), columns.own) +
    fitEnd(age(row.image.created, state.now), columns.age);
  const use =
    columns.use === 0 ? '' : fitEnd(row.uses > 0 ? `●${row.uses}` : dangling ? '○' : '·', columns.use);
  const name = nameCell(row, columns.name);
  const signs = signCells(theme, { marked, ranged, pinned: pinOf(state, row.image) !== undefined });
  if (cursor) {
    return `${theme.paint('cursor', '▌')}${signs}${theme.paint('cursor', name)}${theme.paint('strong', figures)}${usesCell(theme, row, use)}   `;
  }
  if (marked) return ` ${signs}${theme.paint('mark', `${name}${figures}`)}${usesCell(theme, row, use)}   `;
  if (state.connection.status === 'lost')
    return ` ${signs}${theme.paint('muted', `${name}${figures}${use}   `)}`;
  return ` ${signs}${dangling ? theme.paint('muted', name) : name}${figures}${usesCell(theme, row, use)}   `;
}

/** The two cells before a name: a pin stands where a mark would, or right of one. */
function signCells(
  theme: Theme,
  {
    marked,
    ranged,
    pinned,
  }: { readonly marked: boolean; readonly ranged: boolean; readonly pinned: boolean },
): string {
  const pin = pinned ? theme.paint('accent', '▪') : ' ';
  if (!marked && !ranged) return `${pin} `;
  return theme.paint('mark', marked ? '◆' : '◇') + pin;
}

function usesCell(theme: Theme, row: Row, use: string): string {
  return theme.paint(row.running ? 'good' : row.uses > 0 ? 'plain' : 'muted', use);
}

/** The name in its cells: `+2` counts further names, a dangling image says what it was called. */
function nameCell(row: Row, cells: number): string {
  const more = row.image.references.length - 1;
  if (more > 0) {
    const suffix = ` +${more}`;
    return fit(shortenName(row.name, cells - suffix.length - 1) + suffix, cells);
  }
  const was = row.image.role === 'dangling' ? formerName(row) : '';
  if (was !== '') return `${fit(`${row.name}  was ${was}`, cells - 1)} `;
  return `${fitMiddle(row.name, cells - 1)} `;
}

function shortenName(name: string, cells: number): string {
  return width(name) <= cells ? name : fitMiddle(name, cells);
}

/** A pull that moved a tag leaves the repository's digest behind: that tells the old name. */
function formerName(row: Row): string {
  const digest = row.image.digests[0];
  return digest === undefined ? '' : digest.slice(0, digest.lastIndexOf('@'));
}

function connectedMark(state: AppState): string {
  if (state.connection.status !== 'connected') return '';
  const { bound } = state.connection.info.imageSize;
  return bound === 'exact' ? '' : bound === 'at-least' ? '≥' : '≈';
}
