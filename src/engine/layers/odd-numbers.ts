/**
 * A column of whole numbers of which nearly all fit into 32 bits: for each that does not, ODD stands there, and the number
 * stands beside it, in pairs of an entry and its number, ascending by entry.
 */
import { resized } from './column.ts';

const ODD = 0xffffffff;

export function numberAt(column: Uint32Array, odd: Float64Array, entry: number): number {
  const value = column[entry]!;
  return value === ODD ? pairedWith(odd, entry) : value;
}

export function sumOf(column: Uint32Array, odd: Float64Array): number {
  let sum = 0;
  for (const value of column) if (value !== ODD) sum += value;
  for (let at = 1; at < odd.length; at += 2) sum += odd[at]!;
  return sum;
}

/** What is told of an entry in pairs of an entry and a number, ascending by entry; 0 where nothing is. */
export function pairedWith(pairs: Float64Array, entry: number): number {
  const at = pairAtOrAfter(pairs, entry);
  return pairs[at] === entry ? pairs[at + 1]! : 0;
}

/** Where the first pair stands whose entry is not below this one. */
export function pairAtOrAfter(pairs: Float64Array, entry: number): number {
  let from = 0;
  let to = pairs.length / 2;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (pairs[middle * 2]! < entry) from = middle + 1;
    else to = middle;
  }
  return from * 2;
}

/** Such a column while its numbers come, in any order. */
export class GatheredNumbers {
  column: Uint32Array<ArrayBuffer>;
  readonly #odd = new Map<number, number>();

  constructor(room: number) {
    this.column = new Uint32Array(room);
  }

  set(entry: number, value: number): void {
    const fits = value >= 0 && value < ODD;
    this.column[entry] = fits ? value : ODD;
    if (!fits) this.#odd.set(entry, value);
  }

  resize(room: number): void {
    this.column = resized(this.column, room);
  }

  /** The pairs of the odd ones once the entries stand in another order, while the column is still in its old one. */
  odd(order: Uint32Array): Float64Array {
    const pairs: number[] = [];
    if (this.#odd.size > 0) {
      for (let place = 0; place < order.length; place++) {
        const entry = order[place]!;
        if (this.column[entry] === ODD) pairs.push(place, this.#odd.get(entry)!);
      }
    }
    return Float64Array.from(pairs);
  }
}
