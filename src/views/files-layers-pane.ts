/** The layers of an image as a list, each with what it did to files, and below them what more there is room for. */
import { type LayerLine, type LayerLines, layerLines } from '../app/files-layers.ts';
import { type FilesLayout, FRAME } from '../app/files-layout.ts';
import { type FilesPage, hasCome } from '../app/files-page.ts';
import { bytes } from '../app/format.ts';
import { kept } from '../app/kept.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fitEnd, shorten } from '../app/width.ts';
import type { LayerCounts } from '../engine/layers/stacked-tree.ts';
import { compose, fill, type Piece, rule } from './line.ts';

/** Cells of the size with the gap before it. */
const SIZE = 10;

const ALL = 'all layers stacked';

interface Columns {
  readonly number: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** `below`: rows for what stands under the layers, each `layout.layerCells` wide. */
export function filesLayersPane(
  state: AppState,
  page: FilesPage,
  layout: FilesLayout,
  theme: Theme,
  below: readonly string[],
): readonly string[] {
  const known = layerLines(state, page);
  const count = page.indexes.length;
  const isKnown = hasCome(page) || count === 0;
  const isFocused = page.focus === 'layers';
  const top = page.image === undefined ? undefined : page.layerTop;
  return drawn(known, isKnown, page.name, page.layer ?? count, top, isFocused, layout, theme, below);
}

/** A key in the tree changes nothing in it. `wantedTop`: undefined while there is no list. */
const drawn = kept(
  (
    known: LayerLines,
    isKnown: boolean,
    name: string,
    cursor: number,
    wantedTop: number | undefined,
    isFocused: boolean,
    layout: FilesLayout,
    theme: Theme,
    below: readonly string[],
  ): readonly string[] => {
    const cells = layout.layerCells;
    const count = known.layers.length;
    const columns = columnsOf(known);
    const title = `${shorten(name, Math.max(12, cells - 14))} · layers`;
    const head = compose(
      theme,
      cells,
      [['muted', `  ${known.head}`]],
      [
        [
          'muted',
          [
            fitEnd('SIZE', SIZE),
            fitEnd('+', columns.added),
            fitEnd('~', columns.changed),
            fitEnd('−', columns.removed),
          ].join(''),
        ],
      ],
    );
    const rows: string[] = [];
    if (wantedTop !== undefined) {
      const top = windowTop(wantedTop, cursor, count + 1, layout.layers);
      for (let row = top; row < Math.min(count + 1, top + layout.layers); row++) {
        const isCursor = row === cursor;
        const sign: Piece = !isCursor ? ' ' : isFocused ? ['cursor', '▌'] : ['muted', '▏'];
        rows.push(
          row === count
            ? allRow(isKnown ? known : { ...known, all: undefined }, sign, isCursor, columns, theme, cells)
            : layerRow(known.layers[row]!, sign, isCursor, columns, theme, cells),
        );
      }
    }
    return fill(
      [
        rule(theme, cells, title, isFocused ? 'cursor' : 'strong'),
        head,
        ...fill(rows, layout.layers, cells),
        ...below,
      ],
      layout.layers + FRAME + layout.below,
      cells,
    );
  },
);

function columnsOf({ layers, all }: LayerLines): Columns {
  const widest = (kind: keyof LayerCounts): number =>
    Math.max(
      0,
      ...[...layers, ...(all === undefined ? [] : [all])].map(
        ({ counts }) => countText(counts?.[kind]).length,
      ),
    );
  return {
    number: Math.max(1, ...layers.map(({ number }) => String(number).length)),
    added: Math.max(6, widest('added') + 1),
    changed: Math.max(3, widest('changed') + 1),
    removed: Math.max(3, widest('removed') + 1),
  };
}

/** `7512`, from a hundred thousand on `123k`; `''` for none. */
function countText(count: number | undefined): string {
  if (count === undefined || count === 0) return '';
  return count < 100_000 ? String(count) : `${Math.floor(count / 1000)}k`;
}

function countPieces(counts: LayerCounts | undefined, columns: Columns): Piece[] {
  return [
    ['good', fitEnd(countText(counts?.added), columns.added)],
    ['warn', fitEnd(countText(counts?.changed), columns.changed)],
    ['bad', fitEnd(countText(counts?.removed), columns.removed)],
  ];
}

/** What the sign, the number and the figures leave for a name. */
function nameCells({ number, added, changed, removed }: Columns, cells: number): number {
  return cells - 3 - number - SIZE - added - changed - removed;
}

function layerRow(
  layer: LayerLine,
  sign: Piece,
  isCursor: boolean,
  columns: Columns,
  theme: Theme,
  cells: number,
): string {
  const room = nameCells(columns, cells);
  const name = shorten(layer.label.replace(/\s+/g, ' ') || '(no instruction recorded)', room);
  const isThere = layer.read !== 'not';
  const size =
    layer.read === 'not' ? '…' : layer.read === 'partly' ? `↻ ${bytes(layer.bytes)}` : bytes(layer.bytes);
  return compose(
    theme,
    cells,
    [
      sign,
      ' ',
      ['muted', `${fitEnd(String(layer.number), columns.number)} `],
      [isCursor ? 'cursor' : 'plain', name],
    ],
    [[isThere ? 'plain' : 'muted', fitEnd(size, SIZE)], ...countPieces(layer.counts, columns)],
  );
}

function allRow(
  { layers, all }: LayerLines,
  sign: Piece,
  isCursor: boolean,
  columns: Columns,
  theme: Theme,
  cells: number,
): string {
  const room = nameCells(columns, cells);
  const name = layers.length === 0 ? 'no layers' : room < ALL.length ? 'all stacked' : ALL;
  return compose(
    theme,
    cells,
    [sign, ' '.repeat(columns.number + 2), [isCursor ? 'cursor' : 'plain', name]],
    [
      all === undefined ? ['muted', fitEnd('…', SIZE)] : fitEnd(bytes(all.bytes), SIZE),
      ...countPieces(all?.counts, columns),
    ],
  );
}
