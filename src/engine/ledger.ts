/** The ledger: who needs which layer, and what each image alone costs. Layers are counted once. */
import { type BlobHolders, blobHolders } from './blob-holders.ts';
import type { Size } from './engine.ts';
import { buildForest, downFrom, type Forest, type ForestNode, imagesOn } from './forest.ts';
import { cacheHolds } from './removal-cache.ts';
import { type Doubt, engineDoubts, layerDoubts, SIZES, sizeOf, stockDoubts } from './removal-doubt.ts';
import { RemovalStore } from './removal-store.ts';
import type { Stock } from './stock.ts';

export interface Holders {
  /** Ids of images that stand on the layer. */
  readonly images: readonly string[];
  /** Names of containers made from these images. */
  readonly containers: readonly string[];
}

export interface Ledger {
  readonly stock: Stock;
  readonly forest: Forest;
  /**
   * Bytes of the layers that only this image needs: what removing it alone, with the untagged parents
   * that go with it, frees. Containers made from it are no obstacle here; the plan tells of them.
   */
  own(id: string): Size;
  /** Bytes of its layers that other images or the build cache need as well; `own` and `shared` are all of its layers. */
  shared(id: string): Size;
  /** Ids of the images that have a layer, in no order. */
  sharers(chainId: string): readonly string[];
  /** How many images have a layer, without naming them. */
  shareCount(chainId: string): number;
  holders(chainId: string): Holders;
  /** Bytes of all layers, each once. */
  total(): Size;
  /** Bytes that sharing layers saves. */
  saved(): Size;
  /** True when the layers of all images are known. */
  readonly complete: boolean;
  /** How many images still lack their layers. */
  readonly unread: number;
}

interface Split {
  readonly own: number;
  readonly shared: number;
  readonly exclusive: readonly ForestNode[];
}

export function buildLedger(stock: Stock): Ledger {
  const forest = buildForest(stock);
  const store = new RemovalStore(stock);
  const blobs = blobHolders(stock);
  const splits = new Map<string, Split>();
  const split = (id: string): Split => {
    const known = splits.get(id);
    if (known) return known;
    const made = blobs === undefined ? divide(id, store) : divideBlobs(id, store, blobs);
    splits.set(id, made);
    return made;
  };
  const imagesOf = (chainId: string): readonly string[] => {
    const node = forest.nodes.get(chainId);
    if (node === undefined) return [];
    return blobs && node.layer.blob ? blobs.holders(node.layer.blob) : imagesOn(node);
  };
  const size = (id: string, part: 'own' | 'shared'): Size => {
    if (forest.unread.has(id)) return sizeOf(0, [unknownLayers(stock, id)]);
    const { exclusive, [part]: bytes } = split(id);
    // An image without layers of its own is certain to free nothing.
    if (part === 'own' && bytes === 0 && exclusive.length === 0) return sizeOf(0, []);
    return sizeOf(bytes, [...stockDoubts(stock), ...layerDoubts(stock, [exclusive])]);
  };
  const total = (bytes: number): Size => {
    const doubts: Doubt[] = [...engineDoubts(stock), ...(forest.exact ? [] : [SIZES])];
    if (forest.unread.size > 0) {
      doubts.push({ bound: 'at-least', reason: `the layers of ${forest.unread.size} images are not known` });
    }
    return sizeOf(bytes, doubts);
  };
  return {
    stock,
    forest,
    own: (id) => size(id, 'own'),
    shared: (id) => size(id, 'shared'),
    sharers: (chainId) => imagesOf(chainId),
    shareCount: (chainId) => {
      const node = forest.nodes.get(chainId);
      return blobs === undefined ? (node?.imageCount ?? 0) : imagesOf(chainId).length;
    },
    holders: (chainId) => {
      const images = imagesOf(chainId);
      return {
        images,
        containers: images.flatMap((id) => store.containers(id).map((container) => container.name)),
      };
    },
    total: () => total((blobs ?? forest).bytes),
    saved: () => total((blobs ?? forest).saved),
    complete: forest.unread.size === 0,
    unread: forest.unread.size,
  };
}

function unknownLayers(stock: Stock, id: string): Doubt {
  const reason = stock.layers.get(id)?.reason ?? 'its layers are still being read';
  return { bound: 'at-least', reason };
}

/** An image's layers: those that only it and the parents that go with it hold, and the others. */
function divide(id: string, store: RemovalStore): Split {
  const going = prunableParents(id, store);
  const { certain } = cacheHolds(store.stock);
  const exclusive: ForestNode[] = [];
  let own = 0;
  let shared = 0;
  for (let node = store.forest.tops.get(id); node; node = node.parent) {
    // The image itself, and of the parents that go with it those that have this layer.
    const count =
      going.length === 0 ? 1 : 1 + going.filter((parent) => hasLayer(store.forest, parent, node!)).length;
    if (count === node.imageCount && !certain.has(node)) {
      exclusive.push(node);
      own += node.layer.size;
    } else shared += node.layer.size;
  }
  return { own, shared, exclusive };
}

/** The same where content is kept by digest: whatever it stands on, a blob that another image has is shared. */
function divideBlobs(id: string, store: RemovalStore, blobs: BlobHolders): Split {
  let own = 0;
  let shared = 0;
  for (const { digest, size } of blobs.blobsOf(id)) {
    if (blobs.holders(digest).length === 1) own += size;
    else shared += size;
  }
  const exclusive = [...downFrom(store.forest.tops.get(id))].filter(
    ({ layer }) => layer.blob !== undefined && blobs.holders(layer.blob).length === 1,
  );
  return { own, shared, exclusive };
}

/** Untagged parents that nothing else needs, nearest first. */
function prunableParents(id: string, store: RemovalStore): readonly string[] {
  const going: string[] = [];
  let child = id;
  for (let parent = store.parent(child); parent !== undefined; parent = store.parent(child)) {
    const isNeeded =
      store.names(parent).length > 0 ||
      store.containers(parent).length > 0 ||
      store.children(parent).length > 1;
    if (isNeeded || going.includes(parent)) break;
    going.push(parent);
    child = parent;
  }
  return going;
}

function hasLayer(forest: Forest, image: string, layer: ForestNode): boolean {
  for (let node = forest.tops.get(image); node; node = node.parent) if (node === layer) return true;
  return false;
}
