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
  mtimes = new Float64Array(FIRST);
  offsets = new Float64Array(FIRST);

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

  /** Columns are copied one after the other, so that little more than all of them is needed while they grow. */
  #grow(): void {
    const { length } = this.kinds;
    const room = length < MANY ? length * 4 : Math.ceil(length * 1.5);
    this.nameEnds = larger(this.nameEnds, room, Uint32Array);
    this.parents = larger(this.parents, room, Uint32Array);
    this.kinds = larger(this.kinds, room, Uint16Array);
    this.flags = larger(this.flags, room, Uint8Array);
    this.owners = larger(this.owners, room, Uint32Array);
    this.sizes = larger(this.sizes, room, Float64Array);
    this.mtimes = larger(this.mtimes, room, Float64Array);
    this.offsets = larger(this.offsets, room, Float64Array);
  }
}

type Column = { readonly length: number; set(values: never): void };

function larger<T extends Column>(column: T, room: number, Kind: new (length: number) => T): T {
  const made = new Kind(room);
  made.set(column as never);
  return made;
}
