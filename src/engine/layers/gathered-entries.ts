/** What the members of a tar became, in the order in which they came: columns that grow. */
import { GrowingBytes } from './growing-bytes.ts';

const FIRST = 1024;
/** From so many on, columns have little room behind their ends. */
const MANY = 65_536;

export class GatheredEntries {
  count = 0;
  readonly names = new GrowingBytes();
  /** A name begins where the one before it ends. */
  nameEnds = new Uint32Array(FIRST);
  parents = new Uint32Array(FIRST);
  kinds = new Uint16Array(FIRST);
  flags = new Uint8Array(FIRST);
  owners = new Uint32Array(FIRST);
  sizes = new Float64Array(FIRST);
  /** ODD where it is one of `oddTimes`. */
  mtimes = new Uint32Array(FIRST);
  readonly oddTimes = new Map<number, number>();
  /** Where bodies begin in the tar, in blocks. */
  blocks = new Uint32Array(FIRST);

  /** A name is the bytes of `source` from `start` to before `end`. */
  push(source: Uint8Array, start: number, end: number, parent: number, kind: number, flags: number): number {
    const entry = this.count;
    if (entry === this.kinds.length) this.#grow();
    this.names.push(source, start, end);
    this.nameEnds[entry] = this.names.length;
    this.parents[entry] = parent;
    this.kinds[entry] = kind;
    this.flags[entry] = flags;
    this.count = entry + 1;
    return entry;
  }

  nameStart(entry: number): number {
    return entry === 0 ? 0 : this.nameEnds[entry - 1]!;
  }

  /** The order of two names by their bytes. */
  compare(one: number, other: number): number {
    const bytes = this.names.all;
    const start = this.nameStart(one);
    const otherStart = this.nameStart(other);
    const length = this.nameEnds[one]! - start;
    const otherLength = this.nameEnds[other]! - otherStart;
    const shared = Math.min(length, otherLength);
    for (let at = 0; at < shared; at++) {
      const difference = bytes[start + at]! - bytes[otherStart + at]!;
      if (difference !== 0) return difference;
    }
    return length - otherLength;
  }

  /** Gives back the room behind them. */
  trim(): void {
    this.names.trim();
    this.#resize(this.count);
  }

  #grow(): void {
    const { length } = this.kinds;
    this.#resize(length < MANY ? length * 4 : Math.ceil(length * 1.5));
  }

  #resize(room: number): void {
    this.nameEnds = resized(this.nameEnds, room);
    this.parents = resized(this.parents, room);
    this.kinds = resized(this.kinds, room);
    this.flags = resized(this.flags, room);
    this.owners = resized(this.owners, room);
    this.sizes = resized(this.sizes, room);
    this.mtimes = resized(this.mtimes, room);
    this.blocks = resized(this.blocks, room);
  }
}

export type Column =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** The same values in longer or shorter memory; what it had before is given back at once. */
export function resized<T extends Column>(column: T, length: number): T {
  const Kind = column.constructor as new (memory: ArrayBuffer) => T;
  return new Kind(column.buffer.transfer(length * column.BYTES_PER_ELEMENT));
}
