/** Gathers the small pieces of a tar into large chunks. */
import { BLOCK, END_MARK } from '../archive/tar-block.ts';
import { CHUNK, type ChunkPool } from './chunk-pool.ts';
import { type Header, headerOf } from './tar-entry.ts';

export class TarChunks {
  readonly #pool: ChunkPool;
  #full: Buffer[] = [];
  #chunk: Buffer;
  #used = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
    this.#chunk = pool.take();
  }

  /**
   * Puts in a header and `size` bytes that `fill` writes, with their padding; `fill` tells how many there were in
   * the end, which may be less. `size`: at most 512 KiB.
   */
  add(header: Header, size = 0, fill?: (into: Buffer, at: number) => number): void {
    if (this.#used + header.length + size + BLOCK > CHUNK) this.#close();
    const body = this.#used + header.length;
    const written = fill?.(this.#chunk, body) ?? 0;
    header.write(this.#chunk, this.#used, written);
    this.#used = body + written;
    this.pad(written);
  }

  /** The header of a body that goes its own way. */
  begin(header: Header): void {
    if (this.#used + header.length > CHUNK) this.#close();
    header.write(this.#chunk, this.#used);
    this.#used += header.length;
  }

  /** Zeros after a body of `size` bytes. */
  pad(size: number): void {
    const end = this.#used + ((BLOCK - (size % BLOCK)) % BLOCK);
    this.#chunk.fill(0, this.#used, end);
    this.#used = end;
  }

  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  /** The chunks that are full. */
  takeFull(): Buffer[] {
    const full = this.#full;
    if (full.length > 0) this.#full = [];
    return full;
  }

  /** Everything so far. */
  takeAll(): Buffer[] {
    if (this.#used > 0) this.#close();
    return this.takeFull();
  }

  /** Everything that is left, and the tar's end. */
  end(): Buffer[] {
    return [...this.takeAll(), END_MARK];
  }

  #close(): void {
    this.#full.push(this.#chunk.subarray(0, this.#used));
    this.#chunk = this.#pool.take();
    this.#used = 0;
  }
}

/** A plain file that is in memory. */
export function* addBytes(chunks: TarChunks, path: string, bytes: Buffer): Generator<Buffer, void, void> {
  chunks.begin(headerOf({ name: path, type: 'file', mode: 0o644, size: bytes.length, mtime: 0 }));
  yield* chunks.takeAll();
  if (bytes.length > 0) yield bytes;
  chunks.pad(bytes.length);
}
