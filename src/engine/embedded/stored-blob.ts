/** A blob of the store as something to send, from any byte on. */
import { open } from 'node:fs/promises';
import type { BlobSource } from '../registry/upload-session.ts';
import { type BlobId, damaged } from './blobs.ts';
import { storeFault } from './fault.ts';
import type { Store } from './store.ts';

/** Bytes read at a time, always into the same place. */
const PIECE = 1024 * 1024;

/** The receiver checks the digest. Errors while it is read: those of the disk, see fault.ts. */
export function storedBlob(store: Store, { digest, size }: BlobId): BlobSource {
  return {
    digest,
    size,
    async *read(start, length) {
      const file = await open(store.blobs.path(digest)).catch((thrown: unknown) => {
        throw storeFault(thrown, `read the store ${store.folder}`);
      });
      try {
        const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, Math.max(1, length)));
        const end = start + length;
        for (let position = start; position < end; ) {
          const wanted = Math.min(buffer.length, end - position);
          const { bytesRead } = await file.read(buffer, 0, wanted, position).catch((thrown: unknown) => {
            throw storeFault(thrown, `read the store ${store.folder}`);
          });
          if (bytesRead === 0) throw damaged(digest, `it ends after ${position} of its ${size} bytes`);
          position += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
  };
}
