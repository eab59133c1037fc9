/** Brings an image from one store into another: by links on the same disk, else by copies. */
import { link } from 'node:fs/promises';
import { pour } from '../archive/member-body.ts';
import type { BlobId } from '../embedded/blobs.ts';
import { errnoOf, storeFault, throwIfAborted } from '../embedded/fault.ts';
import type { Hold, Store } from '../embedded/store.ts';

export interface LinkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

/** Where no link can be made though both are there: another disk, a file system or a kernel that allows none. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES']);

/**
 * Blobs never change once they have their name, so two stores can share a file. `hold` is one of `to`.
 * Errors: `not-found`, `corrupt` for a copy that is not what its digest says, `no-space`, `cancelled`.
 */
export async function linkBlobs(
  from: Store,
  to: Store,
  blobs: readonly BlobId[],
  hold: Hold,
  options: LinkOptions = {},
): Promise<void> {
  const { signal, onBytes } = options;
  await hold.add(...blobs.map(({ digest }) => digest));
  for (const blob of blobs) {
    throwIfAborted(signal);
    if ((await to.blobs.size(blob.digest)) !== blob.size && !(await linked(from, to, blob))) {
      await copy(from, to, blob, options);
    } else onBytes?.(blob.size);
  }
}

async function linked(from: Store, to: Store, { digest, size }: BlobId): Promise<boolean> {
  // What is cut short must not be passed on: copying tells what is wrong with it.
  if ((await from.blobs.size(digest)) !== size) return false;
  try {
    await link(from.blobs.path(digest), to.blobs.path(digest));
    return true;
  } catch (thrown) {
    const code = errnoOf(thrown);
    // Whoever came first has put the same there, unless it is not whole: then the copy replaces it.
    if (NO_LINK.has(code) || code === 'EEXIST' || code === 'ENOENT') return false;
    throw storeFault(thrown, `write to the store ${to.folder}`);
  }
}

async function copy(from: Store, to: Store, blob: BlobId, { signal, onBytes }: LinkOptions): Promise<void> {
  const writer = await to.blobs.create(blob, signal && { signal });
  if (writer === undefined) return onBytes?.(blob.size);
  try {
    let told = 0;
    for await (const done of pour(from.blobs.open(blob.digest) as AsyncIterable<Buffer>, writer)) {
      throwIfAborted(signal);
      onBytes?.(done - told);
      told = done;
    }
    await writer.commit();
    onBytes?.(blob.size - told);
  } finally {
    await writer.abort();
  }
}
