/** Memory for chunks, used again once whoever had them says so: fresh memory costs half of what sending does. */

/** Bytes of each. */
export const CHUNK = 1024 * 1024;
/** Chunks that rest before they are used again, in case a tunnel on the way still has some. */
const REST = 4;
/** Chunks kept. */
const MOST = 12;

export class ChunkPool {
  readonly #back: ArrayBufferLike[] = [];
  readonly #out = new WeakSet<ArrayBufferLike>();

  /** `CHUNK` bytes of anything. */
  take(): Buffer {
    const old = this.#back.length > REST ? this.#back.shift() : undefined;
    const chunk = old === undefined ? Buffer.allocUnsafeSlow(CHUNK) : Buffer.from(old);
    this.#out.add(chunk.buffer);
    return chunk;
  }

  /** Nobody reads the chunk, or a part of the same, any more. What is not from here is left alone. */
  giveBack({ buffer }: Uint8Array): void {
    if (this.#out.delete(buffer) && this.#back.length < MOST) this.#back.push(buffer);
  }
}
