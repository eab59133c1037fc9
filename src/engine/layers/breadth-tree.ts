/**
 * A tree whose entries are numbered breadth first: the root is 0, the entries of one folder stand together, sorted by the
 * bytes of their names, so that two ascending columns are all it needs.
 */

export const ROOT = 0;

export interface FolderColumns {
  /** Folders by entry, ascending, and the first entry in each; one more at the end, so that each has an end. */
  readonly folders: Uint32Array;
  readonly firsts: Uint32Array;
}

export abstract class BreadthTree<Columns extends FolderColumns> {
  readonly columns: Columns;

  constructor(columns: Columns) {
    this.columns = columns;
  }

  /** Bytes as they stand in the tar; the root has none. */
  abstract name(entry: number): Uint8Array;

  /** The entries of a folder, from the first to before the end; nothing for all else. */
  children(entry: number): { readonly from: number; readonly to: number } {
    const { folders, firsts } = this.columns;
    const place = atOrAfter(folders, entry);
    return folders[place] === entry ? { from: firsts[place]!, to: firsts[place + 1]! } : { from: 0, to: 0 };
  }

  /** The folder that an entry lies in; the root is its own. */
  parent(entry: number): number {
    if (entry === ROOT) return ROOT;
    const { folders, firsts } = this.columns;
    // The last folder that begins at or before it and is not empty.
    return folders[atOrAfter(firsts, entry + 1) - 1]!;
  }

  /** The entry of this name in a folder. */
  child(folder: number, name: Uint8Array): number | undefined {
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

  /** The entry that names lead to from the root. */
  descend(names: Iterable<Uint8Array>): number | undefined {
    let at: number | undefined = ROOT;
    for (const name of names) {
      at = this.child(at, name);
      if (at === undefined) return undefined;
    }
    return at;
  }
}

/** The first place whose value is not below `value`. */
export function atOrAfter(ascending: Uint32Array, value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ascending[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
