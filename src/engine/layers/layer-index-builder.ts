/** Gathers the members of a layer's tar, in their order, and makes its index of them. */
import { GrowingBytes } from './growing-bytes.ts';
import { GrowingColumn } from './growing-column.ts';
import { FILE_TYPES, type FileType, FLAG, LayerIndex } from './layer-index.ts';
import { layersPath } from './member-name.ts';
import type { ScannedMember } from './scanned-member.ts';
import { TYPE } from './tar-header.ts';
import { breadthFirst } from './tree-order.ts';

const WHITEOUT = Buffer.from('.wh.');
/** Names that a union file system keeps for itself; of these only the mark of an opaque folder means something. */
const RESERVED = Buffer.from('.wh..wh.');
const OPAQUE = Buffer.from('.wh..wh..opq');
const DIGEST = 32;

const TYPES: ReadonlyMap<number, FileType> = new Map([
  [TYPE.file, 'file'],
  [TYPE.hardLink, 'hardlink'],
  [TYPE.symlink, 'symlink'],
  [TYPE.charDevice, 'character-device'],
  [TYPE.blockDevice, 'block-device'],
  [TYPE.directory, 'directory'],
  [TYPE.fifo, 'fifo'],
]);

const bytes8 = (length: number) => new Uint8Array(length);
const bytes16 = (length: number) => new Uint16Array(length);
const bytes32 = (length: number) => new Uint32Array(length);
const floats = (length: number) => new Float64Array(length);

export class LayerIndexBuilder {
  readonly #names = new GrowingBytes();
  readonly #nameStarts = new GrowingColumn(bytes32);
  readonly #nameEnds = new GrowingColumn(bytes32);
  readonly #parents = new GrowingColumn(bytes32);
  readonly #kinds = new GrowingColumn(bytes16);
  readonly #flags = new GrowingColumn(bytes8);
  readonly #owners = new GrowingColumn(bytes32);
  readonly #sizes = new GrowingColumn(floats);
  readonly #mtimes = new GrowingColumn(floats);
  readonly #offsets = new GrowingColumn(floats);
  readonly #ownerPlaces = new Map<string, number>();
  readonly #ownerTable: number[] = [];
  readonly #targets = new Map<number, Buffer>();
  readonly #digests = new Map<number, Buffer>();
  /** Folders by the bytes of their path, read as Latin-1. */
  readonly #folders = new Map<string, number>();
  #lastFolder = '';
  #lastFolderEntry = 0;

  constructor() {
    this.#folders.set('', this.#push(Buffer.alloc(0), 0, 'directory', 0o755, FLAG.implied));
  }

  /** How many entries there are so far, the root included; later ones may replace earlier ones. */
  get count(): number {
    return this.#kinds.length;
  }

  /** Takes a member; the entry that it became, undefined where it is none. */
  add(member: ScannedMember): number | undefined {
    const { folder, name } = layersPath(member.name);
    const type = TYPES.get(member.type) ?? 'other';
    if (name.length === 0) {
      this.#describe(0, member);
      return 0;
    }
    if (startsWith(name, RESERVED)) {
      if (name.equals(OPAQUE)) this.#mark(this.#folder(folder), FLAG.opaque);
      return undefined;
    }
    const parent = this.#folder(folder);
    if (startsWith(name, WHITEOUT)) {
      if (name.length > WHITEOUT.length) this.#push(name.subarray(WHITEOUT.length), parent, 'whiteout', 0, 0);
      return undefined;
    }
    if (type === 'directory') {
      const path = folder === '' ? name.toString('latin1') : `${folder}/${name.toString('latin1')}`;
      let entry = this.#folders.get(path);
      if (entry === undefined) {
        entry = this.#push(name, parent, type, 0, 0);
        this.#folders.set(path, entry);
      }
      this.#describe(entry, member);
      return entry;
    }
    const entry = this.#push(name, parent, type, 0, 0);
    this.#describe(entry, member);
    if (type === 'file') {
      this.#sizes.set(entry, member.size);
      this.#offsets.set(entry, member.offset);
    } else if (type === 'symlink' || type === 'hardlink') {
      this.#targets.set(entry, Buffer.from(member.link));
    }
    return entry;
  }

  /** SHA-256 of the content of an entry that `add` has returned, 32 bytes. */
  digest(entry: number, digest: Buffer): void {
    this.#digests.set(entry, digest);
  }

