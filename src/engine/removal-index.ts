/** What a stock says of each image, found fast: removals are tried on it again and again. */
import type { Container } from './container.ts';
import { buildForest, type ForestNode } from './forest.ts';
import type { Image } from './image.ts';
import { keptNames } from './removal-names.ts';
import { type Parcel, type Parcels, parcelsOf } from './removal-parcels.ts';
import type { Stock } from './stock.ts';

/** What a stock says of one image. */
export interface Entry {
  /** Its place among the entries, from 0. */
  readonly place: number;
  readonly image: Image | undefined;
  readonly names: readonly string[];
  readonly children: readonly string[];
  readonly containers: readonly Container[];
  /** What it has on disk. */
  readonly parcels: readonly Parcel[];
}

export interface StockIndex {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly parcels: Parcels;
  /** Containers whose layers hang on a node because their image ends there. */
  readonly mounts: ReadonlyMap<ForestNode, readonly Container[]>;
}

const NO_IDS: readonly string[] = [];
const NO_CONTAINERS: readonly Container[] = [];
export const UNKNOWN: Entry = {
  place: -1,
  image: undefined,
  names: NO_IDS,
  children: NO_IDS,
  containers: NO_CONTAINERS,
  parcels: [],
};

const indexed = new WeakMap<Stock, StockIndex>();

export function indexOf(stock: Stock): StockIndex {
  const known = indexed.get(stock);
  if (known) return known;
  const { tops } = buildForest(stock);
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
    stock.containers.filter((container) => tops.has(container.imageId)),
    (container) => tops.get(container.imageId)!,
    (container) => container,
  );
  const parcels = parcelsOf(stock);
  const images = new Map(stock.images.map((image) => [image.id, image]));
  const entries = new Map<string, Entry>();
  for (const id of [...images.keys(), ...children.keys(), ...containers.keys()]) {
    if (entries.has(id)) continue;
    const image = images.get(id);
    entries.set(id, {
      place: entries.size,
      image,
      names: image === undefined ? NO_IDS : keptNames(stock.kind, image),
      children: children.get(id) ?? NO_IDS,
      containers: containers.get(id) ?? NO_CONTAINERS,
      parcels: parcels.of(id),
    });
  }
  const index = { entries, parcels, mounts };
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
