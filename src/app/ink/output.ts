/**
 * Stands in for Ink's `Output` in the bundle: the same frame, cell for cell, from rows that are kept
 * from frame to frame. A row is composed again only when the writes that touch it changed, and a row
 * that is one plain text is taken as it is; Ink tokenizes and composes every row of every frame,
 * which is most of what a key press costs.
 */
import { Generations } from './generations.ts';
import { lineText, parseLine, widthOf } from './line.ts';
import { type Plain, plainOf, standsAlone } from './plain.ts';
import stringWidth from './string-width.ts';
import { type TextRow, textRows } from './text-rows.ts';

export type Transformer = (line: string, index: number) => string;

export interface Clip {
  readonly x1: number | undefined;
  readonly x2: number | undefined;
  readonly y1: number | undefined;
  readonly y2: number | undefined;
}

type Operation =
  | { readonly type: 'clip'; readonly clip: Clip }
  | { readonly type: 'unclip' }
  | {
      readonly type: 'write';
      readonly x: number;
      readonly y: number;
      readonly text: string;
      readonly transformers: readonly Transformer[];
    };

/** What one write puts into one row. */
interface Piece {
  readonly x: number;
  readonly line: string;
  readonly plain: Plain | undefined;
  /** The line is as it was given, not yet brought into Ink's own form. */
  readonly isRaw: boolean;
  /** The columns of the screen that may be seen, `to` excluded; undefined where nothing is clipped. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

const rows = new Generations<string>(256);
const splits = new Generations<readonly string[]>(256);

export default class Output {
  readonly width: number;
  readonly height: number;
  private readonly operations: Operation[] = [];

  constructor(options: { readonly width: number; readonly height: number }) {
    this.width = options.width;
    this.height = options.height;
  }

  write(
    x: number,
    y: number,
    text: string,
    options: { readonly transformers: readonly Transformer[] },
  ): void {
    if (text === '') return;
    this.operations.push({ type: 'write', x, y, text, transformers: options.transformers });
  }

  clip(clip: Clip): void {
    this.operations.push({ type: 'clip', clip });
  }

  unclip(): void {
    this.operations.push({ type: 'unclip' });
  }

  get(): { output: string; height: number } {
    const pieces: Piece[][] = Array.from({ length: this.height }, () => []);
    const clips: Clip[] = [];
    const put = (row: number, piece: Piece) => {
      pieces[row]!.push(piece);
    };
    for (const operation of this.operations) {
      if (operation.type === 'clip') clips.push(intersect(clips.at(-1), operation.clip));
      else if (operation.type === 'unclip') clips.pop();
      else this.place(operation, clips.at(-1), put);
    }
    const output = pieces.map((row) => rowOf(this.width, row));
    return { output: output.join('\n'), height: this.height };
  }

  private place(
    operation: Operation & { type: 'write' },
    clip: Clip | undefined,
    put: (row: number, piece: Piece) => void,
  ): void {
    const { x, y, text } = operation;
    const given = textRows(text);
    const isRaw = isUnchanged(given, operation.transformers);
    const transformers = isRaw ? [] : operation.transformers;
    const lines: readonly TextRow[] = isRaw ? given : split(text).map(rowOfText);
    let first = 0;
    let end = lines.length;
    let from: number | undefined;
    let to: number | undefined;
    if (clip !== undefined) {
      if (isEmpty(clip)) return;
      if (clip.x1 !== undefined && clip.x2 !== undefined) {
        from = clip.x1;
        to = clip.x2;
        if ((x < from || x > to) && isBeside(x, text, from, to)) return;
      }
      if (clip.y1 !== undefined && clip.y2 !== undefined) {
        if (y + lines.length < clip.y1 || y > clip.y2) return;
        if (y < clip.y1) first = clip.y1 - y;
        if (y + lines.length > clip.y2) end = clip.y2 - y;
      }
    }
    for (let index = Math.max(first, -y); index < end && y + index < this.height; index++) {
      const { text: line, plain } = lines[index]!;
      const piece = { x, line, plain, isRaw, from, to };
      if (transformers.length === 0) put(y + index, piece);
      else {
        // What a transformer does is known only from what it returns, so that is what the row is kept by.
        let shown = clipped(piece);
        for (const transformer of transformers) shown = transformer(shown, index);
        put(y + index, {
          x: Math.max(x, from ?? x),
          line: shown,
          plain: plainOf(shown),
          isRaw: false,
          from: undefined,
          to: undefined,
        });
      }
    }
  }
}

/**
 * Whether each row of a text can be taken as it is: no style goes on in the next one, and no transformer
 * changes it. Every Text of Ink brings a transformer, and one without colours changes nothing.
 */
function isUnchanged(lines: readonly TextRow[], transformers: readonly Transformer[]): boolean {
  if (lines.length === 1 && transformers.length === 0) return true;
  return lines.every(
    (line, index) =>
      standsAlone(line) && transformers.every((transformer) => transformer(line.text, index) === line.text),
  );
}

const rowOfText = (text: string): TextRow => ({ text, plain: plainOf(text) });

/** The rows of a text, each with the styles that hold in it. */
function split(text: string): readonly string[] {
  const known = splits.get(text);
  if (known !== undefined) return known;
  const { values, styles } = parseLine(text);
  const lines: string[] = [];
  let start = 0;
  for (let index = 0; index <= values.length; index++) {
    if (index < values.length && values[index] !== '\n') continue;
    lines.push(lineText(values.slice(start, index), styles.slice(start, index)));
    start = index + 1;
  }
  return splits.set(text, lines);
}

/** What can be seen of a piece, as text; half a wide character is a blank in its style. */
function clipped({ x, line, from, to }: Piece): string {
  if (from === undefined || to === undefined) return line;
  const lineWidth = stringWidth(line);
  const first = x < from ? from - x : 0;
  const end = x + lineWidth > to ? to - x : lineWidth;
  if (first >= end) return '';
  const { values, styles, widths } = parseLine(line);
  const seen: string[] = [];
  const seenStyles: number[] = [];
  let column = 0;
  for (let index = 0; index < values.length; index++) {
    const width = widths[index]!;
    const start = column;
    column += width;
    if (column <= first) continue;
    if (start >= end) break;
    seen.push(width > 1 && (start < first || column > end) ? ' ' : values[index]!);
    seenStyles.push(styles[index]!);
  }
  return lineText(seen, seenStyles);
}

function rowOf(width: number, pieces: readonly Piece[]): string {
  const [only] = pieces;
  if (only === undefined) return '';
  const text = pieces.length === 1 ? alone(only, width) : undefined;
  if (text !== undefined) return text;
  let key = `${width}`;
  for (const { x, line, isRaw, from, to } of pieces) {
    key += `|${x},${from},${to},${isRaw ? line.length : -line.length}:${line}`;
  }
  return rows.get(key) ?? rows.set(key, compose(width, pieces));
}

/** Lays the pieces over one another, in their order, into a blank row. */
function compose(width: number, pieces: readonly Piece[]): string {
  const values: string[] = new Array(width).fill(' ');
  const styles: number[] = new Array(width).fill(0);
  for (const piece of pieces) {
    const line = parseLine(clipped(piece.isRaw ? { ...piece, line: split(piece.line)[0]! } : piece));
    if (line.values.length === 0) continue;
    let x = Math.max(piece.x, piece.from ?? piece.x);
    // A write into the second half of a wide character leaves a blank in its first half.
    if (x > 0 && values[x] === '' && widthOf(values[x - 1] ?? '') > 1) values[x - 1] = ' ';
    for (let index = 0; index < line.values.length; index++) {
      values[x] = line.values[index]!;
      styles[x] = line.styles[index]!;
      const cells = Math.max(1, line.widths[index]!);
      for (let offset = 1; offset < cells; offset++) {
        values[x + offset] = x < 0 ? ' ' : '';
        styles[x + offset] = line.styles[index]!;
      }
      x += cells;
    }
    // And one that ends in a first half leaves a blank in the second.
    if (values[x] === '') values[x] = ' ';
  }
  return lineText(values, styles).trimEnd();
}

/** The row of one plain text that is wholly visible: the text itself. */
function alone(
  { x, line, plain, from = 0, to = Number.POSITIVE_INFINITY }: Piece,
  width: number,
): string | undefined {
  if (plain === undefined || !plain.isClosed) return undefined;
  if (x < 0 || x < from || x + plain.width > Math.min(to, width)) return undefined;
  return (x === 0 ? line : ' '.repeat(x) + line).trimEnd();
}

function intersect(outer: Clip | undefined, inner: Clip): Clip {
  if (outer === undefined) return inner;
  return {
    x1: tighter(outer.x1, inner.x1, Math.max),
    x2: tighter(outer.x2, inner.x2, Math.min),
    y1: tighter(outer.y1, inner.y1, Math.max),
    y2: tighter(outer.y2, inner.y2, Math.min),
  };
}

function tighter(
  a: number | undefined,
  b: number | undefined,
  choose: (a: number, b: number) => number,
): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : choose(a, b);
}

function isEmpty({ x1, x2, y1, y2 }: Clip): boolean {
  return (
    (x1 !== undefined && x2 !== undefined && x1 >= x2) || (y1 !== undefined && y2 !== undefined && y1 >= y2)
  );
}

function isBeside(x: number, text: string, from: number, to: number): boolean {
  const widest = Math.max(...text.split('\n').map((line) => stringWidth(line)));
  return x + widest < from || x > to;
}
