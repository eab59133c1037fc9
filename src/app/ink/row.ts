/** A row of the screen as cells, one entry a column. */
import { BLANK_CELL, type Cell, cellOf, unitCell } from './cell.ts';
import { parseLine, widthOf } from './line.ts';
import { cellsOf, ESCAPE, NARROW, sgrEnd } from './simple-text.ts';
import { apply, type Style } from './style.ts';

export interface Row {
  readonly cells: readonly Cell[];
  /** The column after the last one that is not plainly blank. */
  readonly end: number;
  /** The first column whose width terminals may disagree about; infinite where there is none. */
  readonly fragile: number;
}

/** A row with nothing on it. */
export const BLANK: Row = { cells: [], end: 0, fragile: Number.POSITIVE_INFINITY };

/** The row that a line of a frame describes. */
export function rowOf(text: string): Row {
  if (text === '') return BLANK;
  const simple = simpleCells(text);
  if (simple !== undefined) return { cells: simple, end: endOf(simple), fragile: Number.POSITIVE_INFINITY };
  const line = parseLine(text);
  const cells: Cell[] = [];
  let fragile = Number.POSITIVE_INFINITY;
  for (let index = 0; index < line.values.length; index++) {
    const style = line.styles[index]!;
    const value = line.values[index]!;
    if (fragile > cells.length && isFragile(value)) fragile = cells.length;
    cells.push(cellOf(style, value));
    for (let further = 1; further < line.widths[index]!; further++) cells.push(cellOf(style, ''));
  }
  return { cells, end: endOf(cells), fragile };
}

/** The cells of text that needs no segmenter, which is nearly all; undefined for any other. */
function simpleCells(text: string): Cell[] | undefined {
  const cells: Cell[] = [];
  let style: Style = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === ESCAPE) {
      const end = sgrEnd(text, at);
      if (end < 0) return undefined;
      style = apply(style, text.slice(at, end));
      at = end - 1;
      continue;
    }
    const width = cellsOf(unit);
    if (width === 0) return undefined;
    cells.push(unitCell(style, unit));
    if (width === 2) cells.push(cellOf(style, ''));
  }
  return cells;
}

function endOf(cells: readonly Cell[]): number {
  let end = cells.length;
  while (end > 0 && cells[end - 1] === BLANK_CELL) end--;
  return end;
}

/** Emoji and clusters of several code points: terminals disagree about their width. */
export function isFragile(value: string): boolean {
  if (value === '' || NARROW.test(value)) return false;
  const code = value.codePointAt(0)!;
  if (value.length > (code > 0xffff ? 2 : 1)) return true;
  const width = widthOf(value);
  if (width === 1) return code >= 0x1f000 && code < 0x20000;
  return width !== 2 || (code >= 0x2300 && code < 0x2e80) || (code >= 0x1f000 && code < 0x20000);
}
