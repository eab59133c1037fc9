/** Gathers the members of a layer's tar, in their order, and makes its index of them. */
import { BLOCK } from '../archive/tar-block.ts';
import { type Column, GatheredEntries, resized } from './gathered-entries.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { LayerFolders } from './layer-folders.ts';
import { FILE_TYPES, type FileType, FLAG, type LayerColumns, LayerIndex, ODD } from './layer-index.ts';
import { layersPath } from './member-name.ts';
import type { ScannedMember } from './scanned-member.ts';
import { TYPE } from './tar-header.ts';
import { breadthFirst } from './tree-order.ts';

const WHITEOUT = Buffer.from('.wh.');
/** Names that a union file system keeps for itself; of these only the mark of an opaque folder means something. */
const RESERVED = Buffer.from('.wh..wh.');
const OPAQUE = Buffer.from('.wh..wh..opq');
const DIGEST = 32;
const SLASH = 0x2f;
const DOT = 0x2e;
const NOTHING = Buffer.alloc(0);

const TYPES: ReadonlyMap<number, FileType> = new Map([
  [TYPE.file, 'file'],
  [TYPE.hardLink, 'hardlink'],
  [TYPE.symlink, 'symlink'],
  [TYPE.charDevice, 'character-device'],
  [TYPE.blockDevice, 'block-device'],
  [TYPE.directory, 'directory'],
  [TYPE.fifo, 'fifo'],
]);
/** What stands above the permissions in `kinds`, by the type flag of a member. */
const KINDS = Uint16Array.from({ length: 256 }, (_, flag) => kindOf(TYPES.get(flag) ?? 'other'));
const DIRECTORY = kindOf('directory');
const FILE = kindOf('file');

export class LayerIndexBuilder {
  readonly #entries = new GatheredEntries();
  readonly #ownerPlaces = new Map<string, number>();
  readonly #ownerTable: number[] = [];
  #lastOwner = { uid: 0, gid: 0, place: 0 };
  /** Entries that are links, as they came, and where the bytes of where they lead end. */
  readonly #links: number[] = [];
  readonly #targets = new GrowingBytes(1024);
  readonly #targetEnds: number[] = [];
  /** 32 bytes each, by when files came. */
  readonly #digests = new GrowingBytes(0);
  #allDigests: Uint8Array | undefined;
  readonly #digested: number[] = [];
  readonly #folders: LayerFolders;

  constructor() {
    this.#owner(0, 0);
    const implied = (name: Buffer, parent: number) =>
      this.#push(name, 0, name.length, parent, DIRECTORY | 0o755, FLAG.implied);
    this.#folders = new LayerFolders(implied(NOTHING, 0), implied);
  }

  /** How many entries there are so far, the root included; later ones may replace earlier ones. */
  get count(): number {
    return this.#entries.count;
  }

  /** Takes a member; the entry that it became, undefined where it is none. */
  add(member: ScannedMember): number | undefined {
    const { nameSource: bytes, nameStart: start } = member;
    let end = member.nameEnd;
    while (end > start && bytes[end - 1] === SLASH) end--;
    let slash = end - 1;
    while (slash >= start && bytes[slash] !== SLASH) slash--;
    const isPlain = end > slash + 1 && !(bytes[slash + 1] === DOT && isDots(bytes, slash + 1, end));
    if (!isPlain) {
      const { folder, name } = layersPath(bytes.subarray(start, end));
      return this.#add(member, name, 0, name.length, this.#folders.at(folder));
    }
    return this.#add(member, bytes, slash + 1, end, this.#folders.of(bytes, start, slash));
  }

  /** SHA-256 of the content of an entry that `add` has returned last, 32 bytes. */
  digest(entry: number, digest: Uint8Array): void {
    this.#digests.push(digest);
    this.#digested.push(entry);
  }

  /** The same for an entry whose digest comes later, with `digests`. */
  awaitDigest(entry: number): void {
    this.#digested.push(entry);
  }

  /** Of all entries that wait for theirs, in their order, 32 bytes each. */
  digests(all: Uint8Array): void {
    this.#allDigests = all;
  }

  /** What has come so far; more may follow. */
  soFar(): LayerIndex {
    return this.#index(false, false);
  }

