/** The layer forest: a prefix tree over the layer chains of all images, shared beginnings once. */
import type { Layer } from './image.ts';
import type { Stock } from './stock.ts';

export interface ForestNode {
  /** Its place among the nodes, from 0; those below it come before it. */
  readonly index: number;
  readonly chainId: string;
  readonly layer: Layer;
  /** False when the layer's size could not be matched beyond doubt. */
  readonly exact: boolean;
  readonly parent: ForestNode | undefined;
  /** Layers stacked right on this one, the largest subtree first. */
  readonly children: readonly ForestNode[];
  /** Ids of the images whose topmost layer this is. */
  readonly images: readonly string[];
  /** How many images stand on this layer, anywhere above it. */
  readonly imageCount: number;
  /** Bytes of this layer and of all layers above it, each once. */
  readonly bytes: number;
}

export interface Forest {
  /** Base layers, the largest subtree first. */
  readonly roots: readonly ForestNode[];
  /** Every layer by chain ID. */
  readonly nodes: ReadonlyMap<string, ForestNode>;
  /** The topmost layer of every image that has layers. */
  readonly tops: ReadonlyMap<string, ForestNode>;
  /** Bytes of all layers, each once. */
  readonly bytes: number;
  /** Bytes that would be needed more if no image shared a layer with another. */
  readonly saved: number;
  /** False when the size of any layer could not be matched beyond doubt. */
  readonly exact: boolean;
  /** Images whose layers are not known (yet): they are not in the forest. */
  readonly unread: ReadonlySet<string>;
}

interface Growing {
  index: number;
  chainId: string;
  layer: Layer;
  exact: boolean;
  parent: Growing | undefined;
  children: Growing[] | typeof NONE;
  images: string[] | typeof NONE;
  imageCount: number;
  bytes: number;
}

/** Most layers have one child or none and end no image: they share one empty list. */
const NONE: readonly never[] = [];

const grown = new WeakMap<Stock['images'], { readonly layers: Stock['layers']; readonly forest: Forest }>();

/** The forest of a stock; built once for the same images with the same layers, whatever else a stock holds. */
export function buildForest(stock: Stock): Forest {
  const known = grown.get(stock.images);
  if (known?.layers === stock.layers) return known.forest;
  const forest = grow(stock);
  grown.set(stock.images, { layers: stock.layers, forest });
  return forest;
}

function grow(stock: Stock): Forest {
  const nodes = new Map<string, Growing>();
  const tops = new Map<string, Growing>();
  const unread = new Set<string>();
  const roots: Growing[] = [];
  // Parents come before their children here, so that one walk backwards adds up every subtree.
  const order: Growing[] = [];
  for (const image of stock.images) {
    const known = stock.layers.get(image.id);
    if (known === undefined || (known.layers.length === 0 && !known.exact)) {
      unread.add(image.id);
      continue;
    }
    const layers = known.layers;
    // From the top down to the first layer that is known already: shared bases are looked up once.
    let from = layers.length;
    let node: Growing | undefined;
    while (from > 0) {
      node = nodes.get(layers[from - 1]!.chainId);
      if (node && (node.exact || !known.exact)) break;
      node = undefined;
      from--;
    }
    for (let index = from; index < layers.length; index++) {
      const layer = layers[index]!;
      const old = nodes.get(layer.chainId);
      if (old) {
        old.layer = layer;
        old.exact = known.exact;
        node = old;
        continue;
      }
      const fresh: Growing = {
        index: order.length,
        chainId: layer.chainId,
        layer,
        exact: known.exact,
        parent: node,
        children: NONE,
        images: NONE,
        imageCount: 0,
        bytes: 0,
      };
      nodes.set(layer.chainId, fresh);
      order.push(fresh);
      if (!node) roots.push(fresh);
      else if (node.children === NONE) node.children = [fresh];
      else (node.children as Growing[]).push(fresh);
      node = fresh;
    }
    if (!node) continue;
    if (node.images === NONE) node.images = [image.id];
    else (node.images as string[]).push(image.id);
    tops.set(image.id, node);
  }
  let exact = true;
  let bytes = 0;
  let unshared = 0;
  for (let index = order.length - 1; index >= 0; index--) {
    const node = order[index]!;
    exact &&= node.exact;
    node.imageCount += node.images.length;
    node.bytes += node.layer.size;
    bytes += node.layer.size;
    unshared += node.layer.size * node.imageCount;
    if (node.children.length > 1) (node.children as Growing[]).sort(largestFirst);
    if (node.parent) {
      node.parent.imageCount += node.imageCount;
      node.parent.bytes += node.bytes;
    }
  }
  roots.sort(largestFirst);
  return { roots, nodes, tops, bytes, saved: unshared - bytes, exact, unread };
}

function largestFirst(a: Growing, b: Growing): number {
  return b.bytes - a.bytes || (a.chainId < b.chainId ? -1 : 1);
}

/** Ids of all images that stand on a layer. */
export function imagesOn(node: ForestNode): string[] {
  const found: string[] = [];
  const open: ForestNode[] = [node];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const id of next.images) found.push(id);
    for (const child of next.children) open.push(child);
  }
  return found;
}

/** The layers of an image from the top down. */
export function* downFrom(top: ForestNode | undefined): Generator<ForestNode, void, void> {
  for (let node = top; node; node = node.parent) yield node;
}
