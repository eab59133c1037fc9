/**
 * What is in one layer: its files as a tree, in columns. Entries are numbered breadth first: the root is 0, the entries
 * of one folder stand together, sorted by the bytes of their names, so the tree needs no further pointers.
 */
import { BLOCK } from '../archive/tar-block.ts';
import { atOrAfter, BreadthTree, type FolderColumns, ROOT } from './breadth-tree.ts';
import { numberAt, sumOf } from './odd-numbers.ts';

/** Columns of equal length, one place an entry, unless a comment says otherwise. */
export interface LayerColumns extends FolderColumns {
  readonly count: number;
  /** Bytes of all names, one after the other, and where each ends. */
  readonly names: Uint8Array;
  readonly nameEnds: Uint32Array;
  /** Permissions in the low 12 bits, an index of FILE_TYPES above them. */
  readonly kinds: Uint16Array;
  /** FLAG.* */
  readonly flags: Uint8Array;
  /** Places in `ownerTable`. */
  readonly owners: Uint32Array;
  /** Pairs of user and group id. */
  readonly ownerTable: Float64Array;
  /** Bytes of a file when it is unpacked; 0 for all else. */
  readonly sizes: Uint32Array;
  /** Those of 4 GiB and more, as odd numbers. */
  readonly oddSizes: Float64Array;
  /** Unix seconds. */
  readonly mtimes: Uint32Array;
  /** Those before 1970 and after 2105, as odd numbers. */
  readonly oddTimes: Float64Array;
  /** Where a file's body begins in the uncompressed tar, in blocks. */
  readonly blocks: Uint32Array;
  /** Entries that are links, ascending, and the bytes of where they lead. */
  readonly links: Uint32Array;
  readonly targets: Uint8Array;
  readonly targetEnds: Uint32Array;
  /** SHA-256 of each entry of type `file` in their order, 32 bytes each; undefined where contents were not read. */
  readonly digests: Uint8Array | undefined;
}

export type FileType =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'hardlink'
  | 'character-device'
  | 'block-device'
  | 'fifo'
  /** What a lower layer has under this name is gone. */
  | 'whiteout'
  | 'other';

export const FILE_TYPES: readonly FileType[] = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'character-device',
  'block-device',
  'fifo',
  'whiteout',
  'other',
];

/** Places in FILE_TYPES. */
export const FILE = FILE_TYPES.indexOf('file');
export const DIRECTORY = FILE_TYPES.indexOf('directory');
export const HARDLINK = FILE_TYPES.indexOf('hardlink');
export const WHITEOUT = FILE_TYPES.indexOf('whiteout');

export const FLAG = {
  /** A folder that hides all that lower layers have in it. */
  opaque: 1,
  /** A folder that has no member of its own in the tar, only what lies in it. */
  implied: 2,
  /** Beside it stood a whiteout of its name: nothing of a lower layer shows through it. */
  replaces: 4,
  /** A file whose body leaves its holes out. */
  sparse: 8,
} as const;

const DIGEST = 32;
const NOTHING = new Uint8Array();

export class LayerIndex extends BreadthTree<LayerColumns> {
  /** Entries, the root included. */
  get count(): number {
    return this.columns.count;
  }

  type(entry: number): FileType {
    return FILE_TYPES[this.columns.kinds[entry]! >>> 12] ?? 'other';
  }

  /** Permissions, sticky and set-id bits included. */
  mode(entry: number): number {
    return this.columns.kinds[entry]! & 0o7777;
  }

  has(entry: number, flag: number): boolean {
    return (this.columns.flags[entry]! & flag) !== 0;
  }

  size(entry: number): number {
    return numberAt(this.columns.sizes, this.columns.oddSizes, entry);
  }

  #bytes: number | undefined;

  /** Of all files when they are unpacked. */
  get bytes(): number {
    this.#bytes ??= sumOf(this.columns.sizes, this.columns.oddSizes);
    return this.#bytes;
  }

  /** Unix seconds. */
  mtime(entry: number): number {
    return numberAt(this.columns.mtimes, this.columns.oddTimes, entry);
  }

  owner(entry: number): { readonly uid: number; readonly gid: number } {
    const place = this.columns.owners[entry]! * 2;
    return { uid: this.columns.ownerTable[place]!, gid: this.columns.ownerTable[place + 1]! };
  }

  /** Where a file's body begins in the uncompressed tar. */
  offset(entry: number): number {
    return this.columns.blocks[entry]! * BLOCK;
  }

  /** Bytes as they stand in the tar; the root has none. */
  name(entry: number): Uint8Array {
    const { names, nameEnds } = this.columns;
    return names.subarray(entry === 0 ? 0 : nameEnds[entry - 1]!, nameEnds[entry]!);
  }

  /** Where a link leads, bytes as they stand in the tar; empty for all else. */
  target(entry: number): Uint8Array {
    const { links, targets, targetEnds } = this.columns;
    const place = atOrAfter(links, entry);
    if (links[place] !== entry) return NOTHING;
    return targets.subarray(place === 0 ? 0 : targetEnds[place - 1]!, targetEnds[place]!);
  }

  /** Bytes of the path from the root, without a slash in front; empty for the root. */
  path(entry: number): Buffer {
    const parts: Uint8Array[] = [];
    for (let at = entry; at !== ROOT; at = this.parent(at)) {
      parts.unshift(this.name(at));
      if (this.parent(at) !== ROOT) parts.unshift(SLASH);
    }
    return Buffer.concat(parts);
  }

  /** SHA-256 of a file's content as 32 bytes; undefined for what is no file, or where contents were not read. */
  digest(entry: number): Uint8Array | undefined {
    const { digests } = this.columns;
    if (digests === undefined || this.type(entry) !== 'file') return undefined;
    const place = this.#filesBefore(entry);
    return digests.subarray(place * DIGEST, (place + 1) * DIGEST);
  }

  #files: Uint32Array | undefined;

  #filesBefore(entry: number): number {
    if (this.#files === undefined) {
      const { kinds } = this.columns;
      this.#files = new Uint32Array(this.count);
      let files = 0;
      for (let at = 0; at < this.count; at++) {
        this.#files[at] = files;
        if (kinds[at]! >>> 12 === FILE) files++;
      }
    }
    return this.#files[entry]!;
  }
}

const SLASH = Uint8Array.of(0x2f);
