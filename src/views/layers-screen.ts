/** Screen 2: who shares what, as one tree over the whole store, and the layer under the cursor. */
import type { ForestRow } from '../app/forest-rows.ts';
import { bytes, grouped, plural, shortDigest, size as sizeText } from '../app/format.ts';
import type { LayerFacts } from '../app/layer-facts.ts';
import type { Layout } from '../app/layout.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, shorten, shortenMiddle, width, wrap } from '../app/width.ts';
import type { Size } from '../engine/engine.ts';
import { compose, fill, type Piece, rule } from './line.ts';

export interface LayersInput {
  readonly state: AppState;
  readonly rows: readonly ForestRow[];
  readonly cursor: number;
  readonly totals: { readonly layers: number; readonly bytes: Size; readonly saved: Size } | undefined;
  readonly layout: Layout;
  readonly theme: Theme;
}

export function layersList(input: LayersInput): string[] {
  const { state, rows, totals, layout, theme } = input;
  const cells = layout.left.width;
  const height = layout.left.height;
  const title =
    totals === undefined
      ? 'Layers'
      : `Layers ${grouped(totals.layers)} · ${sizeText(totals.bytes)} · sharing saves ${sizeText(totals.saved)}`;
  const lines = [rule(theme, cells, title, 'cursor')];
  if (totals === undefined) {
    const { reading } = state;
    const done = reading === undefined ? '' : ` ${reading.done} of ${plural(reading.total, 'image')}`;
    lines.push(compose(theme, cells, ['   ', ['muted', `reading layers …${done}`]]));
    return fill(lines, height, cells);
  }
  lines.push(
    compose(
      theme,
      cells,
      [['muted', '   LAYER']],
      [['muted', `${fitEnd('SIZE', 12)}${fitEnd('IMAGES', 8)}   `]],
    ),
  );
  const room = height - 2;
  const top = windowTop(state.forestPlace.top, Math.max(0, input.cursor), rows.length, room);
  for (let index = top; index < Math.min(rows.length, top + room); index++) {
    lines.push(treeRow(rows[index]!, state, theme, cells, index === input.cursor));
  }
  return fill(lines, height, cells);
}

function treeRow(row: ForestRow, state: AppState, theme: Theme, cells: number, cursor: boolean): string {
  const sign = row.shape === 'open' ? '▾ ' : row.shape === 'closed' ? '▸ ' : '─ ';
  const marked = row.image !== undefined && state.marks.has(row.image);
  const figures = `${fitEnd(row.layers.length === 0 ? '' : bytes(row.bytes), 12)}${fitEnd(grouped(row.imageCount), 8)}   `;
  const lead = row.prefix + sign;
  // Where a branch ends matters more than how it was made: the instruction gives way to the image.
  const room = Math.max(0, cells - 1 - width(lead) - width(figures) - 2);
  const target = shortenMiddle(row.target, row.label === '' ? room : Math.max(12, Math.floor(room * 0.6)));
  const label = shorten(row.label, room - (target === '' ? 0 : width(target) + 2));
  return compose(
    theme,
    cells,
    [
      cursor ? ['cursor', '▌'] : ' ',
      ['muted', lead],
      [marked ? 'mark' : cursor ? 'cursor' : 'plain', label],
      label === '' || target === '' ? '' : '  ',
      [marked ? 'mark' : 'accent', target],
    ],
    [marked ? ['mark', ' ◆'] : '  ', figures],
  );
}

/** The layer under the cursor: what it is, who has it, what becomes of it. */
export function layerPane(
  facts: LayerFacts | undefined,
  theme: Theme,
  cells: number,
  height: number,
): string[] {
  if (facts === undefined) return fill([], height, cells);
  const row = (...pieces: Piece[]): string => compose(theme, cells, [' ', ...pieces]);
  const label = (name: string, ...pieces: Piece[]): string => row(['muted', fit(name, 10)], ...pieces);
  const lines = [row(['title', facts.title]), row('')];
  for (const [index, text] of wrap(facts.instruction, cells - 12)
    .slice(0, 6)
    .entries()) {
    lines.push(label(index === 0 ? 'made by' : '', text));
  }
  if (facts.diffId !== '')
    lines.push(
      label('diff id', shortDigest(facts.diffId)),
      facts.blob === ''
        ? label('chain id', shortDigest(facts.chainId))
        : label('blob', shortDigest(facts.blob)),
    );
  lines.push(
    label(facts.blob === '' ? 'unpacked' : 'stored', bytes(facts.bytes), [
      'muted',
      facts.layers > 1 ? `  in ${plural(facts.layers, 'layer')}` : '',
    ]),
  );
  lines.push(row(''), row(['strong', `USED BY ${plural(facts.images.length, 'IMAGE', 'IMAGES')}`]));
  const room = Math.max(1, height - lines.length - 8);
  for (const image of facts.images.slice(0, room)) {
    lines.push(
      compose(
        theme,
        cells,
        ['   ', [image.marked ? 'mark' : 'plain', image.name]],
        image.marked ? [['mark', '◆'], '    '] : [],
      ),
    );
  }
  if (facts.images.length > room)
    lines.push(row(['muted', `  and ${grouped(facts.images.length - room)} more`]));
  lines.push(row(''));
  if (facts.fate !== '')
    for (const text of wrap(facts.fate, cells - 2)) lines.push(row([facts.goes ? 'bad' : 'good', text]));
  if (facts.images.length > 1) {
    lines.push(
      row(''),
      row(['strong', 'SAVED BY SHARING']),
      label('once', bytes(facts.bytes)),
      label('without', `${bytes(facts.bytes * facts.images.length)}  (${grouped(facts.images.length)} ×)`),
    );
  }
  return fill(lines, height, cells);
}
