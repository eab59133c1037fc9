/** The digest of a sparse file as it is unpacked, its holes filled with zeros. */
import type { Hash } from 'node:crypto';
import { SparseBody, type SparseMap } from './sparse-map.ts';

const ZEROS = Buffer.alloc(64 * 1024);
/** Bytes of holes that are gone through. A tar of a few bytes can claim holes without end: the digest is then that of what is stored. */
const MOST = 1024 ** 3;

/** Feeds `hash`; the body comes as it stands in the tar. */
export class SparseDigest {
  readonly #hash: Hash;
  readonly #size: number;
  readonly #body: SparseBody | undefined;
  #position = 0;

  constructor(hash: Hash, { size, stored, sparse }: { size: number; stored: number; sparse: SparseMap }) {
    this.#hash = hash;
    this.#size = size;
    this.#body =
      size - stored > MOST
        ? undefined
        : new SparseBody(sparse, size, (bytes, position) => {
            this.#fill(position);
            hash.update(bytes);
            this.#position += bytes.length;
          });
    if (this.#body === undefined) hash.update(`${size} ${String(sparse)}`);
  }

  /** Errors: `corrupt` where bytes and map do not fit. */
  update(bytes: Buffer): void {
    if (this.#body === undefined) this.#hash.update(bytes);
    else this.#body.write(bytes);
  }

  digest(): Buffer {
    this.#body?.end();
    if (this.#body !== undefined) this.#fill(this.#size);
    return this.#hash.digest();
  }

  #fill(until: number): void {
    while (this.#position < until) {
      const length = Math.min(ZEROS.length, until - this.#position);
      this.#hash.update(ZEROS.subarray(0, length));
      this.#position += length;
    }
  }
}
