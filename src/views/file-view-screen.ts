/** One file of an image: text with numbered lines, or bytes in hex and as characters. */
import { fileRowParts } from '../app/file-row-parts.ts';
import {
  type FileView,
  fileViewHeight,
  fileViewRows,
  gutterOf,
  HEX_ROW,
  lastFileTop,
  matchesOfFile,
  rowPlace,
  textCells,
} from '../app/file-view.ts';
import { layerName } from '../app/files-layers.ts';
import { bytes, bytesOf, grouped, percent } from '../app/format.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { compose, fill, type Piece, ruleWith } from './line.ts';

export function fileViewScreen(state: AppState, view: FileView, theme: Theme): string[] {
  const cells = state.columns;
  const height = fileViewHeight(state);
  const lines = [ruleWith(theme, cells, view.path, factsOf(state, view), 'cursor')];
  const say = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  if (view.error !== undefined)
    return fill(
      [...lines, say(), say(['bad', `✗ ${view.error.message}`]), say(['muted', view.error.hint])],
      height + 1,
      cells,
    );
  if (view.bytes === undefined)
    return fill(
      [...lines, say(), say(['accent', '↻ '], readingText(view), ['muted', '   esc leaves it'])],
      height + 1,
      cells,
    );
  if (view.bytes.length === 0)
    return fill([...lines, say(), say(['muted', 'the file is empty'])], height + 1, cells);
  const rows = fileViewRows(state, view);
  const top = Math.min(view.top, lastFileTop(state, view));
  const isHex = view.hex || view.text === undefined;
  const found = isHex
    ? new Set(
        matchesOfFile(view.text, view.bytes, true, view.search).flatMap((at) => Math.floor(at / HEX_ROW)),
      )
    : undefined;
  for (let row = top; row < Math.min(rows, top + height); row++)
    lines.push(
      found === undefined
        ? textRow(state, view, row, theme)
        : hexRow(view.bytes, row, theme, cells, found.has(row)),
    );
  return fill(lines, height + 1, cells);
}

/** `step 3 · 1.2 kB · 1 to 34 of 120 lines`; steps are those of the Files screen. */
function factsOf(state: AppState, view: FileView): string {
  const parts = [layerName(view.target.contents.image.layers, view.layer), bytes(view.size)];
  if (view.bytes === undefined) return parts.join(' · ');
  const isPart = view.bytes.length < view.size;
  if (isPart) parts.push(`only the first ${bytes(view.bytes.length)}`);
  if (view.text?.crlf) parts.push('CRLF');
  if (view.left > 0) parts.push(`from column ${view.left + 1}`);
  const rows = fileViewRows(state, view);
  const height = fileViewHeight(state);
  const top = Math.min(view.top, lastFileTop(state, view));
  if (view.hex || view.text === undefined) {
    const seen = Math.min(view.bytes.length, (top + height) * HEX_ROW);
    if (rows > height) parts.push(percent(seen / view.size));
    return parts.join(' · ');
  }
  const lineOf = (row: number): number => numberOf(view, rowPlace(state, view, row).line);
  const { lines } = view.text;
  parts.push(
    rows > height
      ? `${grouped(lineOf(top))} to ${grouped(lineOf(Math.min(rows, top + height) - 1))} of ${grouped(lines)} lines`
      : lines === 1
        ? '1 line'
        : `${grouped(lines)} lines`,
  );
  return parts.join(' · ');
}

/** The number of a line, or of the one that it goes on. */
function numberOf({ text }: FileView, line: number): number {
  for (let at = line; at >= 0; at--) if (text!.numbers[at] !== 0) return text!.numbers[at]!;
  return 1;
}

export function readingText({ read }: Pick<FileView, 'read'>): string {
  return read.bytes === 0 ? 'reading its layer …' : `reading its layer · ${bytesOf(read.bytes, read.total)}`;
}

function textRow(state: AppState, view: FileView, row: number, theme: Theme): string {
  const text = view.text!;
  const place = rowPlace(state, view, row);
  const number = place.nth === 0 ? text.numbers[place.line]! : 0;
  const gutter = (number === 0 ? '' : String(number)).padStart(gutterOf(text) - 2);
  const parts = fileRowParts(view, place, textCells(state, text));
  const isMatch = parts.some(([token]) => token === 'match');
  return compose(theme, state.columns, [isMatch ? ['accent', '▌'] : ' ', ['muted', `${gutter} `], ...parts]);
}

/** `00000010  7f 45 4c 46 02 01 01 00  00 00 00 00 00 00 00 00  .ELF............` */
function hexRow(all: Buffer, row: number, theme: Theme, cells: number, isMatch: boolean): string {
  const from = row * HEX_ROW;
  const part = all.subarray(from, from + HEX_ROW);
  const half = (start: number): string =>
    Array.from(part.subarray(start, start + 8), (byte) => byte.toString(16).padStart(2, '0'))
      .join(' ')
      .padEnd(23);
  const characters = Array.from(part, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
  return compose(theme, cells, [
    isMatch ? ['accent', '▌'] : ' ',
    ['muted', from.toString(16).padStart(8, '0')],
    '  ',
    half(0),
    '  ',
    half(8),
    '  ',
    ['code-string', characters],
  ]);
}
