/** Screen 2: who shares what, as one forest over the whole store. */
import type { ForestRow } from '../app/forest-rows.ts';
import { forestTree } from '../app/forest-tree.ts';
import type { ForestColumn, ForestSort } from '../app/forest-view.ts';
import { age, bytes, grouped, plural, size as sizeText } from '../app/format.ts';
import type { Layout } from '../app/layout.ts';
import { windowTop } from '../app/list.ts';
import { fateOf, isMarked, type MarksEffect } from '../app/marks-effect.ts';
import { pinOf } from '../app/pins.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fitEnd, shorten, shortenMiddle, width } from '../app/width.ts';
import type { Size } from '../engine/engine.ts';
import { compose, fill, highlighted, type Piece, rule, ruleWith } from './line.ts';

export interface LayersInput {
  readonly state: AppState;
  readonly rows: readonly ForestRow[];
  readonly cursor: number;
  readonly totals: { readonly layers: number; readonly bytes: Size; readonly saved: Size } | undefined;
  /** The sign before sizes that are not exact. */
  readonly sign: string;
  readonly effect: MarksEffect | undefined;
  /** How many rows the search finds; undefined without one. */
  readonly matches: number | undefined;
  readonly layout: Layout;
  readonly theme: Theme;
}

export function layersList(input: LayersInput): string[] {
  const { state, rows, totals, layout, theme, matches } = input;
  const cells = layout.left.width;
  const height = layout.left.height;
  if (totals === undefined) {
    const { reading } = state;
    const done = reading === undefined ? '' : ` ${reading.done} of ${plural(reading.total, 'image')}`;
    return fill(
      [
        rule(theme, cells, 'Layers', 'cursor'),
        compose(theme, cells, ['   ', ['muted', `reading layers …${done}`]]),
      ],
      height,
      cells,
    );
  }
  if (rows.length === 0) return noLayers(state, theme, cells, height);
  const title = `Layers ${grouped(totals.layers)} · ${sizeText(totals.bytes)} · sharing saves ${sizeText(totals.saved)}`;
  const found =
    matches === undefined
      ? ''
      : `/${shorten(state.forestView.search, 16)} ${matches === 0 ? 'in none' : `in ${grouped(matches)}`}`;
  const lines = [ruleWith(theme, cells, title, found, 'cursor'), header(state.forestView, theme, cells)];
  const room = height - 2;
  const top = windowTop(state.forestPlace.top, Math.max(0, input.cursor), rows.length, room);
  for (let index = top; index < Math.min(rows.length, top + room); index++) {
    lines.push(treeRow(rows[index]!, input, cells, index === input.cursor));
  }
  return fill(lines, height, cells);
}

function noLayers({ images }: AppState, theme: Theme, cells: number, height: number): string[] {
  const why =
    images.length === 0
      ? 'No images here yet, so no layers: p pulls one, o opens a tar.'
      : 'No image here has layers.';
  const lines = [rule(theme, cells, 'Layers 0', 'cursor'), compose(theme, cells, [])];
  return fill([...lines, compose(theme, cells, ['   ', ['muted', why]])], height, cells);
}

interface Columns {
  readonly size: number;
  /** 0 where the layers stand alone. */
  readonly total: number;
  readonly images: number;
  /** 0 unless the rows are in its order. */
  readonly age: number;
}

function columnsOf({ flat, sort }: { readonly flat: boolean; readonly sort: ForestSort }): Columns {
  return { size: 9, total: flat ? 0 : 10, images: 8, age: sort.column === 'age' ? 7 : 0 };
}

function header(view: AppState['forestView'], theme: Theme, cells: number): string {
  const { flat, sort } = view;
  const columns = columnsOf(view);
  const head = (label: string, column: ForestColumn | undefined, room: number): string => {
    if (room === 0) return '';
    const arrow = column !== sort.column ? '' : sort.reverse ? '▲' : '▼';
    const spaced = arrow === '' || label.length + 3 > room ? label + arrow : `${label} ${arrow}`;
    return fitEnd(spaced, room);
  };
  const arrow = sort.column !== 'name' ? '' : sort.reverse ? ' ▲' : ' ▼';
  return compose(
    theme,
    cells,
    [['muted', `${flat ? '   LAYER' : '    LAYERS'}${arrow}`]],
    [
      [
        'muted',
        [
          head('SIZE', flat ? 'size' : undefined, columns.size),
          head('TOTAL', 'size', columns.total),
          head('IMAGES', 'images', columns.images),
          head('AGE', 'age', columns.age),
          ' ',
        ].join(''),
      ],
    ],
  );
}

const SIGNS = { open: '▾ ', closed: '▸ ', leaf: '─ ' } as const;

function treeRow(
  row: ForestRow,
  { state, theme, effect, sign }: LayersInput,
  cells: number,
  cursor: boolean,
): string {
  const columns = columnsOf(state.forestView);
  const fate = fateOf(row, effect);
  const marked = isMarked(row, effect);
  const amount = (value: number): string =>
    row.layers.length === 0 ? '' : `${value === 0 ? '' : row.exact ? sign : '≈'}${bytes(value)}`;
  const figures = [
    fitEnd(amount(row.bytes), columns.size),
    // What nothing stands on has no more than itself.
    columns.total === 0 ? '' : fitEnd(row.total === row.bytes ? '' : amount(row.total), columns.total),
    fitEnd(grouped(row.imageCount), columns.images),
    columns.age === 0 ? '' : fitEnd(age(row.newest, state.now), columns.age),
    ' ',
  ].join('');
  const lead = state.forestView.flat ? ' ' : row.prefix + SIGNS[row.shape];
  const more = row.layers.length > 1 ? ` +${row.layers.length - 1}` : '';
  // Where a branch ends matters more than how it was made: the instruction gives way to the image.
  const pinned = isPinned(row, state);
  const room = Math.max(0, cells - 2 - width(lead) - width(figures) - (pinned && marked ? 3 : 2));
  const target = shortenMiddle(row.target, row.label === '' ? room : Math.max(12, Math.floor(room * 0.6)));
  const label = shorten(row.label, room - width(more) - (target === '' ? 0 : width(target) + 2));
  const token: Token = fate === 'goes' ? 'bad' : marked ? 'mark' : cursor ? 'cursor' : 'plain';
  const { search } = state.forestView;
  const text = (part: string, own: Token): Piece[] =>
    search === ''
      ? [[own, part]]
      : highlighted(part, search).map((piece): Piece => (typeof piece === 'string' ? [own, piece] : piece));
  return compose(
    theme,
    cells,
    [
      cursor ? ['cursor', '▌'] : ' ',
      fate === 'goes' ? ['bad', '−'] : ' ',
      ['muted', lead],
      ...text(label, token),
      ['muted', more],
      label === '' || target === '' ? '' : '  ',
      ...text(target, fate === 'goes' ? 'bad' : marked ? 'mark' : 'accent'),
    ],
    [pinned ? ['accent', ' ▪'] : marked ? ' ' : '  ', ['mark', marked ? '◆' : ''], figures],
  );
}

/** Whether the image that ends on the row is pinned. */
function isPinned({ image }: ForestRow, state: AppState): boolean {
  if (image === undefined || state.stock === undefined) return false;
  const found = forestTree(state.stock).images.get(image);
  return found !== undefined && pinOf(state, found) !== undefined;
}
