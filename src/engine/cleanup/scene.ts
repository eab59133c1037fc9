/** What rules judge by: the stock, what is known of its use, the pins and the hour. */
import type { Container } from '../container.ts';
import type { Image } from '../image.ts';
import { repositoryOf } from '../reference.ts';
import { keptNames } from '../removal-names.ts';
import type { Stock } from '../stock.ts';
import type { Pins } from './pins.ts';
import type { Uses } from './uses.ts';

export interface Scene {
  readonly stock: Stock;
  readonly uses: Uses;
  readonly pins: Pins;
  /** Unix seconds. */
  readonly now: number;
}

/** What a stock says, found fast. */
export interface StockFacts {
  readonly images: ReadonlyMap<string, Image>;
  /** Containers by the image they were made from. */
  readonly containers: ReadonlyMap<string, readonly Container[]>;
  /** Images built on one. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  /** Images by name without tag, and which names of that repository each has. */
  readonly repositories: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

const computed = new WeakMap<Stock, StockFacts>();

export function factsOf(stock: Stock): StockFacts {
  const known = computed.get(stock);
  if (known) return known;
  const children = new Map<string, string[]>();
  const repositories = new Map<string, Map<string, string[]>>();
  for (const image of stock.images) {
    if (image.parentId !== '') append(children, image.parentId, image.id);
    for (const name of keptNames(stock.kind, image)) {
      const repository = repositoryOf(name);
      let images = repositories.get(repository);
      if (images === undefined) {
        images = new Map();
        repositories.set(repository, images);
      }
      append(images, image.id, name);
    }
  }
  const containers = new Map<string, Container[]>();
  for (const container of stock.containers) append(containers, container.imageId, container);
  const facts = {
    images: new Map(stock.images.map((image) => [image.id, image])),
    containers,
    children,
    repositories,
  };
  computed.set(stock, facts);
  return facts;
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