  /** `digested`: contents have been read, so that every file has its digest. */
  finish(digested: boolean): LayerIndex {
    const count = this.#kinds.length;
    const { order, folders, firsts, replaced } = breadthFirst({
      count,
      parent: (entry) => this.#parents.get(entry),
      name: (entry) => this.#names.slice(this.#nameStarts.get(entry), this.#nameEnds.get(entry)),
      isFolder: (entry) => this.#typeOf(entry) === 'directory',
      isWhiteout: (entry) => this.#typeOf(entry) === 'whiteout',
    });
    for (const entry of replaced) this.#mark(entry, FLAG.replaces);
    const names = new GrowingBytes();
    const nameEnds = bytes32(order.length);
    const links: number[] = [];
    const targets = new GrowingBytes();
    const targetEnds: number[] = [];
    const digests = digested ? new GrowingBytes() : undefined;
    for (let place = 0; place < order.length; place++) {
      const entry = order[place]!;
      names.push(this.#names.slice(this.#nameStarts.get(entry), this.#nameEnds.get(entry)));
      nameEnds[place] = names.length;
      const target = this.#targets.get(entry);
      if (target !== undefined) {
        links.push(place);
        targets.push(target);
        targetEnds.push(targets.length);
      }
      if (digests !== undefined && this.#typeOf(entry) === 'file')
        digests.push(this.#digests.get(entry) ?? Buffer.alloc(DIGEST));
    }
    return new LayerIndex({
      count: order.length,
      names: names.slice(0, names.length),
      nameEnds,
      kinds: this.#kinds.ordered(order),
      flags: this.#flags.ordered(order),
      owners: this.#owners.ordered(order),
      ownerTable: Float64Array.from(this.#ownerTable),
      sizes: this.#sizes.ordered(order),
      mtimes: this.#mtimes.ordered(order),
      offsets: this.#offsets.ordered(order),
      folders,
      firsts,
      links: Uint32Array.from(links),
      targets: targets.slice(0, targets.length),
      targetEnds: Uint32Array.from(targetEnds),
      digests: digests?.slice(0, digests.length),
    });
  }

  #typeOf(entry: number): FileType {
    return FILE_TYPES[this.#kinds.get(entry) >>> 12]!;
  }

  #push(name: Buffer, parent: number, type: FileType, mode: number, flags: number): number {
    const entry = this.#kinds.length;
    this.#nameStarts.push(this.#names.push(name));
    this.#nameEnds.push(this.#names.length);
    this.#parents.push(parent);
    this.#kinds.push((FILE_TYPES.indexOf(type) << 12) | mode);
    this.#flags.push(flags);
    this.#owners.push(this.#owner(0, 0));
    this.#sizes.push(0);
    this.#mtimes.push(0);
    this.#offsets.push(0);
    return entry;
  }

  #describe(entry: number, { mode, uid, gid, mtime }: ScannedMember): void {
    this.#kinds.set(entry, (this.#kinds.get(entry) & 0xf000) | (mode & 0o7777));
    this.#flags.set(entry, this.#flags.get(entry) & ~FLAG.implied);
    this.#owners.set(entry, this.#owner(uid, gid));
    this.#mtimes.set(entry, Math.floor(mtime));
  }

  #mark(entry: number, flag: number): void {
    this.#flags.set(entry, this.#flags.get(entry) | flag);
  }

  #owner(uid: number, gid: number): number {
    const key = `${uid}:${gid}`;
    let place = this.#ownerPlaces.get(key);
    if (place === undefined) {
      place = this.#ownerPlaces.size;
      this.#ownerPlaces.set(key, place);
      this.#ownerTable.push(uid, gid);
    }
    return place;
  }

  /** The folder at a path, made with all above it where the tar has not had it yet. */
  #folder(path: string): number {
    // Members of one folder mostly stand together.
    if (path === this.#lastFolder) return this.#lastFolderEntry;
    let entry = this.#folders.get(path);
    if (entry === undefined) {
      const slash = path.lastIndexOf('/');
      const parent = this.#folder(slash === -1 ? '' : path.slice(0, slash));
      entry = this.#push(
        Buffer.from(path.slice(slash + 1), 'latin1'),
        parent,
        'directory',
        0o755,
        FLAG.implied,
      );
      this.#folders.set(path, entry);
    }
    this.#lastFolder = path;
    this.#lastFolderEntry = entry;
    return entry;
  }
}

function startsWith(name: Buffer, start: Buffer): boolean {
  return name.length >= start.length && name.compare(start, 0, start.length, 0, start.length) === 0;
}
