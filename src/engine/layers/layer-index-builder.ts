/** Gathers the members of a layer's tar, in their order, and makes its index of them. */
import { BLOCK } from '../archive/tar-block.ts';
import { type Column, giveBack } from './column.ts';
import { GatheredEntries } from './gathered-entries.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { LayerFolders } from './layer-folders.ts';
import { FILE_TYPES, type FileType, FLAG, type LayerColumns, LayerIndex } from './layer-index.ts';
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
  readonly #entries: GatheredEntries;
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

  /** `bytes`: of the whole tar, where that is known. */
  constructor(bytes?: number) {
    this.#entries = new GatheredEntries(bytes);
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
        // At the root it empties nothing: no engine heeds it there.
        if (folder !== 0 && bytes.subarray(start, end).equals(OPAQUE)) this.#mark(folder, FLAG.opaque);
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
      this.#entries.sizes.set(entry, member.size);
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

  /** `isLast`: what has become part of the index is given back. */
  #index(digested: boolean, isLast: boolean): LayerIndex {
    const entries = this.#entries;
    const { order, folders, firsts, replaced } = breadthFirst(entries);
    for (const entry of replaced) this.#mark(entry, FLAG.replaces);
    // What is not needed any more is given back at once, so that there is room for what is made of the rest.
    if (isLast) giveBack(entries.parents);
    // While the columns still know the entries by when they came.
    const links = this.#linkColumns(order);
    const digests = digested ? this.#digestColumn(order) : undefined;
    const oddSizes = entries.sizes.odd(order);
    const oddTimes = entries.mtimes.odd(order);
    const names = new GrowingBytes(entries.names.length);
    const nameEnds = new Uint32Array(order.length);
    for (let place = 0; place < order.length; place++) {
      const entry = order[place]!;
      names.push(entries.names.all, entries.nameStart(entry), entries.nameEnds[entry]!);
      nameEnds[place] = names.length;
    }
    if (isLast) {
      entries.names.clear();
      giveBack(entries.nameEnds);
    }
    const ordered = <T extends Column>(column: T): T => {
      const moved = inOrder(column, order);
      if (isLast) giveBack(column);
      return moved;
    };
    const index = new LayerIndex({
      count: order.length,
      names: names.slice(0, names.length),
      nameEnds,
      kinds: ordered(entries.kinds),
      flags: ordered(entries.flags),
      owners: ordered(entries.owners),
      ownerTable: Float64Array.from(this.#ownerTable),
      sizes: ordered(entries.sizes.column),
      oddSizes,
      mtimes: ordered(entries.mtimes.column),
      oddTimes,
      blocks: ordered(entries.blocks),
      folders,
      firsts,
      ...links,
      digests,
    });
    // The layers are laid over each other next: that takes as much.
    giveBack(order);
    return index;
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
    const { kinds, flags, owners, mtimes } = this.#entries;
    kinds[entry] = (kinds[entry]! & 0xf000) | (mode & 0o7777);
    flags[entry]! &= ~FLAG.implied;
    owners[entry] = this.#owner(uid, gid);
    mtimes.set(entry, Math.floor(mtime));
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

/** A column's values in another order. */
function inOrder<T extends Column>(column: T, order: Uint32Array): T {
  const { length } = order;
  const Kind = column.constructor as new (length: number) => T;
  const moved = new Kind(length);
  for (let place = 0; place < length; place++) moved[place] = column[order[place]!]!;
  return moved;
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
