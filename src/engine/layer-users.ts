/** Which images stand on each layer of a stock, in one flat list: plans of thousands of images name those of thousands of layers. */
import { buildForest, type ForestNode } from './forest.ts';
import type { Stock } from './stock.ts';

/** Ids of all images that stand on a layer. */
export type LayerUsers = (node: ForestNode) => readonly string[];

const computed = new WeakMap<Stock, LayerUsers>();

export function layerUsers(stock: Stock): LayerUsers {
  const known = computed.get(stock);
  if (known) return known;
  const made = read(stock);
  computed.set(stock, made);
  return made;
}

function read(stock: Stock): LayerUsers {
  const { nodes, roots } = buildForest(stock);
  // The images of a subtree are one stretch of this list.
  const images: string[] = [];
  const from = new Int32Array(nodes.size);
  const open = roots.toReversed();
  for (let node = open.pop(); node; node = open.pop()) {
    from[node.index] = images.length;
    for (const id of node.images) images.push(id);
    for (const child of node.children) open.push(child);
  }
  return (node) => images.slice(from[node.index]!, from[node.index]! + node.imageCount);
}
