/** What holds each layer of a stock, in flat lists: plans of thousands of images walk over tens of thousands of layers. */
import type { RemovalEntry } from './engine.ts';
import { buildForest, type ForestNode } from './forest.ts';
import type { StepLayer } from './plan.ts';
import { cacheHolds } from './removal-cache.ts';
import type { Stock } from './stock.ts';

export interface LayerHolds {
  /** By a layer's index: images that end there, layers on it, containers on it, the build cache. */
  readonly counts: Int32Array;
  /** Ids of all images that stand on a layer. */
  imagesOn(node: ForestNode): readonly string[];
  /** The same object whenever a layer is told of: a plan names tens of thousands of them. */
  entryOf(node: ForestNode): RemovalEntry;
  stepOf(node: ForestNode): StepLayer;
}

const computed = new WeakMap<Stock, LayerHolds>();

export function layerHolds(stock: Stock): LayerHolds {
  const known = computed.get(stock);
  if (known) return known;
  const made = count(stock);
  computed.set(stock, made);
  return made;
}

function count(stock: Stock): LayerHolds {
  const { nodes, roots, tops } = buildForest(stock);
  const counts = new Int32Array(nodes.size);
  for (const node of nodes.values()) counts[node.index] = node.images.length + node.children.length;
  for (const { imageId } of stock.containers) {
    const top = tops.get(imageId);
    if (top) counts[top.index]!++;
  }
  for (const node of cacheHolds(stock).certain) counts[node.index]!++;

  // The images of a subtree are one stretch of this list.
  const images: string[] = [];
  const from = new Int32Array(nodes.size);
  const open = roots.toReversed();
  for (let node = open.pop(); node; node = open.pop()) {
    from[node.index] = images.length;
    for (const id of node.images) images.push(id);
    for (const child of node.children) open.push(child);
  }
  const entries: RemovalEntry[] = [];
  const steps: StepLayer[] = [];
  return {
    counts,
    imagesOn: (node) => images.slice(from[node.index]!, from[node.index]! + node.imageCount),
    entryOf: (node) => (entries[node.index] ??= { action: 'deleted', id: node.chainId }),
    stepOf: (node) =>
      (steps[node.index] ??= { chainId: node.chainId, size: node.layer.size, exact: node.exact }),
  };
}
