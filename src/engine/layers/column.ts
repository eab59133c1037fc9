/** Columns of numbers while they are made: memory that grows, and is given back without waiting for anybody. */

export type Column =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** The same values in longer memory; what it had before is given back at once. */
export function resized<T extends Column>(column: T, length: number): T {
  const Kind = column.constructor as new (memory: ArrayBuffer) => T;
  return new Kind(column.buffer.transfer(length * column.BYTES_PER_ELEMENT));
}

/** Nobody may look at it any more. */
export function giveBack(column: Column): void {
  column.buffer.transfer(0);
}
