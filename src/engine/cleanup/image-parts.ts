/** What images keep on disk, numbered: layers, or where content is kept by digest, blobs. */
import { blobHolders } from '../blob-holders.ts';
import { buildForest } from '../forest.ts';
import type { Step } from '../plan.ts';
import type { Stock } from '../stock.ts';

export interface ImageParts {
  /** Parts have the numbers from 0 to this. */
  readonly count: number;
  /** Visits each part of an image once; `isLayer` is false for manifests and configs, which are bytes and no layers. */
  each(id: string, visit: (part: number, size: number, isLayer: boolean) => void): void;
  /** The number of a chain ID, or of a digest. */
  find(key: string): number | undefined;
  /** Visits the parts that go with an image; `gone`: ids of all images that go. */
  eachReleased(
    step: Extract<Step, { action: 'delete' }>,
    gone: ReadonlySet<string>,
    visit: (part: number) => void,
  ): void;
}

export function imageParts(stock: Stock): ImageParts {
  const blobs = blobHolders(stock);
  if (blobs === undefined) {
    const { nodes, tops } = buildForest(stock);
    return {
      count: nodes.size,
      each(id, visit) {
        for (let node = tops.get(id); node !== undefined; node = node.parent) {
          visit(node.index, node.layer.size, true);
        }
      },
      find: (chainId) => nodes.get(chainId)?.index,
      eachReleased({ layers }, _gone, visit) {
        for (const { chainId } of layers) {
          const node = nodes.get(chainId);
          if (node !== undefined) visit(node.index);
        }
      },
    };
  }
  return {
    count: blobs.count,
    each(id, visit) {
      const layers = new Set(stock.layers.get(id)?.layers.map((layer) => layer.blob));
      for (const { index, size, digest } of blobs.blobsOf(id)) visit(index, size, layers.has(digest));
    },
    find: (digest) => blobs.find(digest)?.index,
    eachReleased({ id }, gone, visit) {
      for (const { index, holders } of blobs.blobsOf(id)) {
        if (holders.every((holder) => gone.has(holder))) visit(index);
      }
    },
  };
}
