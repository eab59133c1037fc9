/** The layer forest by branches: layers that nothing branches off and no image ends at are one run. Made once a stock. */
import { buildForest, downFrom, type Forest, type ForestNode } from '../engine/forest.ts';
import type { Image, Layer } from '../engine/image.ts';
import { tidyInstruction } from '../engine/instruction.ts';
import { engineDoubts, SIZES } from '../engine/removal-doubt.ts';
import { makeStock, type Stock } from '../engine/stock.ts';
import { shortId } from './format.ts';

/** A run of layers, base first, with all that stands on it. */
export interface Branch {
  /** Chain ID of the run's topmost layer. */
  readonly id: string;
  /** The run's lowest layer and its topmost. */
  readonly base: ForestNode;
  readonly top: ForestNode;
  readonly layers: readonly Layer[];
  /** Bytes of the run. */
  readonly bytes: number;
  /** Bytes of the run and of all that stands on it, each once. */
  readonly total: number;
  /** What made the run's largest layer. */
  readonly made: string;
  /** Ids of the images that end here: those with a name first, the oldest of them first. */
  readonly images: readonly string[];
  readonly children: readonly Branch[];
  /** When the youngest image on it was made; Unix seconds. */
  readonly newest: number;
  /** False where the size of a layer in it is not beyond doubt. */
  readonly exact: boolean;
}

/** Layers that are the same blob: on disk it is once. */
export interface BlobTwins {
  /** Layers by their index. */
  readonly layers: readonly number[];
  /** By a layer's index: bytes by which adding up all that stands on it counts the blob too often. */
  readonly excess: ReadonlyMap<number, number>;
}

export interface ForestTree {
  readonly forest: Forest;
  /** All layers, by their index. */
  readonly nodes: readonly ForestNode[];
  /** The same in flat lists, by a layer's index: what it stands on, or -1, and its bytes. */
  readonly columns: { readonly parents: Int32Array; readonly sizes: Float64Array };
  /** Where an engine stores one blob for several layers: these layers, by blob. */
  readonly twins: ReadonlyMap<string, BlobTwins>;
  readonly roots: readonly Branch[];
  readonly images: ReadonlyMap<string, Image>;
  /** `web-api:1.4` of an image's first name, or `<none> a91cf06bd3e8`. */
  nameOf(id: string): string;
  /** The sign before a size that is not exact: `''`, `≥` or `≈`. */
  readonly sign: string;
  /** Why; `''` where sizes are exact. */
  readonly doubt: string;
}

type Made = Pick<Stock, 'kind' | 'layers'>;
const trees = new WeakMap<Stock['images'], Made & { readonly tree: ForestTree }>();

/** Made once for the same images with the same layers, whatever else a stock holds. */
export function forestTree(stock: Stock): ForestTree {
  const known = trees.get(stock.images);
  if (known?.layers === stock.layers && known.kind === stock.kind) return known.tree;
  const tree = grow(stock);
  trees.set(stock.images, { kind: stock.kind, layers: stock.layers, tree });
  return tree;
}

/** The forest without build steps: they stand on the same layers as what was built, and are nobody's images. */
function shownStock(stock: Stock): Stock {
  const images = stock.images.filter((image) => image.role !== 'intermediate');
  if (images.length === stock.images.length) return stock;
  return makeStock({ kind: stock.kind, images, layers: stock.layers });
}

function grow(stock: Stock): ForestTree {
  const forest = buildForest(shownStock(stock));
  const images = new Map(stock.images.map((image) => [image.id, image]));
  const names = new Map<string, string>();
  const nameOf = (id: string): string => {
    let name = names.get(id);
    if (name === undefined) {
      // The last part: in a tree the pane beside it says the rest.
      name = images.get(id)?.references[0]?.split('/').at(-1) ?? `<none> ${shortId(id)}`;
      names.set(id, name);
    }
    return name;
  };
  const [doubt] = engineDoubts(stock);
  const nodes = [...forest.nodes.values()];
  const twins = blobTwins(nodes);
  const totals = Float64Array.from(nodes, (node) => node.bytes);
  for (const { excess } of twins.values()) for (const [index, bytes] of excess) totals[index]! -= bytes;
  return {
    forest,
    nodes,
    columns: {
      parents: Int32Array.from(nodes, ({ parent }) => parent?.index ?? -1),
      sizes: Float64Array.from(nodes, ({ layer }) => layer.size),
    },
    twins,
    roots: forest.roots.map((root) => branchFrom(root, images, totals)),
    images,
    nameOf,
    sign: doubt === undefined ? '' : doubt.bound === 'about' ? '≈' : '≥',
    doubt: doubt?.reason ?? (forest.exact ? '' : SIZES.reason),
  };
}

function blobTwins(nodes: readonly ForestNode[]): Map<string, BlobTwins> {
  const first = new Map<string, ForestNode>();
  const same = new Map<string, ForestNode[]>();
  for (const node of nodes) {
    const { blob } = node.layer;
    if (blob === undefined) continue;
    const known = first.get(blob);
    if (known === undefined) first.set(blob, node);
    else same.set(blob, [...(same.get(blob) ?? [known]), node]);
  }
  return new Map(
    [...same].map(([blob, layers]) => [
      blob,
      { layers: layers.map(({ index }) => index), excess: excessOf(layers) },
    ]),
  );
}

function excessOf(twins: readonly ForestNode[]): Map<number, number> {
  const excess = new Map<number, number>();
  const met = new Set<number>();
  for (const twin of twins) {
    for (const { index } of downFrom(twin)) {
      if (met.has(index)) excess.set(index, (excess.get(index) ?? 0) + twin.layer.size);
      else met.add(index);
    }
  }
  return excess;
}

function branchFrom(base: ForestNode, images: ReadonlyMap<string, Image>, totals: Float64Array): Branch {
  const layers = [base.layer];
  let bytes = base.layer.size;
  let largest = base.layer;
  let { exact } = base;
  let top = base;
  while (top.images.length === 0 && top.children.length === 1) {
    top = top.children[0]!;
    layers.push(top.layer);
    bytes += top.layer.size;
    exact &&= top.exact;
    if (top.layer.size > largest.size) largest = top.layer;
  }
  const children = top.children.map((child) => branchFrom(child, images, totals));
  let newest = 0;
  for (const id of top.images) newest = Math.max(newest, images.get(id)?.created ?? 0);
  for (const child of children) newest = Math.max(newest, child.newest);
  return {
    id: top.chainId,
    base,
    top,
    layers,
    bytes,
    total: totals[base.index]!,
    made: labelOf(largest),
    images: top.images.length > 1 ? namedAndOldFirst(top.images, images) : top.images,
    children,
    newest,
    exact,
  };
}

/** What made a layer, on one line. */
export function instructionOf(layer: Layer): string {
  return tidyInstruction(layer.createdBy) || `layer ${shortId(layer.diffId)}`;
}

/** The same in short: what classic builders copied is a digest to them. */
export function labelOf(layer: Layer): string {
  return instructionOf(layer).replace(/\b((?:file|dir|multi):[0-9a-f]{6})[0-9a-f]{58}\b/g, '$1…');
}

function namedAndOldFirst(ids: readonly string[], images: ReadonlyMap<string, Image>): string[] {
  const rank = (id: string): number => {
    const image = images.get(id);
    return image === undefined ? Infinity : image.created + (image.references.length > 0 ? 0 : 1e12);
  };
  return [...ids].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
