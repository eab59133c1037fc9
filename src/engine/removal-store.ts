/**
 * A model of an engine's store that removals can be tried on: names, parents, containers and what
 * holds each layer. It starts as the stock says and is cheap to make, whatever the stock's size:
 * only what a removal changes is copied.
 */
import { type BlobHolders, blobHolders } from './blob-holders.ts';
import type { Container } from './container.ts';
import { buildForest, downFrom, type Forest, type ForestNode } from './forest.ts';
import type { Image } from './image.ts';
import { type LayerHolds, layerHolds } from './removal-holds.ts';
import { keptNames } from './removal-names.ts';
import type { Stock } from './stock.ts';

interface StockIndex {
  readonly images: ReadonlyMap<string, Image>;
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly containers: ReadonlyMap<string, readonly Container[]>;
  /** Containers whose layers hang on a node because their image ends there. */
  readonly mounts: ReadonlyMap<ForestNode, readonly Container[]>;
  /** Names that engines keep, as far as they were asked for. */
  readonly names: Map<string, readonly string[]>;
}

const NO_IDS: readonly string[] = [];
const NO_CONTAINERS: readonly Container[] = [];
const NOTHING = new Int32Array(0);

const indexed = new WeakMap<Stock, StockIndex>();

function indexOf(stock: Stock, forest: Forest): StockIndex {
  const known = indexed.get(stock);
  if (known) return known;
  const images = new Map(stock.images.map((image) => [image.id, image]));
  const children = groupBy(
    stock.images.filter((image) => image.parentId !== ''),
    (image) => image.parentId,
    (image) => image.id,
  );
  const containers = groupBy(
    stock.containers,
    (container) => container.imageId,
    (container) => container,
  );
  const mounts = groupBy(
    stock.containers.filter((container) => forest.tops.has(container.imageId)),
    (container) => forest.tops.get(container.imageId)!,
    (container) => container,
  );
  const index = { images, children, containers, mounts, names: new Map<string, readonly string[]>() };
  indexed.set(stock, index);
  return index;
}

function groupBy<T, K, V>(items: readonly T[], key: (item: T) => K, value: (item: T) => V): Map<K, V[]> {
  const groups = new Map<K, V[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(value(item));
    else groups.set(key(item), [value(item)]);
  }
  return groups;
}

/** What goes from the disk with an image. */
export interface Released {
  /** The topmost first. */
  readonly layers: readonly ForestNode[];
  /** Bytes of all else: manifests, configs, further platforms. */
  readonly besides: number;
}

export class RemovalStore {
  readonly stock: Stock;
  readonly forest: Forest;
  readonly #blobs: BlobHolders | undefined;
  readonly #index: StockIndex;
  readonly #names = new Map<string, readonly string[]>();
  readonly #gone = new Set<string>();
  readonly #orphans = new Set<string>();
  /** What holds each layer from the beginning, and the holds that fell away since: made by the first removal. */
  #holds: LayerHolds | undefined;
  #dropped = NOTHING;
  /** Images that have gone, by blob. */
  #without = NOTHING;
  /** How to take back what is tried, the last change last. */
  #undo: (() => void)[] | undefined;

  constructor(stock: Stock) {
    this.stock = stock;
    this.forest = buildForest(stock);
    this.#index = indexOf(stock, this.forest);
    this.#blobs = blobHolders(stock);
  }

  /** Tries something and takes all of it back. */
  trial<Result>(body: () => Result): Result {
    const outer = this.#undo;
    const undo: (() => void)[] = [];
    this.#undo = undo;
    try {
      return body();
    } finally {
      this.#undo = outer;
      for (let back = undo.pop(); back !== undefined; back = undo.pop()) back();
    }
  }

  /** An image that is still there. */
  image(id: string): Image | undefined {
    return this.#gone.has(id) ? undefined : this.#index.images.get(id);
  }

  /** The image as the stock has it, whether or not it is still there. */
  original(id: string): Image | undefined {
    return this.#index.images.get(id);
  }

  /** Names an image still has and that can be removed: tags and digest references. */
  names(id: string): readonly string[] {
    const changed = this.#names.get(id);
    if (changed) return changed;
    const known = this.#index.names.get(id);
    if (known) return known;
    const image = this.#index.images.get(id);
    if (!image) return NO_IDS;
    const names = keptNames(this.stock.kind, image);
    this.#index.names.set(id, names);
    return names;
  }

