/** What the members of a tar became, in the order in which they came: columns that grow. */
import { BLOCK } from '../archive/tar-block.ts';
import { resized } from './column.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { GatheredNumbers } from './odd-numbers.ts';

const FIRST = 1024;
/** From so many on, columns have little room behind their ends. */
const MANY = 65_536;
/** Room is made at once for no more than these. */
const MOST = 2 ** 21;
/** Bytes of a name, as room is made for them. */
const NAME = 24;

export class GatheredEntries {
  count = 0;
  readonly names: GrowingBytes;
  /** A name begins where the one before it ends. */
  nameEnds: Uint32Array<ArrayBuffer>;
  parents: Uint32Array<ArrayBuffer>;
  kinds: Uint16Array<ArrayBuffer>;
  flags: Uint8Array<ArrayBuffer>;
  owners: Uint32Array<ArrayBuffer>;
  readonly sizes: GatheredNumbers;
  readonly mtimes: GatheredNumbers;
  /** Where bodies begin in the tar, in blocks. */
  blocks: Uint32Array<ArrayBuffer>;

  /**
   * `bytes`: of the whole tar, where that is known. Columns for all that it can have take no memory where nothing is
   * written, while each that grows leaves a hole behind that is too small for the next.
   */
  constructor(bytes = 0) {
    const room = Math.min(MOST, Math.max(FIRST, Math.ceil(bytes / BLOCK)));
    this.names = new GrowingBytes(room * NAME);
    this.nameEnds = new Uint32Array(room);
    this.parents = new Uint32Array(room);
    this.kinds = new Uint16Array(room);
    this.flags = new Uint8Array(room);
    this.owners = new Uint32Array(room);
    this.sizes = new GatheredNumbers(room);
    this.mtimes = new GatheredNumbers(room);
    this.blocks = new Uint32Array(room);
  }

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

  #grow(): void {
    const { length } = this.kinds;
    const room = length < MANY ? length * 4 : Math.ceil(length * 1.5);
    this.nameEnds = resized(this.nameEnds, room);
    this.parents = resized(this.parents, room);
    this.kinds = resized(this.kinds, room);
    this.flags = resized(this.flags, room);
    this.owners = resized(this.owners, room);
    this.sizes.resize(room);
    this.mtimes.resize(room);
    this.blocks = resized(this.blocks, room);
  }
}
