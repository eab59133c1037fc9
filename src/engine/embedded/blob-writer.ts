/** Writes one blob: beside the others until it is whole, verified and on disk, then under its digest. */
import type { Hash } from 'node:crypto';
import { fdatasync, write } from 'node:fs';
import { type FileHandle, mkdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { hexOf, shortDigest } from '../oci/digest.ts';
import type { BlobId } from './blobs.ts';
import { errnoOf, storeFault } from './fault.ts';
import { type Lock, takeLock } from './lock.ts';
import { KEPT_SUFFIX, type Paths } from './paths.ts';

export interface BlobWriter {
  /** Bytes taken so far, those of an earlier, unfinished try included: the next byte to write is this one. */
  readonly offset: number;
  /**
   * Appends; need not be awaited before the next call. The chunk may be used again once the promise is
   * fulfilled, at once where there is none. Chunks of 256 KiB and more are not copied, smaller ones are gathered.
   * Errors: `corrupt` for more bytes than expected, `no-space` and others of the disk.
   */
  write(chunk: Uint8Array): Promise<void> | void;
  /**
   * Checks size and digest, waits until all is on disk, and puts it in its place. Nothing is left behind on
   * a failure. Errors: `corrupt`, retryable where the beginning came from an earlier try; `no-space`.
   */
  commit(): Promise<BlobId>;
  /** Gives up; does nothing after the end. `keep` leaves what was written for a later try, otherwise nothing is left. */
  abort(options?: { readonly keep?: boolean }): Promise<void>;
}

/** Bytes. Smaller chunks are worth a copy to save a call. */
const LARGE = 256 * 1024;
const GATHER = 1024 * 1024;

/** Bytes after which the disk is told to begin: what waits until the end is waited for then. */
const SYNC_EVERY = 32 * 1024 * 1024;

export interface WriterParts {
  readonly paths: Paths;
  readonly path: string;
  readonly expected: BlobId | undefined;
  readonly file: FileHandle;
  readonly hash: Hash;
  readonly offset: number;
  /** Called once, when the writer has ended in any way. */
  readonly done: () => Promise<void>;
}

export class FileBlobWriter implements BlobWriter {
  readonly #parts: WriterParts;
  readonly #resumed: boolean;
  #offset: number;
  /** Bytes handed to the file; fewer than taken while some are gathered. */
  #sent: number;
  #gathered: Buffer | undefined;
  #filled = 0;
  #spare: Buffer | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #unsynced = 0;
  #syncing: Promise<void> | undefined;
  #failure: unknown;
  #ended = false;

  constructor(parts: WriterParts) {
    this.#parts = parts;
    this.#resumed = parts.offset > 0;
    this.#offset = parts.offset;
    this.#sent = parts.offset;
  }

  get offset(): number {
    return this.#offset;
  }

  write(chunk: Uint8Array): Promise<void> | void {
    const { expected, hash } = this.#parts;
    if (this.#failure !== undefined || this.#ended) return Promise.reject(this.#reason());
    if (expected !== undefined && this.#offset + chunk.byteLength > expected.size) {
      return Promise.reject(wrong(expected, `it has more than its ${expected.size} bytes`));
    }
    this.#offset += chunk.byteLength;
    // The file system works on it while it is hashed here.
    const written = chunk.byteLength >= LARGE ? this.#writeLarge(chunk) : this.#gather(chunk);
    hash.update(chunk);
    return written;
  }

  async commit(): Promise<BlobId> {
    if (this.#ended) throw this.#reason();
    const { file, hash, paths } = this.#parts;
    try {
      this.#flush();
      await this.#settle();
      if (this.#failure !== undefined) throw this.#reason();
      const blob = { digest: `sha256:${hash.digest('hex')}`, size: this.#offset };
      this.#check(blob);
      await file.datasync();
      await file.close();
      await this.#place(blob.digest);
      this.#ended = true;
      await this.#parts.done();
      return blob;
    } catch (thrown) {
      await this.abort();
      throw storeFault(thrown, `write to the store ${paths.folder}`);
    }
  }

  async abort(options: { readonly keep?: boolean } = {}): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const { expected, path, file, done } = this.#parts;
    if (options.keep && expected !== undefined) this.#flush();
    await this.#settle();
    await file.close().catch(() => {});
    // A disk that failed is not to be trusted with the rest, and a full one is better off without it.
    const keep = options.keep && expected !== undefined && this.#failure === undefined;
    if (keep) await rename(path, `${path}${KEPT_SUFFIX}`).catch(() => {});
    else await unlink(path).catch(() => {});
    await done();
  }

  #check(blob: BlobId): void {
    const { expected } = this.#parts;
    if (expected === undefined) return;
    if (blob.size !== expected.size) {
      throw wrong(expected, `it ended after ${blob.size} of its ${expected.size} bytes`);
    }
    if (blob.digest === expected.digest) return;
    throw new EngineError({
      code: 'corrupt',
      message: `the blob ${shortDigest(expected.digest)} is not what its digest says: its bytes have the digest ${blob.digest}`,
      hint: this.#resumed
        ? 'Its beginning was left from an earlier try and is thrown away now: try again.'
        : 'Something on the way changed it, or its source is damaged: try again, or get it from elsewhere.',
      retryable: this.#resumed,
    });
  }

  /** A collection must not see the place empty, and delete what has just come there. */
  async #place(digest: string): Promise<void> {
    const { paths, path, expected } = this.#parts;
    const target = join(paths.blobs, hexOf(digest));
    const lock: Lock | undefined = expected === undefined ? await takeLock(paths.lock) : undefined;
    try {
      await rename(path, target).catch(async (thrown: unknown) => {
        if (errnoOf(thrown) !== 'ENOENT') throw thrown;
        await mkdir(paths.blobs, { recursive: true });
        await rename(path, target);
      });
    } finally {
      await lock?.release();
    }
  }

  #writeLarge(chunk: Uint8Array): Promise<void> {
    this.#flush();
    return this.#send(chunk);
  }

  #gather(chunk: Uint8Array): Promise<void> | undefined {
    let from = 0;
    let full: Promise<void> | undefined;
    while (from < chunk.byteLength) {
      if (this.#gathered === undefined) {
        this.#gathered = this.#spare ?? Buffer.allocUnsafeSlow(GATHER);
        this.#spare = undefined;
      }
      const part = chunk.subarray(from, from + GATHER - this.#filled);
      this.#gathered.set(part, this.#filled);
      this.#filled += part.byteLength;
      from += part.byteLength;
      if (this.#filled === GATHER) full = this.#flush();
    }
    return full;
  }

  /** Sends what was gathered; fulfilled when as much again can be gathered. */
  #flush(): Promise<void> | undefined {
    const gathered = this.#gathered;
    if (gathered === undefined) return undefined;
    const bytes = gathered.subarray(0, this.#filled);
    this.#gathered = undefined;
    this.#filled = 0;
    const sent = this.#send(bytes);
    sent.then(
      () => {
        this.#spare = gathered;
      },
      () => {},
    );
    return sent;
  }

  #send(bytes: Uint8Array): Promise<void> {
    const { file, paths } = this.#parts;
    const position = this.#sent;
    this.#sent += bytes.byteLength;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#underWay.add(promise);
    const step = (from: number) => {
      write(file.fd, bytes, from, bytes.byteLength - from, position + from, (error, count) => {
        if (error === null && from + count < bytes.byteLength && count > 0) return step(from + count);
        this.#underWay.delete(promise);
        if (error === null) {
          this.#syncNowAndThen(bytes.byteLength);
          return resolve();
        }
        this.#failure ??= error;
        reject(storeFault(error, `write to the store ${paths.folder}`));
      });
    };
    step(0);
    // Who does not wait for it hears of a failure with the next call.
    promise.catch(() => {});
    return promise;
  }

  #syncNowAndThen(written: number): void {
    this.#unsynced += written;
    if (this.#unsynced < SYNC_EVERY || this.#syncing !== undefined || this.#ended) return;
    this.#unsynced = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#syncing = promise;
    fdatasync(this.#parts.file.fd, (error) => {
      this.#syncing = undefined;
      // The last one, at the end, would not tell of it again.
      if (error !== null) this.#failure ??= error;
      resolve();
    });
  }

  async #settle(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#syncing;
  }

  #reason(): EngineError {
    if (this.#failure !== undefined) {
      return storeFault(this.#failure, `write to the store ${this.#parts.paths.folder}`);
    }
    return new EngineError({
      code: 'engine',
      message: 'a blob was written to after its end',
      hint: 'This is not an expected failure: please report it with what you did.',
    });
  }
}

function wrong(expected: BlobId, why: string): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `the blob ${shortDigest(expected.digest)} is not what was announced: ${why}`,
    hint: 'Its source is damaged or lies about its size: get it from elsewhere.',
  });
}
