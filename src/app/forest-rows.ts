/** The layer forest as rows: a tree of runs with images where they end, or flat, every layer a row. */
import type { ForestNode } from '../engine/forest.ts';
import type { Layer } from '../engine/image.ts';
import type { Stock } from '../engine/stock.ts';
import { type Branch, type ForestTree, forestTree, labelOf } from './forest-tree.ts';
import type { ForestSort } from './forest-view.ts';
import { kept } from './kept.ts';
import type { AppState } from './state.ts';

export interface ForestRow {
  /** Chain ID of the run's topmost layer, or `image:` and an image id. */
  readonly id: string;
  /** Tree lines in front: `│├`. */
  readonly prefix: string;
  /** `open`, `closed` or `leaf`. */
  readonly shape: 'open' | 'closed' | 'leaf';
  /** What made it, or the image that ends it where more stands on it; `''` for an image's own row. */
  readonly label: string;
  /** `→ app:1` where it ends there. */
  readonly target: string;
  /** Layers of the run, base first; empty for an image's own row. */
  readonly layers: readonly Layer[];
  readonly bytes: number;
  /** Bytes of the run and of all that stands on it. */
  readonly total: number;
  readonly imageCount: number;
  /** When the youngest image on it was made; Unix seconds. */
  readonly newest: number;
  readonly exact: boolean;
  /** The image that ends here, the oldest of several. */
  readonly image: string | undefined;
  /** The run's lowest layer and its topmost; of an image's own row the layer that it ends at. */
  readonly base: ForestNode;
  readonly node: ForestNode;
  /** The row it hangs on. */
  readonly parent: ForestRow | undefined;
}

type Looked = Pick<AppState, 'stock' | 'closed' | 'forestView'>;

const NONE: readonly ForestRow[] = [];
const OPEN: ReadonlySet<string> = new Set();

/** The rows that are shown; the same list as before when nothing they depend on changed. */
export function forestRows({ stock, closed, forestView: { flat, sort } }: Looked): readonly ForestRow[] {
  return closed.size === 0 || flat ? openRows(stock, flat, sort) : shownRows(stock, closed, sort);
}

/** The rows as if no branch were closed. */
export function allForestRows({ stock, forestView: { flat, sort } }: Looked): readonly ForestRow[] {
  return openRows(stock, flat, sort);
}

const indexes = new WeakMap<readonly ForestRow[], ReadonlyMap<string, number>>();

/** Where each row is, by its id; made once for a list. */
export function forestIndex(rows: readonly ForestRow[]): ReadonlyMap<string, number> {
  let index = indexes.get(rows);
  if (index === undefined) {
    index = new Map(rows.map((row, at) => [row.id, at]));
    indexes.set(rows, index);
  }
  return index;
}

const shownRows = kept((stock: Stock | undefined, closed: ReadonlySet<string>, sort: ForestSort) =>
  stock === undefined ? NONE : treeRows(forestTree(stock), closed, sort),
);

const openRows = kept((stock: Stock | undefined, flat: boolean, sort: ForestSort) => {
  if (stock === undefined) return NONE;
  const tree = forestTree(stock);
  return flat ? layerRows(tree, sort) : treeRows(tree, OPEN, sort);
});

interface Pending {
  readonly branch: Branch | undefined;
  readonly image: string | undefined;
  readonly parent: ForestRow | undefined;
  /** Lines of the ancestors, one sign a level. */
  readonly lines: string;
  readonly last: boolean;
}

