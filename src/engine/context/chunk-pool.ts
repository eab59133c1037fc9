/** Memory for chunks, used again once whoever had them says so: fresh memory costs half of what sending does. */

/** Bytes of each. */
export const CHUNK = 1024 * 1024;
/** Chunks kept for later. */
const SPARE = 8;

export class ChunkPool {
  readonly #spare: ArrayBuffer[] = [];
  readonly #out = new WeakSet<ArrayBufferLike>();

  /** `CHUNK` bytes of anything. */
  take(): Buffer {
    const memory = this.#spare.pop() ?? new ArrayBuffer(CHUNK);
    this.#out.add(memory);
    return Buffer.from(memory);
  }

  /** Nobody reads the chunk, or a part of the same, any more. What is not from here is left alone. */
  giveBack({ buffer: memory }: Uint8Array): void {
    if (!this.#out.delete(memory) || this.#spare.length >= SPARE) return;
    this.#spare.push(memory as ArrayBuffer);
  }
}
