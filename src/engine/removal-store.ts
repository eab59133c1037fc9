/**
 * A model of an engine's store that removals can be tried on: names, parents, containers and what
 * holds each layer. It starts as the stock says and is cheap to make, whatever the stock's size:
 * only what a removal changes is copied.
 */
import { type BlobHolders, blobHolders } from './blob-holders.ts';
import type { Container } from './container.ts';
import { buildForest, type Forest, type ForestNode } from './forest.ts';
import type { Image } from './image.ts';
import { type LayerHolds, layerHolds } from './removal-holds.ts';
import { type Entry, indexOf, type StockIndex, UNKNOWN } from './removal-index.ts';
import type { Stock } from './stock.ts';

/** What became of an image. */
interface State {
  readonly entry: Entry;
  names: readonly string[];
  gone: boolean;
  /** Its parent is gone. */
  orphan: boolean;
}

const NO_IDS: readonly string[] = [];
const NO_CONTAINERS: readonly Container[] = [];
const NOTHING = new Int32Array(0);

/** What goes from the disk with an image. */
export interface Released {
  /** The topmost first. */
  readonly layers: readonly ForestNode[];
  readonly bytes: number;
  /** Bytes of all else: manifests, configs, further platforms. */
  readonly besides: number;
}

export class RemovalStore {
  readonly stock: Stock;
  readonly forest: Forest;
  readonly #blobs: BlobHolders | undefined;
  readonly #index: StockIndex;
  readonly #states = new Map<string, State>();
  /** The one asked for last: a removal asks for the same image again and again. */
  #lastId = '';
  #last: State | undefined;
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
    this.#index = indexOf(stock);
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
    const state = this.#stateOf(id);
    return state.gone ? undefined : state.entry.image;
  }

  /** The image as the stock has it, whether or not it is still there. */
  original(id: string): Image | undefined {
    return this.#stateOf(id).entry.image;
  }

  /** Names an image still has and that can be removed: tags and digest references. */
  names(id: string): readonly string[] {
    return this.#stateOf(id).names;
  }

  setNames(id: string, names: readonly string[]): void {
    const state = this.#stateOf(id);
    const before = state.names;
    this.#undo?.push(() => {
      state.names = before;
    });
    state.names = names;
  }

  /** Images that still name this one as their parent. */
  children(id: string): readonly string[] {
    const all = this.#stateOf(id).entry.children;
    if (all.length === 0) return all;
    return all.filter((child) => {
      const { gone, orphan } = this.#stateOf(child);
      return !gone && !orphan;
    });
  }

  /** The parent, where it is still there. */
  parent(id: string): string | undefined {
    const { entry, orphan } = this.#stateOf(id);
    const parentId = entry.image?.parentId;
    if (!parentId || orphan) return undefined;
    return this.image(parentId) && parentId;
  }

  containers(id: string): readonly Container[] {
    return this.#stateOf(id).entry.containers;
  }

  /** Takes an image out of the store and lets go of its layers. */
  delete(id: string): Released {
    const orphaned = this.children(id).map((child) => this.#stateOf(child));
    for (const child of orphaned) child.orphan = true;
    const state = this.#stateOf(id);
    state.gone = true;
    this.setNames(id, NO_IDS);
    this.#undo?.push(() => {
      for (const child of orphaned) child.orphan = false;
      state.gone = false;
    });
    return this.#blobs === undefined
      ? this.#releaseLayers(state.entry)
      : this.#releaseBlobs(state.entry, this.#blobs);
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
    return all.filter((id) => !this.#isGone(id));
  }

  #stateOf(id: string): State {
    if (id === this.#lastId && this.#last) return this.#last;
    let state = this.#states.get(id);
    if (state === undefined) {
      const entry = this.#index.entries.get(id) ?? UNKNOWN;
      state = { entry, names: entry.names, gone: false, orphan: false };
      this.#states.set(id, state);
    }
    this.#lastId = id;
    this.#last = state;
    return state;
  }

  /** Without a state for each image that is only looked at. */
  #isGone(id: string): boolean {
    return this.#states.get(id)?.gone ?? false;
  }

  #releaseLayers({ top }: Entry): Released {
    if (this.#holds === undefined) {
      this.#holds = layerHolds(this.stock);
      this.#dropped = new Int32Array(this.#holds.counts.length);
    }
    const { counts } = this.#holds;
    const dropped = this.#dropped;
    const layers: ForestNode[] = [];
    let bytes = 0;
    let last = top;
    for (; last; last = last.parent) {
      if (++dropped[last.index]! < counts[last.index]!) break;
      layers.push(last);
      bytes += last.layer.size;
    }
    this.#undo?.push(() => {
      for (const node of layers) dropped[node.index]!--;
      if (last) dropped[last.index]!--;
    });
    return { layers, bytes, besides: 0 };
  }

  /** A blob goes with the last image that needs it, whatever it stands on there. */
  #releaseBlobs(entry: Entry, blobs: BlobHolders): Released {
    if (this.#without.length === 0) this.#without = new Int32Array(blobs.count);
    const without = this.#without;
    const layers: ForestNode[] = [];
    let bytes = 0;
    let besides = 0;
    for (const { blob, layer } of entry.blobs) {
      if (++without[blob.index]! < blob.holders.length) continue;
      if (layer) {
        layers.push(layer);
        bytes += layer.layer.size;
      } else besides += blob.size;
    }
    this.#undo?.push(() => {
      for (const { blob } of entry.blobs) without[blob.index]!--;
    });
    return { layers, bytes, besides };
  }

  #lost(blob: number): number {
    return this.#without[blob] ?? 0;
  }

  /** Containers right on a layer that keep it, whether or not their image is still there. */
  mounts(node: ForestNode): readonly Container[] {
    return this.#index.mounts.get(node) ?? NO_CONTAINERS;
  }
}