function treeRows(tree: ForestTree, closed: ReadonlySet<string>, sort: ForestSort): ForestRow[] {
  const { nameOf } = tree;
  const rows: ForestRow[] = [];
  const stack: Pending[] = [];
  const ordered = orderOf(tree, sort);
  const push = (items: readonly Omit<Pending, 'last'>[]): void => {
    for (let index = items.length - 1; index >= 0; index--) {
      stack.push({ ...items[index]!, last: index === items.length - 1 });
    }
  };
  push(ordered(tree.roots).map((branch) => ({ branch, image: undefined, parent: undefined, lines: '' })));
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const { branch, parent } = item;
    const prefix = parent === undefined ? '' : item.lines + (item.last ? '└' : '├');
    if (branch === undefined) {
      rows.push(imageRow(item.image!, parent!, prefix, tree));
      continue;
    }
    // The oldest is what people know the layers by; twins of it hang below.
    const [first, ...twins] = branch.images;
    const leaf = branch.children.length === 0 && branch.images.length === 1;
    const shut = !leaf && closed.has(branch.id);
    const row: ForestRow = {
      id: branch.id,
      prefix,
      shape: leaf ? 'leaf' : shut ? 'closed' : 'open',
      label: leaf || first === undefined ? branch.made : nameOf(first),
      target: leaf && first !== undefined ? `→ ${nameOf(first)}` : '',
      layers: branch.layers,
      bytes: branch.bytes,
      total: branch.total,
      imageCount: branch.top.imageCount,
      newest: branch.newest,
      exact: branch.exact,
      image: first,
      base: branch.base,
      node: branch.top,
      parent,
    };
    rows.push(row);
    if (leaf || shut) continue;
    const lines = parent === undefined ? '' : item.lines + (item.last ? ' ' : '│');
    push([
      ...twins.map((image) => ({ branch: undefined, image, parent: row, lines })),
      ...ordered(branch.children).map((child) => ({ branch: child, image: undefined, parent: row, lines })),
    ]);
  }
  return rows;
}

function imageRow(id: string, parent: ForestRow, prefix: string, tree: ForestTree): ForestRow {
  return {
    id: `image:${id}`,
    prefix,
    shape: 'leaf',
    label: '',
    target: `→ ${tree.nameOf(id)}`,
    layers: [],
    bytes: 0,
    total: 0,
    imageCount: 1,
    newest: tree.images.get(id)?.created ?? 0,
    exact: true,
    image: id,
    base: parent.node,
    node: parent.node,
    parent,
  };
}

/** Branches in the order asked for; the forest has the largest subtree first already. */
function orderOf({ nameOf }: ForestTree, { column, reverse }: ForestSort) {
  const called = (branch: Branch): string => {
    const [first] = branch.images;
    return first === undefined ? branch.made : nameOf(first);
  };
  const compare = {
    size: (a: Branch, b: Branch) => b.total - a.total,
    images: (a: Branch, b: Branch) => b.top.imageCount - a.top.imageCount,
    age: (a: Branch, b: Branch) => b.newest - a.newest,
    name: (a: Branch, b: Branch) => inOrder(called(a), called(b)),
  }[column];
  return (branches: readonly Branch[]): readonly Branch[] => {
    if (column === 'size' && !reverse) return branches;
    const ordered = [...branches].sort(compare);
    return reverse ? ordered.reverse() : ordered;
  };
}

/** Tens of thousands: in another order they are the same rows. */
const unsortedRows = kept(({ nodes, nameOf, images }: ForestTree): readonly ForestRow[] => {
  const newest = new Float64Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index]!;
    let youngest = newest[index]!;
    for (const id of node.images) youngest = Math.max(youngest, images.get(id)?.created ?? 0);
    newest[index] = youngest;
    if (node.parent) newest[node.parent.index] = Math.max(newest[node.parent.index]!, youngest);
  }
  return nodes.map((node): ForestRow => {
    const [first] = node.images;
    return {
      id: node.chainId,
      prefix: '',
      shape: 'leaf',
      label: labelOf(node.layer),
      target: first === undefined ? '' : `→ ${nameOf(first)}`,
      layers: [node.layer],
      bytes: node.layer.size,
      total: node.bytes,
      imageCount: node.imageCount,
      newest: newest[node.index]!,
      exact: node.exact,
      image: first,
      base: node,
      node,
      parent: undefined,
    };
  });
});

function layerRows(tree: ForestTree, { column, reverse }: ForestSort): ForestRow[] {
  const compare = {
    size: (a: ForestRow, b: ForestRow) => b.bytes - a.bytes,
    images: (a: ForestRow, b: ForestRow) => b.imageCount - a.imageCount,
    age: (a: ForestRow, b: ForestRow) => b.newest - a.newest,
    name: (a: ForestRow, b: ForestRow) => inOrder(a.label, b.label),
  }[column];
  const rows = [...unsortedRows(tree)].sort(
    (a, b) => compare(a, b) || b.bytes - a.bytes || inOrder(a.id, b.id),
  );
  return reverse ? rows.reverse() : rows;
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
