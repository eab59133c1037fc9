/** One file of an image as a page: text or bytes, in rows that scroll and can be searched. Pure. */
import type { EngineError } from '../engine/errors.ts';
import { type FileText, fileText, lineRange, placeOf, shownText } from './file-text.ts';
import type { FilesTarget } from './files-page.ts';
import type { ColouredPart } from './highlight-parts.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import type { AppState } from './state.ts';
import { rowEnds } from './text-rows.ts';
import { shorten } from './width.ts';

export interface FileView {
  /** What was opened, for extracting it. */
  readonly target: FilesTarget;
  /** Fit to be shown, with a slash in front. */
  readonly path: string;
  /** The place of the layer that it comes from. */
  readonly layer: number;
  /** Bytes of the whole file. */
  readonly size: number;
  /** The first of them; undefined until they are here. */
  readonly bytes: Buffer | undefined;
  /** Undefined for what is no text. */
  readonly text: FileText | undefined;
  /** What the source has read so far, to find it. */
  readonly read: { readonly bytes: number; readonly total: number | undefined };
  readonly error: EngineError | undefined;
  readonly hex: boolean;
  readonly wrap: boolean;
  /** The first row shown, and of rows that are cut the first cell. */
  readonly top: number;
  readonly left: number;
  readonly colours: readonly ColouredPart[];
  readonly search: string;
  /** What was looked for before the search that is being typed. */
  readonly before: string;
  /** The place of the match that was shown last. */
  readonly match: number | undefined;
}

/** Bytes of a file that are loaded. */
export const MOST_SHOWN = 8_000_000;
/** Bytes in a row of hex. */
export const HEX_ROW = 16;
/** Matches that are counted. */
const MOST_MATCHES = 10_000;

/** A file of which nothing is here yet. */
export function newFileView(file: Pick<FileView, 'target' | 'path' | 'layer' | 'size'>): FileView {
  return {
    ...file,
    bytes: undefined,
    text: undefined,
    read: { bytes: 0, total: undefined },
    error: undefined,
    hex: false,
    wrap: false,
    top: 0,
    left: 0,
    colours: [],
    search: '',
    before: '',
    match: undefined,
  };
}

/** What can be shown of a file, once its first bytes are here. */
export function withBytes(view: FileView, bytes: Buffer, isText: boolean): FileView {
  return { ...view, bytes, text: isText ? fileText(bytes) : undefined, hex: !isText };
}

/** Rows of the file between its title and the footer. */
export function fileViewHeight(state: Pick<AppState, 'columns' | 'rows'>): number {
  const { body, disk } = layoutOf(state.columns, state.rows);
  // The line of disk usage and its rule give way.
  return Math.max(1, body.height - 1 + (disk.height > 0 ? 2 : 0));
}

/** Cells of the numbers in front of lines, the space behind them included. */
export function gutterOf(text: FileText): number {
  return Math.max(3, String(text.lines).length) + 2;
}

/** Cells for the text of a line. */
export function textCells({ columns }: Pick<AppState, 'columns'>, text: FileText): number {
  return Math.max(8, columns - gutterOf(text) - 1);
}

/** The first row of each line when long lines go on in further ones; one more at the end. */
const wrappedRows = kept((text: FileText, cells: number): Uint32Array => {
  const rows = new Uint32Array(text.starts.length);
  for (let line = 0; line < text.starts.length - 1; line++) {
    const [from, to] = lineRange(text, line);
    // What fits even if every character is as wide as the widest sign for one needs no closer look.
    const count =
      (to - from) * TALLEST <= cells ? 1 : rowEnds(shownText(text.text.slice(from, to), 0), cells).length;
    rows[line + 1] = rows[line]! + count;
  }
  return rows;
});
const TALLEST = 8;

/** Characters of a text that are broken into rows while a key waits, and of lines with wide or joined ones, which take far longer. */
const MOST_WRAPPED = 1_000_000;
const MOST_JOINED = 10_000;
const JOINED = /[^\0-\u02ff]/;

/** Whether breaking its lines would hold up keys. */
export const isTooLongToWrap = kept((text: FileText): boolean => {
  if (text.text.length > MOST_WRAPPED) return true;
  let joined = 0;
  for (let line = 0; line < text.starts.length - 1; line++) {
    const [from, to] = lineRange(text, line);
    if ((to - from) * TALLEST > MOST_JOINED / 100 && JOINED.test(text.text.slice(from, to)))
      joined += to - from;
  }
  return joined > MOST_JOINED;
});

export interface RowPlace {
  readonly line: number;
  /** Which row of the line it is. */
  readonly nth: number;
}

export function rowPlace(state: AppState, view: FileView, row: number): RowPlace {
  if (view.text === undefined || !view.wrap) return { line: row, nth: 0 };
  const rows = wrappedRows(view.text, textCells(state, view.text));
  const line = placeOf(rows.subarray(0, -1), row);
  return { line, nth: row - rows[line]! };
}

/** All rows of the file as it is looked at now. */
export function fileViewRows(state: AppState, view: FileView): number {
  if (view.hex || view.text === undefined) return Math.ceil((view.bytes?.length ?? 0) / HEX_ROW);
  const lines = view.text.starts.length - 1;
  return view.wrap ? wrappedRows(view.text, textCells(state, view.text))[lines]! : lines;
}

export function lastFileTop(state: AppState, view: FileView): number {
  return Math.max(0, fileViewRows(state, view) - fileViewHeight(state));
}

/** Where the search text begins: places in the text, letter case ignored; in hex, places in the bytes as they stand. */
export const matchesOfFile = kept(
  (
    text: FileText | undefined,
    bytes: Buffer | undefined,
    hex: boolean,
    search: string,
  ): readonly number[] => {
    if (search === '' || bytes === undefined) return [];
    const matches: number[] = [];
    if (hex || text === undefined) {
      const wanted = wantedBytes(search);
      for (let at = bytes.indexOf(wanted); at !== -1; at = bytes.indexOf(wanted, at + 1)) {
        matches.push(at);
        if (matches.length === MOST_MATCHES) break;
      }
      return matches;
    }
    for (const match of text.text.matchAll(searchPattern(search))) {
      matches.push(match.index);
      if (matches.length === MOST_MATCHES) break;
    }
    return matches;
  },
);

/** What enter does in the field of the search, where an empty field stands for what was looked for before. */
export function fileSearchText({ before }: FileView, typed: string): string {
  return typed === '' && before !== ''
    ? `enter finds ${shorten(before, 30)} again`
    : 'enter finds it, n finds the next';
}

export function searchPattern(search: string): RegExp {
  return new RegExp(search.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi');
}

/** `0x7f454c46` means those bytes, all else its own. */
function wantedBytes(search: string): Buffer {
  return /^0x(?:[0-9a-f]{2})+$/i.test(search) ? Buffer.from(search.slice(2), 'hex') : Buffer.from(search);
}

/** The row that a match stands in. */
export function rowOfMatch(state: AppState, view: FileView, match: number): number {
  const { text } = view;
  if (view.hex || text === undefined) return Math.floor(match / HEX_ROW);
  const line = placeOf(text.starts.subarray(0, -1), match);
  if (!view.wrap) return line;
  const cells = textCells(state, text);
  const [from, to] = lineRange(text, line);
  const before = shownText(text.text.slice(from, match), 0).length;
  const ends = rowEnds(shownText(text.text.slice(from, to), 0), cells);
  const nth = ends.findIndex((end) => before < end);
  return wrappedRows(text, cells)[line]! + Math.max(0, nth);
}
