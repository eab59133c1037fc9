/**
 * Cuts zstd where one frame ends and the next begins, and leaves out the frames that hold no data. Programs that
 * pack on several processors write many frames, and Node's unpacker throws away what follows a frame's end within
 * the same piece. Source: RFC 8878 section 3.1.
 */
import { Transform, type TransformCallback } from 'node:stream';

/** What comes next: some bytes that say something, or a run of bytes that are passed on or passed over. */
type Part = 'magic' | 'skip size' | 'skip' | 'descriptor' | 'header' | 'block' | 'content' | 'rest';

const MAGIC = 0xfd2fb528;
const CHECKSUM = 4;
/** Bytes, by two bits of the descriptor. */
const DICTIONARY_ID = [0, 1, 2, 4] as const;
const CONTENT_SIZE = [0, 2, 4, 8] as const;
const RLE = 1;

/** Whether bytes begin a frame without data, which may stand before the first one with some. */
export function isSkippable(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  return (a! & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18;
}

export class ZstdFrames extends Transform {
  #part: Part = 'magic';
  /** Bytes until the next part. */
  #left = 4;
  /** Those of the part that have come, where they say something. */
  #said = Buffer.alloc(0);
  #hasChecksum = false;
  #isLast = false;
  #isOver = false;

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      const end = Math.min(chunk.length, at + this.#left);
      const isRun = this.#part === 'skip' || this.#part === 'content' || this.#part === 'rest';
      if (!isRun) this.#said = Buffer.concat([this.#said, chunk.subarray(at, end)]);
      this.#left -= end - at;
      at = end;
      // A frame's mark is passed on once it is known to be one.
      if (this.#part === 'magic' || this.#part.startsWith('skip')) from = at;
      if (this.#left > 0) break;
      this.#next();
      if (!this.#isOver) continue;
      this.#isOver = false;
      this.push(chunk.subarray(from, at));
      from = at;
    }
    if (from < chunk.length) this.push(chunk.subarray(from));
    done();
  }

  override _flush(done: TransformCallback): void {
    // Half a mark is for the unpacker to complain of.
    if (this.#part === 'magic' && this.#said.length > 0) this.push(this.#said);
    done();
  }

  #next(): void {
    // An empty run is over before a byte of it comes.
    do [this.#part, this.#left] = this.#following();
    while (this.#left === 0);
  }

  /** The part that follows this one, and how many bytes it has. */
  #following(): [Part, number] {
    const said = this.#said;
    this.#said = Buffer.alloc(0);
    switch (this.#part) {
      case 'magic':
        if (isSkippable(said)) return ['skip size', 4];
        this.push(said);
        if (said.readUInt32LE(0) !== MAGIC) return ['rest', Number.POSITIVE_INFINITY];
        return ['descriptor', 1];
      case 'skip size':
        return ['skip', said.readUInt32LE(0)];
      case 'descriptor': {
        const byte = said[0]!;
        const isSingle = (byte & 0x20) !== 0;
        this.#hasChecksum = (byte & 0x04) !== 0;
        const size = CONTENT_SIZE[byte >> 6]! || (isSingle ? 1 : 0);
        return ['header', (isSingle ? 0 : 1) + DICTIONARY_ID[byte & 3]! + size];
      }
      case 'block': {
        const word = said.readUIntLE(0, 3);
        this.#isLast = (word & 1) === 1;
        const size = ((word >> 1) & 3) === RLE ? 1 : word >> 3;
        return ['content', size + (this.#isLast && this.#hasChecksum ? CHECKSUM : 0)];
      }
      case 'header':
        return ['block', 3];
      case 'content':
        this.#isOver = this.#isLast;
        return this.#isLast ? ['magic', 4] : ['block', 3];
      default:
        return ['magic', 4];
    }
  }
}
