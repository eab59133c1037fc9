/** Which cells differ between two rows, and what to write to turn one into the other. */
import { BLANK_CELL, type Cell, characterOf, isFurther, isSameCharacter, styleIn } from './cell.ts';
import type { Row } from './row.ts';

/** Columns from `from` up to `to`, to be written anew. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function cellAt({ cells }: Row, column: number): Cell {
  return column < cells.length ? cells[column]! : BLANK_CELL;
}

function differs(before: Row, after: Row, column: number): boolean {
  return cellAt(before, column) !== cellAt(after, column);
}

/** Whether two rows have the same characters up to a column, whatever their styles. */
export function isSameText(before: Row, after: Row, columns: number): boolean {
  for (let column = 0; column < columns; column++) {
    if (!isSameCharacter(cellAt(before, column), cellAt(after, column))) return false;
  }
  return true;
}

/** About how many bytes turn one row into the other: a move is about six, a cell one. */
export function cost(before: Row, after: Row, columns: number): number {
  if (before === after) return 0;
  const end = Math.min(columns, Math.max(before.end, after.end));
  let bytes = 0;
  let last = -9;
  for (let column = 0; column < end; column++) {
    if (!differs(before, after, column)) continue;
    bytes += column - last > 5 ? 7 : column - last;
    last = column;
  }
  return bytes;
}

/**
 * The spans to write, left to right, whole characters only. Cells between two changes are written
 * too where that is shorter than moving over them.
 */
export function spans(before: Row, after: Row, columns: number): Span[] {
  const found: Span[] = [];
  const end = Math.min(columns, Math.max(before.end, after.end));
  const isWhole = Math.min(before.fragile, after.fragile) < Math.max(before.end, after.end);
  let column = 0;
  while (column < end) {
    if (!differs(before, after, column)) {
      column++;
      continue;
    }
    let from = column;
    while (from > 0 && isFurther(cellAt(after, from))) from--;
    // Beside characters of uncertain width nobody knows which column is where.
    if (isWhole) return [{ from: 0, to: end }];
    let to = column + 1;
    while (to < end && differs(before, after, to)) to++;
    while (to < columns && isFurther(cellAt(after, to))) to++;
    const last = found.at(-1);
    if (last !== undefined && isCheap(after, last.to, from)) {
      found[found.length - 1] = { from: last.from, to };
    } else found.push({ from, to });
    column = to;
  }
  return found;
}

/** A move costs about four bytes. */
function isCheap(row: Row, from: number, to: number): boolean {
  if (to - from > 4) return false;
  let bytes = 0;
  for (let column = from; column < to; column++) {
    const cell = cellAt(row, column);
    if (styleIn(cell) !== styleIn(cellAt(row, from - 1))) return false;
    bytes += characterOf(cell) > '\u007f' ? 3 : 1;
  }
  return bytes <= 4;
}