  setNames(id: string, names: readonly string[]): void {
    if (this.#undo !== undefined) {
      const before = this.#names.get(id);
      this.#undo.push(() => {
        if (before === undefined) this.#names.delete(id);
        else this.#names.set(id, before);
      });
    }
    this.#names.set(id, names);
  }

  /** Images that still name this one as their parent. */
  children(id: string): readonly string[] {
    const all = this.#index.children.get(id) ?? NO_IDS;
    return all.length === 0
      ? all
      : all.filter((child) => !this.#gone.has(child) && !this.#orphans.has(child));
  }

  /** The parent, where it is still there. */
  parent(id: string): string | undefined {
    const parentId = this.#index.images.get(id)?.parentId;
    if (!parentId || this.#orphans.has(id)) return undefined;
    return this.image(parentId) && parentId;
  }

  containers(id: string): readonly Container[] {
    return this.#index.containers.get(id) ?? NO_CONTAINERS;
  }

  /** Takes an image out of the store and lets go of its layers. */
  delete(id: string): Released {
    const orphaned = this.children(id);
    for (const child of orphaned) this.#orphans.add(child);
    this.#gone.add(id);
    this.setNames(id, []);
    this.#undo?.push(() => {
      for (const child of orphaned) this.#orphans.delete(child);
      this.#gone.delete(id);
    });
    return this.#blobs === undefined ? this.#releaseLayers(id) : this.#releaseBlobs(id, this.#blobs);
  }

  /** Whether nothing that is still there needs a layer. */
  isReleased(node: ForestNode): boolean {
    const { blob } = node.layer;
    if (this.#blobs !== undefined && blob !== undefined) {
      const found = this.#blobs.find(blob);
      return found === undefined || this.#lost(found.index) === found.holders.length;
    }
    return this.#holds !== undefined && this.#dropped[node.index] === this.#holds.counts[node.index];
  }

  /** Images still there that have a layer. */
  usersOf(node: ForestNode): readonly string[] {
    const { blob } = node.layer;
    const all =
      this.#blobs === undefined || blob === undefined
        ? layerHolds(this.stock).imagesOn(node)
        : (this.#blobs.find(blob)?.holders ?? NO_IDS);
    return all.filter((id) => !this.#gone.has(id));
  }

  #releaseLayers(id: string): Released {
    const top = this.forest.tops.get(id);
    if (this.#holds === undefined) {
      this.#holds = layerHolds(this.stock);
      this.#dropped = new Int32Array(this.#holds.counts.length);
    }
    const { counts } = this.#holds;
    const dropped = this.#dropped;
    const layers: ForestNode[] = [];
    let last = top;
    for (; last; last = last.parent) {
      if (++dropped[last.index]! < counts[last.index]!) break;
      layers.push(last);
    }
    this.#undo?.push(() => {
      for (const node of layers) dropped[node.index]!--;
      if (last) dropped[last.index]!--;
    });
    return { layers, besides: 0 };
  }

  /** A blob goes with the last image that needs it, whatever it stands on there. */
  #releaseBlobs(id: string, blobs: BlobHolders): Released {
    if (this.#without.length === 0) this.#without = new Int32Array(blobs.count);
    const without = this.#without;
    const own = blobs.blobsOf(id);
    const freed = new Map<string, number>();
    for (const { digest, size, index, holders } of own) {
      if (++without[index]! === holders.length) freed.set(digest, size);
    }
    this.#undo?.push(() => {
      for (const { index } of own) without[index]!--;
    });
    const layers: ForestNode[] = [];
    for (const node of downFrom(this.forest.tops.get(id))) {
      if (freed.size === 0) break;
      if (freed.delete(node.layer.blob ?? '')) layers.push(node);
    }
    let besides = 0;
    for (const size of freed.values()) besides += size;
    return { layers, besides };
  }

  #lost(blob: number): number {
    return this.#without[blob] ?? 0;
  }

  /** Containers right on a layer that keep it, whether or not their image is still there. */
  mounts(node: ForestNode): readonly Container[] {
    return this.#index.mounts.get(node) ?? NO_CONTAINERS;
  }
}
