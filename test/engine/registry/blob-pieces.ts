/** Blobs in memory, as the client takes and gives them. */
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import type { RegistryError } from '../../../src/engine/registry/failure.ts';
import type { BlobSource } from '../../../src/engine/registry/upload-session.ts';

/** Bytes to upload, in pieces of at most 64 KiB. */
export function bytesSource(bytes: Buffer): BlobSource {
  return {
    digest: digestOf(bytes),
    size: bytes.length,
    async *read(start, length) {
      for (let at = start; at < start + length; at += 65_536) {
        yield bytes.subarray(at, Math.min(at + 65_536, start + length));
      }
    },
  };
}

/** Where a download goes; each chunk is copied at once and then spoiled, as a buffer that is used again would be. */
export class BytesSink {
  readonly offset: number;
  readonly #pieces: Buffer[] = [];

  constructor(beginning: Buffer = Buffer.alloc(0)) {
    this.offset = beginning.length;
    this.#pieces.push(beginning);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#pieces.push(Buffer.from(chunk));
    await new Promise((resolve) => setImmediate(resolve));
    chunk.fill(0);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  digest(): string {
    return `sha256:${createHash('sha256').update(this.bytes()).digest('hex')}`;
  }
}

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<RegistryError> {
  return await promise.then(
    (value) => expect.fail(`nothing was thrown, but ${JSON.stringify(value)} came`),
    (thrown) => thrown,
  );
}
