/** A cell of the screen as one number, so that cells are compared without looking into them: a style and a character. */
import type { Style } from './style.ts';

export type Cell = number;

/** Styles stand above the characters; a million of these is more than there are. */
const STYLE = 1 << 20;
/** Characters below are UTF-16 units; those above stand for characters of several units. */
const UNITS = 1 << 16;

const clusters: string[] = [];
const numbers = new Map<string, number>();

/** `''` is what stands in the further columns of a wide character. */
export function cellOf(style: Style, value: string): Cell {
  if (value.length <= 1) return style * STYLE + (value === '' ? 0 : value.charCodeAt(0));
  let number = numbers.get(value);
  if (number === undefined) {
    number = UNITS + clusters.push(value) - 1;
    numbers.set(value, number);
  }
  return style * STYLE + number;
}

/** The cell of a UTF-16 unit that is a character by itself. */
export function unitCell(style: Style, unit: number): Cell {
  return style * STYLE + unit;
}

export function characterOf(cell: Cell): string {
  const character = cell % STYLE;
  if (character === 0) return '';
  return character < UNITS ? String.fromCharCode(character) : clusters[character - UNITS]!;
}

export function styleIn(cell: Cell): Style {
  return Math.floor(cell / STYLE);
}

export function isSameCharacter(a: Cell, b: Cell): boolean {
  return a % STYLE === b % STYLE;
}

/** Whether a wide character to the left reaches into the cell. */
export function isFurther(cell: Cell): boolean {
  return cell % STYLE === 0;
}

/** A blank without a style. */
export const BLANK_CELL: Cell = 0x20;