  /** `digested`: contents have been read, so that every file has its digest. Nothing can be added any more. */
  finish(digested: boolean): LayerIndex {
    this.#entries.trim();
    return this.#index(digested, true);
  }

  #add(member: ScannedMember, bytes: Buffer, start: number, end: number, folder: number): number | undefined {
    const kind = KINDS[member.type]!;
    if (start === end) {
      this.#describe(0, member);
      return 0;
    }
    if (bytes[start] === DOT && startsWith(bytes, start, end, WHITEOUT)) {
      if (startsWith(bytes, start, end, RESERVED)) {
        if (bytes.subarray(start, end).equals(OPAQUE)) this.#mark(folder, FLAG.opaque);
      } else if (end > start + WHITEOUT.length) {
        this.#push(bytes, start + WHITEOUT.length, end, folder, kindOf('whiteout'), 0);
      }
      return undefined;
    }
    if (kind === DIRECTORY) {
      const name = bytes.toString('latin1', start, end);
      let entry = this.#folders.child(name);
      if (entry === undefined) {
        entry = this.#push(bytes, start, end, folder, DIRECTORY, 0);
        this.#folders.add(name, entry);
      }
      this.#describe(entry, member);
      return entry;
    }
    const entry = this.#push(bytes, start, end, folder, kind, 0);
    this.#describe(entry, member);
    if (kind === FILE) {
      this.#entries.sizes[entry] = member.size;
      this.#entries.blocks[entry] = member.offset / BLOCK;
      if (member.sparse !== undefined) this.#mark(entry, FLAG.sparse);
    } else if (member.type === TYPE.symlink || member.type === TYPE.hardLink) {
      this.#links.push(entry);
      this.#targets.push(member.link);
      this.#targetEnds.push(this.#targets.length);
      if (member.type === TYPE.symlink) this.#folders.link(bytes.toString('latin1', start, end), member.link);
    }
    return entry;
  }

  /** `isLast`: columns may be put in order where they are. */
  #index(digested: boolean, isLast: boolean): LayerIndex {
    const entries = this.#entries;
    const own = <T extends Column>(column: T): T => (isLast ? column : (column.slice(0, entries.count) as T));
    const { order, folders, firsts, replaced } = breadthFirst(entries);
    // What is not needed any more is given back at once, so that there is room for what is made of the rest.
    if (isLast) entries.parents = resized(entries.parents, 0);
    const flags = own(entries.flags);
    for (const entry of replaced) flags[entry]! |= FLAG.replaces;
    // While the columns still know the entries by when they came.
    const links = this.#linkColumns(order);
    const digests = digested ? this.#digestColumn(order) : undefined;
    const oddTimes = this.#oddTimes(order);
    const names = new GrowingBytes(entries.names.length);
    const nameEnds = new Uint32Array(order.length);
    for (let place = 0; place < order.length; place++) {
      const entry = order[place]!;
      names.push(entries.names.all, entries.nameStart(entry), entries.nameEnds[entry]!);
      nameEnds[place] = names.length;
    }
    if (isLast) {
      entries.names.clear();
      entries.nameEnds = resized(entries.nameEnds, 0);
    }
    const scratch = new ArrayBuffer(entries.count * Float64Array.BYTES_PER_ELEMENT);
    const ordered = <T extends Column>(column: T): T => inOrder(own(column), order, scratch, entries.count);
    const index = new LayerIndex({
      count: order.length,
      names: names.slice(0, names.length),
      nameEnds,
      kinds: ordered(entries.kinds),
      flags: inOrder(flags, order, scratch, entries.count),
      owners: ordered(entries.owners),
      ownerTable: Float64Array.from(this.#ownerTable),
      sizes: ordered(entries.sizes),
      mtimes: ordered(entries.mtimes),
      oddTimes,
      blocks: ordered(entries.blocks),
      folders,
      firsts,
      ...links,
      digests,
    });
    // The layers are laid over each other next: that takes as much.
    scratch.transfer(0);
    order.buffer.transfer(0);
    return index;
  }

  #oddTimes(order: Uint32Array): Float64Array {
    const { mtimes, oddTimes } = this.#entries;
    const pairs: number[] = [];
    if (oddTimes.size > 0) {
      for (let place = 0; place < order.length; place++) {
        const entry = order[place]!;
        if (mtimes[entry] === ODD) pairs.push(place, oddTimes.get(entry)!);
      }
    }
    return Float64Array.from(pairs);
  }

  #linkColumns(order: Uint32Array): Pick<LayerColumns, 'links' | 'targets' | 'targetEnds'> {
    const { kinds } = this.#entries;
    const links: number[] = [];
    const targets = new GrowingBytes(this.#targets.length);
    const ends: number[] = [];
    const symlink = FILE_TYPES.indexOf('symlink');
    const hardLink = FILE_TYPES.indexOf('hardlink');
    for (let place = 0; place < order.length; place++) {
      const entry = order[place]!;
      const type = kinds[entry]! >>> 12;
      if (type !== symlink && type !== hardLink) continue;
      const link = placeOf(this.#links, entry);
      links.push(place);
      targets.push(this.#targets.all, link === 0 ? 0 : this.#targetEnds[link - 1]!, this.#targetEnds[link]!);
      ends.push(targets.length);
    }
    return {
      links: Uint32Array.from(links),
      targets: targets.slice(0, targets.length),
      targetEnds: Uint32Array.from(ends),
    };
  }

  #digestColumn(order: Uint32Array): Uint8Array {
    const { kinds } = this.#entries;
    const known = this.#allDigests ?? this.#digests.all;
    const digests = new GrowingBytes(this.#digested.length * DIGEST);
    for (let place = 0; place < order.length; place++) {
      const entry = order[place]!;
      if (kinds[entry]! >>> 12 !== FILE >>> 12) continue;
      const at = placeOf(this.#digested, entry) * DIGEST;
      digests.push(known, at, at + DIGEST);
    }
    return digests.slice(0, digests.length);
  }

  #push(bytes: Buffer, start: number, end: number, parent: number, kind: number, flags: number): number {
    return this.#entries.push(bytes, start, end, parent, kind, flags);
  }

  #describe(entry: number, { mode, uid, gid, mtime }: ScannedMember): void {
    const { kinds, flags, owners, mtimes, oddTimes } = this.#entries;
    kinds[entry] = (kinds[entry]! & 0xf000) | (mode & 0o7777);
    flags[entry]! &= ~FLAG.implied;
    owners[entry] = this.#owner(uid, gid);
    const seconds = Math.floor(mtime);
    const isOdd = !(seconds >= 0 && seconds < ODD);
    mtimes[entry] = isOdd ? ODD : seconds;
    if (isOdd) oddTimes.set(entry, seconds);
  }

  #mark(entry: number, flag: number): void {
    this.#entries.flags[entry]! |= flag;
  }

  #owner(uid: number, gid: number): number {
    const last = this.#lastOwner;
    if (this.#ownerTable.length > 0 && last.uid === uid && last.gid === gid) return last.place;
    const key = `${uid}:${gid}`;
    let place = this.#ownerPlaces.get(key);
    if (place === undefined) {
      place = this.#ownerPlaces.size;
      this.#ownerPlaces.set(key, place);
      this.#ownerTable.push(uid, gid);
    }
    this.#lastOwner = { uid, gid, place };
    return place;
  }
}

/** A column's values in another order, in its own memory; `scratch` has room for all of them. */
function inOrder<T extends Column>(column: T, order: Uint32Array, scratch: ArrayBuffer, count: number): T {
  const Kind = column.constructor as new (memory: ArrayBuffer, start: number, length: number) => T;
  const before = new Kind(scratch, 0, count);
  before.set(column.subarray(0, count));
  const { length } = order;
  for (let place = 0; place < length; place++) column[place] = before[order[place]!]!;
  return resized(column, length);
}

/** Where a value stands among ascending ones. */
function placeOf(ascending: readonly number[], value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ascending[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}

function kindOf(type: FileType): number {
  return FILE_TYPES.indexOf(type) << 12;
}

/** Whether all of a part is `.` or `..`. */
function isDots(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 1 || (end - start === 2 && bytes[start + 1] === DOT);
}

function startsWith(bytes: Buffer, start: number, end: number, beginning: Buffer): boolean {
  if (end - start < beginning.length) return false;
  for (let at = 0; at < beginning.length; at++) if (bytes[start + at] !== beginning[at]) return false;
  return true;
}
