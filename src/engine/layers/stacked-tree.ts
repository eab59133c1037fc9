/**
 * Layers laid over each other: one tree of all that was ever there, each entry with the layer that it comes from and what
 * became of it. Entries are numbered breadth first as in a layer's index. Source: OCI image spec, "Layer Filesystem Changeset".
 */
import { FILE_TYPES, type FileType, type LayerIndex, ROOT } from './layer-index.ts';

/** What the layers above the first that had it did to an entry. */
export type Change =
  /** One layer brought it, and no other touched it. */
  | 'added'
  /** A later layer has it anew. */
  | 'changed'
  /** A later layer took it away: it is told, and is in no container. */
  | 'removed';

export const CHANGES: readonly Change[] = ['added', 'changed', 'removed'];

export interface StackedColumns {
  readonly count: number;
  /** The layer whose entry counts, from the base up; of what was removed, the last that had it. */
  readonly layers: Uint16Array;
  /** The entry in that layer. */
  readonly entries: Uint32Array;
  /** Places in CHANGES. */
  readonly changes: Uint8Array;
  /** The layer that changed or removed it last; of what was only added, the one that brought it. */
  readonly changedBy: Uint16Array;
  /** Bytes of the files that are there, of a folder all below it; what was removed counts nothing. */
  readonly sizes: Float64Array;
  /** Bytes that the image carries and no container sees: what was overwritten or removed, of a folder all below it. */
  readonly wasted: Float64Array;
  readonly folders: Uint32Array;
  readonly firsts: Uint32Array;
}

export class StackedTree {
  readonly indexes: readonly LayerIndex[];
  readonly columns: StackedColumns;

  constructor(indexes: readonly LayerIndex[], columns: StackedColumns) {
    this.indexes = indexes;
    this.columns = columns;
  }

  get count(): number {
    return this.columns.count;
  }

  /** Where an entry comes from. */
  source(entry: number): { readonly index: LayerIndex; readonly layer: number; readonly entry: number } {
    const layer = this.columns.layers[entry]!;
    return { index: this.indexes[layer]!, layer, entry: this.columns.entries[entry]! };
  }

  type(entry: number): FileType {
    const { index, entry: own } = this.source(entry);
    return FILE_TYPES[index.columns.kinds[own]! >>> 12]!;
  }

  name(entry: number): Uint8Array {
    const { index, entry: own } = this.source(entry);
    return index.name(own);
  }

  change(entry: number): Change {
    return CHANGES[this.columns.changes[entry]!]!;
  }

  /** The entries of a folder, from the first to before the end; nothing for all else. */
  children(entry: number): { readonly from: number; readonly to: number } {
    const { folders, firsts } = this.columns;
    const place = atOrAfter(folders, entry);
    return folders[place] === entry ? { from: firsts[place]!, to: firsts[place + 1]! } : { from: 0, to: 0 };
  }

  parent(entry: number): number {
    if (entry === ROOT) return ROOT;
    return this.columns.folders[atOrAfter(this.columns.firsts, entry + 1) - 1]!;
  }

  /** The entry at a path without a slash in front. */
  find(path: Uint8Array): number | undefined {
    let at: number | undefined = ROOT;
    for (const part of partsOf(path)) {
      at = this.#child(at, part);
      if (at === undefined) return undefined;
    }
    return at;
  }

  #child(folder: number, name: Uint8Array): number | undefined {
    let { from, to } = this.children(folder);
    while (from < to) {
      const middle = (from + to) >>> 1;
      const order = Buffer.compare(this.name(middle), name);
      if (order === 0) return middle;
      if (order < 0) from = middle + 1;
      else to = middle;
    }
    return undefined;
  }

  /** Bytes of the path from the root, without a slash in front; empty for the root. */
  path(entry: number): Buffer {
    const { index, entry: own } = this.source(entry);
    return index.path(own);
  }
}

function partsOf(path: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(path);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const slash = bytes.indexOf(0x2f, at);
    const end = slash === -1 ? bytes.length : slash;
    if (end > at) parts.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return parts;
}

/** The first place whose value is not below `value`. */
function atOrAfter(ascending: Uint32Array, value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ascending[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
