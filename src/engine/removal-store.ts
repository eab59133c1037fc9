/**
 * A model of an engine's store that removals can be tried on: names, parents, containers and what
 * holds each layer. It starts as the stock says and is cheap to make, whatever the stock's size:
 * only what a removal changes is copied.
 */
import { blobHolders } from './blob-holders.ts';
import type { Container } from './container.ts';
import { buildForest, type Forest, type ForestNode } from './forest.ts';
import type { Image } from './image.ts';
import { layerUsers } from './layer-users.ts';
import { type Entry, indexOf, type StockIndex, UNKNOWN } from './removal-index.ts';
import { NOTHING, type Parcel, type Released, together } from './removal-parcels.ts';
import type { Stock } from './stock.ts';

const NO_IDS: readonly string[] = [];
const NO_CONTAINERS: readonly Container[] = [];

export class RemovalStore {
  readonly stock: Stock;
  readonly forest: Forest;
  readonly #index: StockIndex;
  /** By the place of an image's entry: 1 for an image that is gone, or whose parent is. */
  readonly #gone: Uint8Array;
  readonly #orphans: Uint8Array;
  /** Names by image id, of those that lost some. */
  readonly #names = new Map<string, readonly string[]>();
  /** By the index of a parcel: images that held it and have gone. */
  readonly #without: Int32Array;
  /** The one asked for last: a removal asks for the same image again and again. */
  #lastId = '';
  #last = UNKNOWN;
  /** How to take back what is tried, the last change last. */
  #undo: (() => void)[] | undefined;

  constructor(stock: Stock) {
    this.stock = stock;
    this.forest = buildForest(stock);
    this.#index = indexOf(stock);
    const { entries, parcels } = this.#index;
    this.#gone = new Uint8Array(entries.size);
    this.#orphans = new Uint8Array(entries.size);
    this.#without = new Int32Array(parcels.holders.length);
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
    const { place, image } = this.#entryOf(id);
    return this.#gone[place] ? undefined : image;
  }

  /** The image as the stock has it, whether or not it is still there. */
  original(id: string): Image | undefined {
    return this.#entryOf(id).image;
  }

  /** Names an image still has and that can be removed: tags and digest references. */
  names(id: string): readonly string[] {
    const { place, names } = this.#entryOf(id);
    return this.#gone[place] ? NO_IDS : (this.#names.get(id) ?? names);
  }

  setNames(id: string, names: readonly string[]): void {
    if (this.#undo !== undefined) this.#undoNames(id);
    this.#names.set(id, names);
  }

  /** Images that still name this one as their parent. */
  children(id: string): readonly string[] {
    const { children } = this.#entryOf(id);
    if (children.length === 0) return children;
    return children.filter((child) => {
      const { place } = this.#entryOf(child);
      return !this.#gone[place] && !this.#orphans[place];
    });
  }

  /** The parent, where it is still there. */
  parent(id: string): string | undefined {
    const { place, image } = this.#entryOf(id);
    const parentId = image?.parentId;
    if (!parentId || this.#orphans[place]) return undefined;
    return this.image(parentId) && parentId;
  }

  containers(id: string): readonly Container[] {
    return this.#entryOf(id).containers;
  }

  /** Nothing but the layers they share makes other images matter to it, or it to them. */
  isAlone(id: string): boolean {
    const { image, children, containers } = this.#entryOf(id);
    return image?.parentId === '' && children.length === 0 && containers.length === 0;
  }

  /** What would go from the disk if an image went now. */
  releasedWith(id: string): Released {
    const { holders } = this.#index.parcels;
    let only: Parcel | undefined;
    let several: [Parcel, ...Parcel[]] | undefined;
    for (const parcel of this.#entryOf(id).parcels) {
      if (this.#without[parcel.index]! + 1 !== holders[parcel.index]) continue;
      if (several !== undefined) several.push(parcel);
      else if (only !== undefined) several = [only, parcel];
      else only = parcel;
    }
    return several === undefined ? (only ?? NOTHING) : together(several);
  }

  /** Takes an image out of the store and lets go of its layers. */
  delete(id: string): Released {
    const released = this.releasedWith(id);
    const children = this.children(id);
    const { place, parcels } = this.#entryOf(id);
    this.#gone[place] = 1;
    for (const { index } of parcels) this.#without[index]!++;
    for (const child of children) this.#orphans[this.#entryOf(child).place] = 1;
    if (this.#undo !== undefined) this.#undoDelete(place, children, parcels);
    return released;
  }

  /** Whether nothing that is still there needs a layer. */
  isReleased(node: ForestNode): boolean {
    const { holders, indexOf } = this.#index.parcels;
    const index = indexOf(node);
    return index !== undefined && this.#without[index] === holders[index];
  }

  /** Images still there that have a layer. */
  usersOf(node: ForestNode): readonly string[] {
    const { blob } = node.layer;
    const blobs = blob === undefined ? undefined : blobHolders(this.stock);
    const all =
      blobs === undefined || blob === undefined ? layerUsers(this.stock)(node) : blobs.holders(blob);
    const { entries } = this.#index;
    return all.filter((id) => !this.#gone[entries.get(id)?.place ?? -1]);
  }

  /** Containers right on a layer that keep it, whether or not their image is still there. */
  mounts(node: ForestNode): readonly Container[] {
    return this.#index.mounts.get(node) ?? NO_CONTAINERS;
  }

  #entryOf(id: string): Entry {
    if (id === this.#lastId) return this.#last;
    this.#lastId = id;
    this.#last = this.#index.entries.get(id) ?? UNKNOWN;
    return this.#last;
  }

  #undoNames(id: string): void {
    const before = this.#names.get(id);
    this.#undo?.push(() => {
      if (before === undefined) this.#names.delete(id);
      else this.#names.set(id, before);
    });
  }

  #undoDelete(place: number, children: readonly string[], parcels: readonly Parcel[]): void {
    this.#undo?.push(() => {
      this.#gone[place] = 0;
      for (const { index } of parcels) this.#without[index]!--;
      for (const child of children) this.#orphans[this.#entryOf(child).place] = 0;
    });
  }
}
