/**
 * Who needs which blob of a store that keeps content by digest. Layers that stand on different ones, and
 * whole platforms of an index, can be the same blob there: on disk it is once.
 */
import type { Stock } from './stock.ts';

export interface StoredBlob {
  readonly digest: string;
  readonly size: number;
  /** Its place among the blobs, from 0. */
  readonly index: number;
  /** Ids of the images that need it. */
  readonly holders: readonly string[];
}

export interface BlobHolders {
  /** Everything an image keeps on disk, each once. */
  blobsOf(id: string): readonly StoredBlob[];
  find(digest: string): StoredBlob | undefined;
  /** Ids of the images that need a blob. */
  holders(digest: string): readonly string[];
  /** How many blobs there are. */
  readonly count: number;
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
  const known = new Map<string, StoredBlob & { readonly holders: string[] }>();
  let bytes = 0;
  let unshared = 0;
  for (const { id } of stock.images) {
    const own: StoredBlob[] = [];
    for (const { digest, size } of uniqueBlobs(stock, id)) {
      let blob = known.get(digest);
      if (blob === undefined) {
        blob = { digest, size, index: known.size, holders: [] };
        known.set(digest, blob);
        bytes += size;
      }
      blob.holders.push(id);
      own.push(blob);
      unshared += size;
    }
    blobs.set(id, own);
  }
  return {
    blobsOf: (id) => blobs.get(id) ?? NONE,
    find: (digest) => known.get(digest),
    holders: (digest) => known.get(digest)?.holders ?? NONE,
    count: known.size,
    bytes,
    saved: unshared - bytes,
  };
}

type SizedBlob = Pick<StoredBlob, 'digest' | 'size'>;

function uniqueBlobs(stock: Stock, id: string): Iterable<SizedBlob> {
  const unique = new Map<string, SizedBlob>();
  const known = stock.layers.get(id);
  for (const { blob, size } of known?.layers ?? NONE) {
    if (blob !== undefined) unique.set(blob, { digest: blob, size });
  }
  for (const blob of known?.metadata ?? NONE) unique.set(blob.digest, blob);
  return unique.values();
}
