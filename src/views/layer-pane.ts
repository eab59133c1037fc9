/** The layer under the cursor of screen 2: what it is, who has it, what becomes of it. */
import { bytes, grouped, plural, shortDigest, size as sizeText } from '../app/format.ts';
import type { LayerFacts, LayerUser } from '../app/layer-facts.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fit, wrap } from '../app/width.ts';
import { compose, fill, type Piece } from './line.ts';

/** Rows of instructions, at most, beside the tree. */
const INSTRUCTIONS = 6;
/** In so many cells a digest fits whole, without what kind it is. */
const WHOLE_CELLS = 76;

export function layerPane(
  facts: LayerFacts | undefined,
  theme: Theme,
  cells: number,
  height: number,
): string[] {
  if (facts === undefined) return fill([], height, cells);
  const row = (...pieces: Piece[]): string => compose(theme, cells, [' ', ...pieces]);
  const label = (name: string, ...pieces: Piece[]): string => row(['muted', fit(name, 10)], ...pieces);
  const isImage = facts.layers === 0;
  const lines = [row(['title', facts.title]), row('')];
  if (!isImage) {
    const made = wrap(facts.instruction, cells - 12);
    const shown = made.slice(0, Math.max(2, Math.min(INSTRUCTIONS, height - 20)));
    for (const [index, text] of shown.entries()) lines.push(label(index === 0 ? 'made by' : '', text));
    if (shown.length < made.length)
      lines.push(label('', ['muted', `and ${made.length - shown.length} more`]));
    const digest = (text: string): string => {
      if (cells >= 84) return text;
      return cells >= WHOLE_CELLS ? text.replace(/^sha256:/, '') : shortDigest(text);
    };
    lines.push(label('diff id', digest(facts.diffId)));
    lines.push(
      facts.blob === '' ? label('chain id', digest(facts.chainId)) : label('blob', digest(facts.blob)),
    );
    const inLayers: Piece = ['muted', facts.layers > 1 ? `  in ${plural(facts.layers, 'layer')}` : ''];
    lines.push(label(facts.blob === '' ? 'unpacked' : 'stored', sizeText(facts.size), inLayers));
    if (facts.total !== undefined)
      lines.push(label('subtree', sizeText(facts.total), ['muted', '  with all that stands on it']));
  }
  const fate = fateLines(facts, theme, cells);
  const saved = facts.images.length > 1 ? savedLines(facts, row, label) : [];
  lines.push(row(''), row(['strong', `USED BY ${plural(facts.images.length, 'IMAGE', 'IMAGES')}`]));
  const left = height - lines.length - fate.length - saved.length - 1;
  // Where not all fit, what becomes of the layer matters more than what sharing saves.
  const keepSaved = left >= Math.min(facts.images.length, 3);
  const room = Math.max(1, keepSaved ? left : left + saved.length);
  const count = facts.images.length > room ? Math.max(0, room - 1) : facts.images.length;
  for (const image of facts.images.slice(0, count)) lines.push(userLine(image, theme, cells));
  if (count < facts.images.length)
    lines.push(row(['muted', `  and ${grouped(facts.images.length - count)} more`]));
  lines.push(...fate);
  if (keepSaved) lines.push(...saved);
  return fill(lines, height, cells);
}

function userLine({ name, uses, pinned, marked }: LayerUser, theme: Theme, cells: number): string {
  const signs: Piece[] = [
    ['good', uses > 0 ? ` ●${uses}` : ''],
    ['accent', pinned ? ' ▪' : ''],
    ['mark', marked ? ' ◆' : ''],
    '  ',
  ];
  return compose(theme, cells, ['   ', [marked ? 'mark' : 'plain', name]], signs);
}

const FATES: Readonly<Record<NonNullable<LayerFacts['fate']>, readonly [Token, string]>> = {
  goes: ['bad', '− GOES when the marked images go: nothing else needs it.'],
  part: ['warn', 'GOES IN PART when the marked images go:'],
  stays: ['good', 'STAYS when the marked images go:'],
};

function fateLines({ fate, reasons, going, layers }: LayerFacts, theme: Theme, cells: number): string[] {
  if (fate === undefined) return [];
  const [token, text] = FATES[fate];
  const lines = [''.padEnd(cells)];
  for (const part of wrap(text, cells - 2)) lines.push(compose(theme, cells, [' ', [token, part]]));
  for (const reason of reasons) {
    for (const part of wrap(reason, cells - 2)) lines.push(compose(theme, cells, [' ', part]));
  }
  if (layers > 0 && going > 0 && fate !== 'goes')
    lines.push(compose(theme, cells, [' ', ['bad', `− ${bytes(going)}`], ' of what stands here goes.']));
  return lines;
}

function savedLines(
  { size, images }: LayerFacts,
  row: (...pieces: Piece[]) => string,
  label: (name: string, ...pieces: Piece[]) => string,
): string[] {
  const apart = { ...size, bytes: size.bytes * images.length };
  return [
    row(''),
    row(['strong', 'SAVED BY SHARING']),
    label('once', sizeText(size)),
    label('without', `${sizeText(apart)}  (${grouped(images.length)} ×)`),
  ];
}
