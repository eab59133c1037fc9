/** The layer forest as rows of a tree: unbranched runs of layers are one row, images hang where they end. */
import { buildForest, type Forest, type ForestNode } from '../engine/forest.ts';
import type { Layer } from '../engine/image.ts';
import { tidyInstruction } from '../engine/instruction.ts';
import { makeStock, type Stock } from '../engine/stock.ts';
import { shortId } from './format.ts';
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
  readonly imageCount: number;
  /** The image that ends here, the oldest of several. */
  readonly image: string | undefined;
  /** Every image on this row's layers, for marks; made when asked. */
  readonly node: ForestNode;
}

let lastStock: Stock | undefined;
let lastClosed: ReadonlySet<string> | undefined;
let lastRows: readonly ForestRow[] = [];

export function forestRows(state: Pick<AppState, 'stock' | 'closed'>): readonly ForestRow[] {
  if (state.stock === lastStock && state.closed === lastClosed) return lastRows;
  lastStock = state.stock;
  lastClosed = state.closed;
  lastRows = state.stock === undefined ? [] : treeRows(shownForest(state.stock), state.stock, state.closed);
  return lastRows;
}

const shown = new WeakMap<Stock, Forest>();

/** The forest without build steps: they stand on the same layers as what was built, and are nobody's images. */
export function shownForest(stock: Stock): Forest {
  const known = shown.get(stock);
  if (known !== undefined) return known;
  const images = stock.images.filter((image) => image.role !== 'intermediate');
  const forest = buildForest(makeStock({ kind: stock.kind, images, layers: stock.layers }));
  shown.set(stock, forest);
  return forest;
}

interface Open {
  readonly node: ForestNode | undefined;
  readonly image: string | undefined;
  /** Lines of the ancestors, one sign a level. */
  readonly lines: string;
  readonly last: boolean;
  readonly depth: number;
  readonly owner: ForestNode;
}

function treeRows(forest: Forest, stock: Stock, closed: ReadonlySet<string>): ForestRow[] {
  const names = new Map(
    stock.images.map((image) => [image.id, shortName(image.references[0]) ?? `<none> ${shortId(image.id)}`]),
  );
  const byAge = oldestFirst(stock);
  const rows: ForestRow[] = [];
  const stack: Open[] = [];
  const pushAll = (items: readonly Omit<Open, 'last'>[]): void => {
    for (let index = items.length - 1; index >= 0; index--) {
      stack.push({ ...items[index]!, last: index === items.length - 1 });
    }
  };
  pushAll(forest.roots.map((node) => ({ node, image: undefined, lines: '', depth: 0, owner: node })));
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    const prefix = item.depth === 0 ? '' : item.lines + (item.last ? '└' : '├');
    if (item.node === undefined) {
      const id = item.image!;
      rows.push({
        id: `image:${id}`,
        prefix,
        shape: 'leaf',
        label: '',
        target: `→ ${names.get(id) ?? shortId(id)}`,
        layers: [],
        bytes: 0,
        imageCount: 1,
        image: id,
        node: item.owner,
      });
      continue;
    }
    const run = runFrom(item.node);
    const top = run.at(-1)!;
    const layers = run.map((node) => node.layer);
    const bytes = layers.reduce((sum, layer) => sum + layer.size, 0);
    // The oldest is what people know the layers by; twins of it hang below.
    const [first, ...twins] = [...top.images].sort(byAge);
    const leaf = top.children.length === 0 && top.images.length === 1;
    const shut = !leaf && closed.has(top.chainId);
    const target = leaf && first !== undefined ? `→ ${names.get(first) ?? shortId(first)}` : '';
    rows.push({
      id: top.chainId,
      prefix,
      shape: leaf ? 'leaf' : shut ? 'closed' : 'open',
      label: runLabel(layers, leaf ? undefined : names.get(first ?? '')),
      target,
      layers,
      bytes,
      imageCount: top.imageCount,
      image: first,
      node: top,
    });
    if (leaf || shut) continue;
    const lines = item.depth === 0 ? '' : item.lines + (item.last ? ' ' : '│');
    pushAll([
      ...twins.map((image) => ({ node: undefined, image, lines, depth: item.depth + 1, owner: top })),
      ...top.children.map((node) => ({ node, image: undefined, lines, depth: item.depth + 1, owner: node })),
    ]);
  }
  return rows;
}

/** The last part of a name: in a tree the pane beside it says the rest. */
function shortName(name: string | undefined): string | undefined {
  return name?.split('/').at(-1);
}

/** Named images before dangling ones, then by age. */
function oldestFirst(stock: Stock): (a: string, b: string) => number {
  const images = new Map(stock.images.map((image) => [image.id, image]));
  const rank = (id: string): number => {
    const image = images.get(id);
    return image === undefined ? Infinity : image.created + (image.references.length > 0 ? 0 : 1e12);
  };
  return (a, b) => rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** Layers from here up to the first that branches or ends an image. */
function runFrom(node: ForestNode): ForestNode[] {
  const run = [node];
  for (let at = node; at.images.length === 0 && at.children.length === 1; ) {
    at = at.children[0]!;
    run.push(at);
  }
  return run;
}

/** A run is called after the image that ends it, or after its largest layer. */
function runLabel(layers: readonly Layer[], ends: string | undefined): string {
  if (ends !== undefined) return layers.length === 1 ? ends : `${ends}  (${layers.length} layers)`;
  const largest = layers.reduce((big, layer) => (layer.size > big.size ? layer : big));
  const text = tidyInstruction(largest.createdBy) || `layer ${shortId(largest.diffId)}`;
  return layers.length === 1 ? text : `${text}  (+${layers.length - 1} more)`;
}
