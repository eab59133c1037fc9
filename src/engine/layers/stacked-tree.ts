/**
 * Layers laid over each other: one tree of all that was ever there, each entry with the layer that it comes from and what
 * became of it. Entries are numbered breadth first as in a layer's index. Source: OCI image spec, "Layer Filesystem Changeset".
 */
import { atOrAfter, BreadthTree, type FolderColumns } from './breadth-tree.ts';
import { FILE_TYPES, type FileType, type LayerIndex } from './layer-index.ts';
import { pairedWith } from './odd-numbers.ts';
import { pathParts } from './path-parts.ts';

/** What the layers above the first that had it did to an entry. */
export type Change =
  /** One layer brought it, and no other touched it. */
  | 'added'
  /** A later layer has it anew. */
  | 'changed'
  /** A later layer took it away: it is told, and is in no container. */
  | 'removed';

export const CHANGES: readonly Change[] = ['added', 'changed', 'removed'];
/** Its place there. */
export const REMOVED = CHANGES.indexOf('removed');

export interface StackedColumns extends FolderColumns {
  readonly count: number;
  /** The layer whose entry counts, from the base up; of what was removed, the last that had it. */
  readonly layers: Uint16Array;
  /** The entry in that layer. */
  readonly entries: Uint32Array;
  /** Places in CHANGES. */
  readonly changes: Uint8Array;
  /** The layer that changed or removed it last; of what was only added, the one that brought it. */
  readonly changedBy: Uint16Array;
  /** Bytes of the files below a folder that are there, one place a folder, in the order of `folders`. */
  readonly folderSizes: Float64Array;
  /** Pairs of an entry and its wasted bytes, ascending by entry; most entries waste nothing and have none. */
  readonly wasted: Float64Array;
}

/** Files, and all else that is no folder, by what one layer did to them; what it took away counts if it was there until then. */
export interface LayerCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export class StackedTree extends BreadthTree<StackedColumns> {
  readonly indexes: readonly LayerIndex[];
  /** One a layer. */
  readonly counts: readonly LayerCounts[];

  constructor(indexes: readonly LayerIndex[], columns: StackedColumns, counts: readonly LayerCounts[]) {
    super(columns);
    this.indexes = indexes;
    this.counts = counts;
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

  /** Bytes of a file that is there, of a folder all below it; what was removed counts nothing. */
  size(entry: number): number {
    const { folders, folderSizes, changes } = this.columns;
    const place = atOrAfter(folders, entry);
    if (folders[place] === entry) return folderSizes[place]!;
    if (changes[entry] === REMOVED) return 0;
    const { index, entry: own } = this.source(entry);
    return index.size(own);
  }

  /** Bytes that the image carries and no container sees: what was overwritten or removed, of a folder all below it. */
  wasted(entry: number): number {
    return pairedWith(this.columns.wasted, entry);
  }

  change(entry: number): Change {
    return CHANGES[this.columns.changes[entry]!]!;
  }

  /** The entry at a path without a slash in front. */
  find(path: Uint8Array): number | undefined {
    return this.descend(pathParts(path));
  }

  /** Bytes of the path from the root, without a slash in front; empty for the root. */
  path(entry: number): Buffer {
    const { index, entry: own } = this.source(entry);
    return index.path(own);
  }
}
