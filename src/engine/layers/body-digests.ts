/** SHA-256 of bodies that lie in a tar in a file: in steps, by whichever thread has time for it. */
import { createHash, type Hash, hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { damaged } from '../archive/fault.ts';
import { SparseDigest } from './sparse-digest.ts';
import type { SparseMap } from './sparse-map.ts';

/** Bodies that are hashed one after the other, in the order in which they lie in the file. */
export interface BodyBatch {
  /** Of each where it begins in the file, and its bytes there. */
  readonly places: Float64Array<ArrayBuffer>;
  /** Those of sparse files, by their number in the batch. */
  readonly sparse: ReadonlyMap<number, { readonly size: number; readonly sparse: SparseMap }>;
}

/** Bytes that are read, and hashed in one step. */
export const WINDOW = 256 * 1024;
const DIGEST = 32;

export class BodyDigests {
  /** 32 bytes each; whole once there is nothing left. */
  readonly digests: Buffer<ArrayBuffer>;
  readonly #fd: number;
  readonly #batch: BodyBatch;
  readonly #window: Buffer;
  readonly #end: number;
  /** What of the file is in the window. */
  #from = 0;
  #to = 0;
  #next = 0;
  /** Of a body that takes more than one step, and how many of its bytes are in it. */
  #hash: Hash | SparseDigest | undefined;
  #done = 0;

  /** `window`: WINDOW bytes, which nobody else uses until the batch is done. */
  constructor(fd: number, batch: BodyBatch, window: Buffer) {
    this.#fd = fd;
    this.#batch = batch;
    this.#window = window;
    const { places } = batch;
    this.#end = places.length === 0 ? 0 : places.at(-2)! + places.at(-1)!;
    this.digests = Buffer.from(new ArrayBuffer((places.length / 2) * DIGEST));
  }

  /** Whether there is more to do. Errors: `corrupt` where the file ends before, those of the file. */
  step(): boolean {
    const { places, sparse } = this.#batch;
    let isRead = false;
    for (; this.#next * 2 < places.length; this.#next++) {
      const start = places[this.#next * 2]!;
      const length = places[this.#next * 2 + 1]!;
      const holes = sparse.get(this.#next);
      if (holes !== undefined || length > WINDOW) {
        this.#hash ??=
          holes === undefined
            ? createHash('sha256')
            : new SparseDigest(createHash('sha256'), { ...holes, stored: length });
        if (!this.#goOn(this.#hash, start, length)) return true;
        this.#put(this.#hash.digest().toString('binary'));
        this.#hash = undefined;
        this.#done = 0;
        continue;
      }
      if (length > 0 && (start < this.#from || start + length > this.#to)) {
        if (isRead) return true;
        this.#read(start, length);
        isRead = true;
      }
      const at = start - this.#from;
      // The digest as a text: a buffer for each takes longer than the digest of a small file.
      this.#put(hash('sha256', length === 0 ? '' : this.#window.subarray(at, at + length), 'binary'));
    }
    return false;
  }

  #put(digest: string): void {
    this.digests.write(digest, this.#next * DIGEST, 'binary');
  }

  /** One part of a long body; whether it was the last. */
  #goOn(hash: Hash | SparseDigest, start: number, length: number): boolean {
    if (this.#done < length) {
      const part = Math.min(WINDOW, length - this.#done);
      this.#read(start + this.#done, part);
      hash.update(this.#window.subarray(0, part));
      this.#done += part;
    }
    return this.#done === length;
  }

  /** What is at `start`, `least` bytes and as much of the batch as there is room for. */
  #read(start: number, least: number): void {
    const most = Math.max(least, Math.min(WINDOW, this.#end - start));
    let length = 0;
    while (length < least) {
      const bytes = readSync(this.#fd, this.#window, length, most - length, start + length);
      if (bytes === 0) throw damaged('it ends in the middle');
      length += bytes;
    }
    this.#from = start;
    this.#to = start + length;
  }
}
