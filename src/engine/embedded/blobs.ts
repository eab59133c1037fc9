/** Content by digest, as the files `blobs/sha256/<hex>` of an OCI image layout. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { digestOf, hexOf, isDigest, shortDigest } from '../oci/digest.ts';
import { MANIFEST_LIMIT } from '../oci/manifest.ts';
import type { BlobWriter } from './blob-writer.ts';
import { errnoOf, storeFault, throwIfAborted } from './fault.ts';
import { type Lock, takeLock } from './lock.ts';
import { openBlobWriter } from './partial-blob.ts';
import type { Paths } from './paths.ts';

export type { BlobWriter };

export interface BlobId {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface Blobs {
  /** Bytes of a blob that is there, whole; undefined where it is not. */
  size(digest: string): Promise<number | undefined>;
  /** Where it is or would be. Errors: `bad-input` for what is no digest: it must never become a path. */
  path(digest: string): string;
  /**
   * A small blob (manifest, config), verified. `limit` is in bytes, default 4 MiB.
   * Errors: `not-found`, `corrupt`.
   */
  read(digest: string, limit?: number): Promise<Buffer>;
  /** Its bytes; ends with `corrupt` instead of an end where they are not what the digest says, `not-found`. */
  open(digest: string): Readable;
  /**
   * A place to write a blob to; undefined where it is there already, or came while waiting: only one writer a
   * digest exists at a time, in all processes. Without `expected` the digest is computed. What must outlive a
   * collection is to be held first (Store.hold), whether it is there or not.
   * Errors: `bad-input` for what is no digest, `no-space`, `read-only`, `permission`, `cancelled`.
   */
  create(expected?: BlobId, options?: { readonly signal?: AbortSignal }): Promise<BlobWriter | undefined>;
  /** A small blob from memory; does nothing where it is there. */
  put(bytes: Uint8Array): Promise<BlobId>;
}

export class FileBlobs implements Blobs {
  readonly #paths: Paths;
  /** Writers and waiters of this process by digest: only one of a process at a time asks the others. */
  readonly #busy = new Map<string, Promise<unknown>>();

  readonly #prepare: () => Promise<void>;

  /** `prepare` is called before anything is written: it makes the folders. */
  constructor(paths: Paths, prepare: () => Promise<void>) {
    this.#paths = paths;
    this.#prepare = prepare;
  }

  path(digest: string): string {
    if (!isDigest(digest)) {
      throw new EngineError({
        code: 'bad-input',
        message: `${JSON.stringify(digest)} is no digest`,
        hint: 'A digest is sha256: and 64 lower-case hex digits.',
      });
    }
    return join(this.#paths.blobs, hexOf(digest));
  }

  async size(digest: string): Promise<number | undefined> {
    try {
      const found = await stat(this.path(digest));
      return found.isFile() ? found.size : undefined;
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return undefined;
      throw storeFault(thrown, `read the store ${this.#paths.folder}`);
    }
  }

  async read(digest: string, limit = MANIFEST_LIMIT): Promise<Buffer> {
    const path = this.path(digest);
    try {
      const { size } = await stat(path);
      if (size > limit) throw damaged(digest, `it is ${size} bytes long, more than the ${limit} it may have`);
      const bytes = await readFile(path);
      if (digestOf(bytes) !== digest) throw damaged(digest, 'its bytes are not those its digest says');
      return bytes;
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') throw missing(digest);
      throw storeFault(thrown, `read the store ${this.#paths.folder}`);
    }
  }

  open(digest: string): Readable {
    const path = this.path(digest);
    const { folder } = this.#paths;
    return Readable.from(verified(path, digest, folder), { objectMode: false, highWaterMark: READ_SIZE });
  }

  async create(
    expected?: BlobId,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<BlobWriter | undefined> {
    throwIfAborted(options.signal);
    try {
      if (expected !== undefined) this.path(expected.digest);
      await this.#prepare();
      if (expected === undefined) return await openBlobWriter(this.#paths, undefined, async () => {});
      return await this.#createExpected(expected, options.signal);
    } catch (thrown) {
      throw storeFault(thrown, `write to the store ${this.#paths.folder}`);
    }
  }

  async put(bytes: Uint8Array): Promise<BlobId> {
    const blob = { digest: digestOf(bytes), size: bytes.byteLength };
    const writer = await this.create(blob);
    if (writer === undefined) return blob;
    try {
      await writer.write(bytes);
      return await writer.commit();
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
  }

  async #createExpected(expected: BlobId, signal: AbortSignal | undefined): Promise<BlobWriter | undefined> {
    const { digest, size } = expected;
    if ((await this.size(digest)) === size) return undefined;
    for (let other = this.#busy.get(digest); other !== undefined; other = this.#busy.get(digest)) {
      await unlessAborted(other, signal);
    }
    throwIfAborted(signal);
    const { promise, resolve: finished } = Promise.withResolvers<void>();
    this.#busy.set(digest, promise);
    let lock: Lock | undefined;
    const done = async () => {
      await lock?.release();
      this.#busy.delete(digest);
      finished();
    };
    try {
      lock = await takeLock(this.#paths.partialLock(digest), signal);
      if ((await this.size(digest)) === size) {
        await done();
        return undefined;
      }
      return await openBlobWriter(this.#paths, expected, done);
    } catch (thrown) {
      await done();
      throw thrown;
    }
  }
}

/** Bytes read at a time. */
const READ_SIZE = 1024 * 1024;

async function* verified(path: string, digest: string, folder: string): AsyncGenerator<Buffer, void, void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_SIZE })) {
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') throw missing(digest);
    throw storeFault(thrown, `read the store ${folder}`);
  }
  if (`sha256:${hash.digest('hex')}` !== digest) {
    throw damaged(digest, 'its bytes are not those its digest says');
  }
}

async function unlessAborted(wait: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await wait);
  throwIfAborted(signal);
  const stop = Promise.withResolvers<void>();
  const abort = () => stop.resolve();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([wait, stop.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
  throwIfAborted(signal);
}

export function missing(digest: string): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `the store does not have the blob ${shortDigest(digest)}`,
    hint: 'Pull or load the image again. See what else is wrong with: nacre store check',
  });
}

export function damaged(digest: string, why: string): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `the blob ${shortDigest(digest)} is damaged: ${why}`,
    hint: 'Remove the image and pull it again. See what else is wrong with: nacre store check',
  });
}
