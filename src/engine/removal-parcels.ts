/**
 * Layers of a stock in parcels: what the same images, containers and cache hold goes together, so that plans of
 * thousands of images on tens of thousands of layers walk over few things.
 */
import { type BlobHolders, blobHolders, type StoredBlob } from './blob-holders.ts';
import type { RemovalEntry } from './engine.ts';
import { buildForest, downFrom, type ForestNode } from './forest.ts';
import type { StepLayer } from './plan.ts';
import { cacheHolds } from './removal-cache.ts';
import type { Stock } from './stock.ts';

/** Layers that go at once; what is told of them is made when it is first asked for, and the same from then on. */
export class LayerStack {
  /** The topmost first. */
  readonly nodes: readonly ForestNode[];
  #entries: readonly RemovalEntry[] | undefined;
  #steps: readonly StepLayer[] | undefined;

  constructor(nodes: readonly ForestNode[]) {
    this.nodes = nodes;
  }

  get entries(): readonly RemovalEntry[] {
    this.#entries ??= this.nodes.map(({ chainId: id }) => ({ action: 'deleted', id }));
    return this.#entries;
  }

  get steps(): readonly StepLayer[] {
    this.#steps ??= this.nodes.map(({ chainId, layer: { size }, exact }) => ({ chainId, size, exact }));
    return this.#steps;
  }
}

/** What goes from the disk with an image. */
export interface Released {
  readonly layers: LayerStack;
  readonly bytes: number;
  /** Bytes of all else: manifests, configs, further platforms. */
  readonly besides: number;
}

export interface Parcel extends Released {
  readonly index: number;
}

export interface Parcels {
  /** By a parcel's index: how many images hold it; containers and cache count as images that never go. */
  readonly holders: Int32Array;
  /** What an image holds. */
  of(id: string): readonly Parcel[];
  /** The index of the parcel with a layer; undefined where nothing tells who holds it. */
  indexOf(node: ForestNode): number | undefined;
}

export const NOTHING: Released = { layers: new LayerStack([]), bytes: 0, besides: 0 };
const NONE: readonly never[] = [];

export function parcelsOf(stock: Stock): Parcels {
  const blobs = blobHolders(stock);
  return blobs === undefined ? stretches(stock) : bundles(stock, blobs);
}

/** What was made of several parcels, by the first of them. */
const joined = new WeakMap<Parcel, { readonly parcels: readonly Parcel[]; readonly all: Released }>();

/** All of several parcels of one image; most often the same object for the same ones. */
export function together(parcels: readonly [Parcel, ...Parcel[]]): Released {
  const known = joined.get(parcels[0]);
  if (known?.parcels.length === parcels.length && known.parcels.every((one, at) => one === parcels[at]))
    return known.all;
  // Below comes before above in a forest.
  const nodes = parcels.flatMap(({ layers }) => layers.nodes).sort((a, b) => b.index - a.index);
  const all: Released = {
    layers: new LayerStack(nodes),
    bytes: parcels.reduce((sum, parcel) => sum + parcel.bytes, 0),
    besides: parcels.reduce((sum, parcel) => sum + parcel.besides, 0),
  };
  joined.set(parcels[0], { parcels, all });
  return all;
}

/** Where layers stand on each other: stretches of the forest without a fork or an image's end. */
function stretches(stock: Stock): Parcels {
  const { nodes, tops } = buildForest(stock);
  const { certain } = cacheHolds(stock);
  const place = new Int32Array(nodes.size).fill(-1);
  const parcels: Parcel[] = [];
  const holders: number[] = [];
  // From above, so that each stretch is met at its top.
  for (const top of [...nodes.values()].reverse()) {
    if (place[top.index] !== -1) continue;
    const isCached = certain.has(top);
    const layers: ForestNode[] = [];
    let bytes = 0;
    let node: ForestNode | undefined = top;
    for (; node?.imageCount === top.imageCount && certain.has(node) === isCached; node = node.parent) {
      place[node.index] = parcels.length;
      layers.push(node);
      bytes += node.layer.size;
    }
    parcels.push({ index: parcels.length, layers: new LayerStack(layers), bytes, besides: 0 });
    holders.push(top.imageCount + (isCached ? 1 : 0));
  }
  const known = new Map<ForestNode, readonly Parcel[]>();
  const downwards = (top: ForestNode): readonly Parcel[] => {
    const found = known.get(top);
    if (found !== undefined) return found;
    const parcel = parcels[place[top.index]!]!;
    const below = parcel.layers.nodes.at(-1)!.parent;
    const made = below === undefined ? [parcel] : [parcel, ...downwards(below)];
    known.set(top, made);
    return made;
  };
  const of = (id: string): readonly Parcel[] => {
    const top = tops.get(id);
    return top === undefined ? NONE : downwards(top);
  };
  for (const { imageId } of stock.containers) for (const { index } of of(imageId)) holders[index]!++;
  return { holders: Int32Array.from(holders), of, indexOf: (node) => place[node.index] };
}

/** Where content is kept by digest: blobs that exactly the same images have, whatever they stand on there. */
function bundles(stock: Stock, blobs: BlobHolders): Parcels {
  const { tops } = buildForest(stock);
  // Each image tells the blobs that it has from those that it has not.
  const place = new Int32Array(blobs.count);
  let count = 1;
  for (const { id } of stock.images) {
    const apart = new Map<number, number>();
    for (const { index } of blobs.blobsOf(id)) {
      const before = place[index]!;
      const after = apart.get(before) ?? count++;
      apart.set(before, after);
      place[index] = after;
    }
  }
  const holders = new Int32Array(count);
  const read = (id: string): Parcel[] => {
    const left = new Map(blobs.blobsOf(id).map((blob) => [blob.digest, blob]));
    const made = new Map<number, { layers: ForestNode[]; bytes: number; besides: number }>();
    const bundleOf = ({ index, holders: all }: StoredBlob) => {
      const at = place[index]!;
      const bundle = made.get(at) ?? { layers: [], bytes: 0, besides: 0 };
      made.set(at, bundle);
      holders[at] = all.length;
      return bundle;
    };
    for (const node of downFrom(tops.get(id))) {
      const blob = left.get(node.layer.blob ?? '');
      if (blob === undefined) continue;
      left.delete(blob.digest);
      const bundle = bundleOf(blob);
      bundle.layers.push(node);
      bundle.bytes += node.layer.size;
    }
    for (const blob of left.values()) bundleOf(blob).besides += blob.size;
    return Array.from(made, ([index, { layers, ...rest }]) => ({
      index,
      layers: new LayerStack(layers),
      ...rest,
    }));
  };
  const known = new Map(stock.images.map(({ id }) => [id, read(id)]));
  return {
    holders,
    of: (id) => known.get(id) ?? NONE,
    indexOf({ layer }) {
      const blob = layer.blob === undefined ? undefined : blobs.find(layer.blob);
      return blob && place[blob.index];
    },
  };
}
