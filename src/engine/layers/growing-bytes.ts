/** Bytes that are added one after the other and asked for by where they began. */

const FIRST = 64 * 1024;

export class GrowingBytes {
  length = 0;
  #bytes = Buffer.allocUnsafe(FIRST);

  /** Returns where they begin. */
  push(bytes: Uint8Array): number {
    const start = this.length;
    if (start + bytes.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, start + bytes.length));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, start);
    this.length += bytes.length;
    return start;
  }

  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }
}
