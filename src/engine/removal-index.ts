/** What a stock says of each image, found fast: removals are tried on it again and again. */
import { type BlobHolders, blobHolders, type StoredBlob } from './blob-holders.ts';
import type { Container } from './container.ts';
import { buildForest, downFrom, type ForestNode } from './forest.ts';
import type { Image } from './image.ts';
import { keptNames } from './removal-names.ts';
import type { Stock } from './stock.ts';

/** What a stock says of one image. */
export interface Entry {
  readonly image: Image | undefined;
  readonly names: readonly string[];
  readonly children: readonly string[];
  readonly containers: readonly Container[];
  readonly top: ForestNode | undefined;
  /** Where content is kept by digest: its blobs, those that are layers first, from the top. */
  readonly blobs: readonly { readonly blob: StoredBlob; readonly layer: ForestNode | undefined }[];
}

export interface StockIndex {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Containers whose layers hang on a node because their image ends there. */
  readonly mounts: ReadonlyMap<ForestNode, readonly Container[]>;
}

const NO_IDS: readonly string[] = [];
const NO_CONTAINERS: readonly Container[] = [];
export const UNKNOWN: Entry = {
  image: undefined,
  names: NO_IDS,
  children: NO_IDS,
  containers: NO_CONTAINERS,
  top: undefined,
  blobs: [],
};

const indexed = new WeakMap<Stock, StockIndex>();

export function indexOf(stock: Stock): StockIndex {
  const known = indexed.get(stock);
  if (known) return known;
  const forest = buildForest(stock);
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
  const blobs = blobHolders(stock);
  const images = new Map(stock.images.map((image) => [image.id, image]));
  const entries = new Map<string, Entry>();
  for (const id of [...images.keys(), ...children.keys(), ...containers.keys()]) {
    if (entries.has(id)) continue;
    const image = images.get(id);
    const top = forest.tops.get(id);
    entries.set(id, {
      image,
      names: image === undefined ? NO_IDS : keptNames(stock.kind, image),
      children: children.get(id) ?? NO_IDS,
      containers: containers.get(id) ?? NO_CONTAINERS,
      top,
      blobs: blobs === undefined ? UNKNOWN.blobs : blobsFromTop(blobs, id, top),
    });
  }
  const index = { entries, mounts };
  indexed.set(stock, index);
  return index;
}

function blobsFromTop(blobs: BlobHolders, id: string, top: ForestNode | undefined): Entry['blobs'] {
  const left = new Map(blobs.blobsOf(id).map((blob) => [blob.digest, blob]));
  const layers = [...downFrom(top)].flatMap((layer) => {
    const blob = left.get(layer.layer.blob ?? '');
    return blob !== undefined && left.delete(blob.digest) ? [{ blob, layer }] : [];
  });
  return [...layers, ...Array.from(left.values(), (blob) => ({ blob, layer: undefined }))];
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
