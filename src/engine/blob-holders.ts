/**
 * Who needs which blob of a store that keeps content by digest. Layers that stand on different ones, and
 * whole platforms of an index, can be the same blob there: on disk it is once.
 */
import type { Stock } from './stock.ts';

export interface StoredBlob {
  readonly digest: string;
  readonly size: number;
}

export interface BlobHolders {
  /** Everything an image keeps on disk, each once. */
  blobsOf(id: string): readonly StoredBlob[];
  /** Ids of the images that need a blob. */
  holders(digest: string): readonly string[];
  /** Bytes of all blobs, each once. */
  readonly bytes: number;
  /** Bytes that would be needed more if no image shared a blob with another. */
  readonly saved: number;
}

const NONE: readonly never[] = [];
const computed = new WeakMap<Stock, BlobHolders>();

/** Undefined for engines that unpack images: there a layer is what it is by all below it. */
export function blobHolders(stock: Stock): BlobHolders | undefined {
  if (stock.kind !== 'embedded') return undefined;
  const known = computed.get(stock);
  if (known) return known;
  const made = count(stock);
  computed.set(stock, made);
  return made;
}

function count(stock: Stock): BlobHolders {
  const blobs = new Map<string, readonly StoredBlob[]>();
  const holders = new Map<string, string[]>();
  let bytes = 0;
  let unshared = 0;
  for (const { id } of stock.images) {
    const own = [...uniqueBlobs(stock, id)];
    blobs.set(id, own);
    for (const { digest, size } of own) {
      unshared += size;
      const others = holders.get(digest);
      if (others) others.push(id);
      else {
        holders.set(digest, [id]);
        bytes += size;
      }
    }
  }
  return {
    blobsOf: (id) => blobs.get(id) ?? NONE,
    holders: (digest) => holders.get(digest) ?? NONE,
    bytes,
    saved: unshared - bytes,
  };
}

function uniqueBlobs(stock: Stock, id: string): Iterable<StoredBlob> {
  const unique = new Map<string, StoredBlob>();
  const known = stock.layers.get(id);
  for (const { blob, size } of known?.layers ?? NONE) {
    if (blob !== undefined) unique.set(blob, { digest: blob, size });
  }
  for (const blob of known?.metadata ?? NONE) unique.set(blob.digest, blob);
  return unique.values();
}
