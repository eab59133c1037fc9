/** Bytes that are added one after the other. */

const FIRST = 64 * 1024;
/** Shorter ones are copied byte by byte: asking for more takes longer. */
const SHORT = 48;

export class GrowingBytes {
  length = 0;
  #bytes: Buffer<ArrayBuffer>;

  constructor(room = FIRST) {
    this.#bytes = Buffer.from(new ArrayBuffer(room));
  }

  /** All of them, and some room behind; another one once more are added. */
  get all(): Buffer {
    return this.#bytes;
  }

  /** Returns where they begin. */
  push(bytes: Uint8Array, from = 0, to = bytes.length): number {
    const start = this.length;
    const length = to - from;
    if (start + length > this.#bytes.length) this.#grow(start + length);
    const own = this.#bytes;
    if (length > SHORT) own.set(bytes.subarray(from, to), start);
    else for (let at = 0; at < length; at++) own[start + at] = bytes[from + at]!;
    this.length = start + length;
    return start;
  }

  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }

  /** Gives back all. */
  clear(): void {
    this.#resize(0);
    this.length = 0;
  }

  #grow(least: number): void {
    this.#resize(Math.max(Math.ceil(this.#bytes.length * 1.5), least));
  }

  #resize(room: number): void {
    this.#bytes = Buffer.from(this.#bytes.buffer.transfer(room));
  }
}
