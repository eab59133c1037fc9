/**
 * A model of an engine's store that removals can be tried on: names, parents, containers and what
 * holds each layer. It starts as the stock says and is cheap to make, whatever the stock's size:
 * only what a removal changes is copied.
 */
import { type BlobHolders, blobHolders } from './blob-holders.ts';
import type { Container } from './container.ts';
import { buildForest, downFrom, type Forest, type ForestNode, imagesOn } from './forest.ts';
import type { Image } from './image.ts';
import { cacheHolds } from './removal-cache.ts';
import { keptNames } from './removal-names.ts';
import type { Stock } from './stock.ts';

interface StockIndex {
  readonly images: ReadonlyMap<string, Image>;
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly containers: ReadonlyMap<string, readonly Container[]>;
  /** Containers whose layers hang on a node because their image ends there. */
  readonly mounts: ReadonlyMap<ForestNode, readonly Container[]>;
}

const NO_IDS: readonly string[] = [];
const NO_CONTAINERS: readonly Container[] = [];

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
  const index = { images, children, containers, mounts };
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
  readonly #cached: ReadonlySet<ForestNode>;
  readonly #names = new Map<string, readonly string[]>();
  readonly #gone = new Set<string>();
  readonly #orphans = new Set<string>();
  /** Holds that fell away, by layer. */
  readonly #dropped = new Map<ForestNode, number>();
  readonly #released = new Set<ForestNode>();

  constructor(stock: Stock) {
    this.stock = stock;
    this.forest = buildForest(stock);
    this.#index = indexOf(stock, this.forest);
    this.#cached = cacheHolds(stock).certain;
    this.#blobs = blobHolders(stock);
  }

  /** A copy to try something on. */
  fork(): RemovalStore {
    const copy = new RemovalStore(this.stock);
    for (const [id, names] of this.#names) copy.#names.set(id, names);
    for (const id of this.#gone) copy.#gone.add(id);
    for (const id of this.#orphans) copy.#orphans.add(id);
    for (const [node, count] of this.#dropped) copy.#dropped.set(node, count);
    for (const node of this.#released) copy.#released.add(node);
    return copy;
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
    const image = this.image(id);
    return image ? keptNames(this.stock.kind, image) : [];
  }

  setNames(id: string, names: readonly string[]): void {
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
    for (const child of this.children(id)) this.#orphans.add(child);
    this.#gone.add(id);
    this.#names.set(id, []);
    if (this.#blobs !== undefined) return this.#releaseBlobs(id, this.#blobs);
    const released: ForestNode[] = [];
    for (let node = this.forest.tops.get(id); node; node = node.parent) {
      const dropped = (this.#dropped.get(node) ?? 0) + 1;
      this.#dropped.set(node, dropped);
      if (dropped < this.#holds(node)) break;
      this.#released.add(node);
      released.push(node);
    }
    return { layers: released, besides: 0 };
  }

  /** Whether nothing that is still there needs a layer. */
  isReleased(node: ForestNode): boolean {
    const { blob } = node.layer;
    if (this.#blobs === undefined || blob === undefined) return this.#released.has(node);
    return !this.#blobs.holders(blob).some((id) => !this.#gone.has(id));
  }

  /** Images still there that have a layer. */
  usersOf(node: ForestNode): readonly string[] {
    const { blob } = node.layer;
    const all = this.#blobs === undefined || blob === undefined ? imagesOn(node) : this.#blobs.holders(blob);
    return all.filter((id) => !this.#gone.has(id));
  }

  /** A blob goes with the last image that needs it, whatever it stands on there. */
  #releaseBlobs(id: string, blobs: BlobHolders): Released {
    const freed = new Map<string, number>();
    for (const { digest, size } of blobs.blobsOf(id)) {
      if (blobs.holders(digest).every((holder) => this.#gone.has(holder))) freed.set(digest, size);
    }
    const layers: ForestNode[] = [];
    for (const node of downFrom(this.forest.tops.get(id))) {
      if (freed.delete(node.layer.blob ?? '')) layers.push(node);
    }
    let besides = 0;
    for (const size of freed.values()) besides += size;
    return { layers, besides };
  }

  /** Containers right on a layer that keep it, whether or not their image is still there. */
  mounts(node: ForestNode): readonly Container[] {
    return this.#index.mounts.get(node) ?? NO_CONTAINERS;
  }

  /** What holds a layer in the beginning: images that end there, layers on it, containers on it, the build cache. */
  #holds(node: ForestNode): number {
    return (
      node.images.length + node.children.length + this.mounts(node).length + (this.#cached.has(node) ? 1 : 0)
    );
  }
}
