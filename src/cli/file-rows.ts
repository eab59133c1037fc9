/** The entries of an image, or of one of its layers, in the order of their paths. */
import { ROOT } from '../engine/layers/breadth-tree.ts';
import type { ImageContents } from '../engine/layers/contents.ts';
import { foundFile } from '../engine/layers/find-in-layer.ts';
import { FLAG } from '../engine/layers/layer-index.ts';
import type { StackedTree } from '../engine/layers/stacked-tree.ts';
import type { FileRow } from './file-row.ts';

/** A tree that can be walked, and what stands at one of its entries. */
export interface ListedTree {
  children(entry: number): { readonly from: number; readonly to: number };
  name(entry: number): Uint8Array;
  path(entry: number): Buffer;
  row(entry: number, path: Buffer): FileRow;
  /** Whether it is one of those that are listed. */
  lists(entry: number): boolean;
  /** Bytes of a file, before more is known of it. */
  size(entry: number): number;
}

/** What a container would see; with `changes` also what layers removed, and what they did to all of it. */
export function stackedList(tree: StackedTree, changes: boolean): ListedTree {
  return {
    children: (entry) => tree.children(entry),
    name: (entry) => tree.name(entry),
    path: (entry) => tree.path(entry),
    size(entry) {
      const { index, entry: own } = tree.source(entry);
      return index.size(own);
    },
    lists: (entry) => changes || tree.change(entry) !== 'removed',
    row(entry, path) {
      const kind = tree.change(entry);
      const { index, layer, entry: own } = tree.source(entry);
      const file = foundFile(index, own, path);
      return {
        // Whatever a tar says of a link's permissions, a container sees all of them.
        file: file.type === 'symlink' ? { ...file, mode: 0o777 } : file,
        layer: layer + 1,
        ...(changes && { change: { kind, by: tree.columns.changedBy[entry]! + 1 } }),
      };
    },
  };
}

/** What the topmost layer did: what it has members of, and what it took away as it was before. */
export function topmostList(tree: StackedTree): ListedTree {
  const { changedBy } = tree.columns;
  const topmost = tree.indexes.length - 1;
  return {
    ...stackedList(tree, true),
    lists(entry) {
      if (changedBy[entry] !== topmost) return false;
      const { index, entry: own } = tree.source(entry);
      return tree.change(entry) === 'removed' || !index.has(own, FLAG.implied);
    },
  };
}

/** What one layer has members of. `layer` from 0. */
export function listedLayer({ indexes }: ImageContents, layer: number): ListedTree {
  const index = indexes[layer]!;
  return {
    children: (entry) => index.children(entry),
    name: (entry) => index.name(entry),
    path: (entry) => index.path(entry),
    size: (entry) => index.size(entry),
    lists: (entry) => !index.has(entry, FLAG.implied) && index.type(entry) !== 'whiteout',
    row: (entry, path) => ({ file: foundFile(index, entry, path), layer: layer + 1 }),
  };
}

const SLASH = 0x2f;
/** Bytes of a path at first: the longest that Linux takes. */
const PATH = 4096;

/**
 * All below an entry and itself, the root left out, each folder before what is in it. The bytes of a path are written over
 * with the next one.
 */
export function* walk(
  tree: ListedTree,
  from = ROOT,
): Generator<{ readonly entry: number; readonly path: Buffer }> {
  const start = from === ROOT ? Buffer.alloc(0) : tree.path(from);
  if (from !== ROOT) yield { entry: from, path: start };
  let bytes = Buffer.allocUnsafeSlow(Math.max(PATH, start.length + 1));
  /** Folders that are not through: where their paths end, and the entries that are to come. */
  const open = [{ end: begin(start, 0), ...tree.children(from) }];
  for (let folder = open.at(-1); folder !== undefined; folder = open.at(-1)) {
    if (folder.from >= folder.to) {
      open.pop();
      continue;
    }
    const entry = folder.from++;
    const end = begin(tree.name(entry), folder.end);
    yield { entry, path: bytes.subarray(0, end - 1) };
    const { from, to } = tree.children(entry);
    if (from < to) open.push({ end, from, to });
  }

  /** Puts a name there, with a slash behind it; where the next one begins. */
  function begin(name: Uint8Array, at: number): number {
    if (name.length === 0) return at;
    const end = at + name.length;
    if (end >= bytes.length) bytes = Buffer.concat([bytes.subarray(0, at)], end * 2);
    bytes.set(name, at);
    bytes[end] = SLASH;
    return end + 1;
  }
}
