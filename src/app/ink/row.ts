/** A row of the screen as cells, one entry a column. */
import { Generations } from './generations.ts';
import { parseLine, widthOf } from './line.ts';
import { NARROW } from './simple-text.ts';
import type { Style } from './style.ts';

export interface Row {
  /** The character, or `''` in the further columns of a wide one. */
  readonly values: readonly string[];
  readonly styles: readonly Style[];
  /** The column after the last one that is not plainly blank. */
  readonly end: number;
  /** The first column whose width terminals may disagree about; infinite where there is none. */
  readonly fragile: number;
}

const rows = new Generations<Row>(512);

/** The row that a line of a frame describes. */
export function rowOf(text: string): Row {
  const known = rows.get(text);
  if (known !== undefined) return known;
  const line = parseLine(text);
  const values: string[] = [];
  const styles: Style[] = [];
  for (let index = 0; index < line.values.length; index++) {
    values.push(line.values[index]!);
    styles.push(line.styles[index]!);
    for (let further = 1; further < line.widths[index]!; further++) {
      values.push('');
      styles.push(line.styles[index]!);
    }
  }
  return rememberRow(text, values, styles);
}

/** Saves the painter from taking apart what `Output` has just put together. */
export function rememberRow(text: string, values: readonly string[], styles: readonly Style[]): Row {
  let end = values.length;
  while (end > 0 && values[end - 1] === ' ' && styles[end - 1] === 0) end--;
  const found = values.findIndex(isFragile);
  return rows.set(text, { values, styles, end, fragile: found < 0 ? Number.POSITIVE_INFINITY : found });
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
