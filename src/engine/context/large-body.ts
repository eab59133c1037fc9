/** The bytes of a large file, read ahead of whoever takes them. */
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { CHUNK, type ChunkPool } from './chunk-pool.ts';
import { resized, unreadable } from './context-fault.ts';

const readAt = promisify(read);

/** Reads that are under way. */
const AHEAD = 4;

/**
 * Exactly `size` bytes of an open file; `path` for messages. The file may be closed once the generator has ended.
 * Errors: `bad-input` when the file has got another size, `corrupt`, `permission`.
 */
export async function* readBody(
  file: number,
  size: number,
  path: string,
  pool: ChunkPool,
): AsyncGenerator<Buffer, void, void> {
  const pieces: Promise<Buffer>[] = [];
  let next = 0;
  try {
    while (next < size || pieces.length > 0) {
      while (pieces.length < AHEAD && next < size) {
        const piece = readPiece(file, next, pool.take().subarray(0, Math.min(CHUNK, size - next)));
        // A failure is told in its turn.
        piece.catch(() => {});
        pieces.push(piece);
        next += CHUNK;
      }
      const piece = pieces.shift()!;
      const bytes = await settled(piece, path);
      yield bytes;
    }
    const beyond = await settled(readPiece(file, size, Buffer.alloc(1), true), path);
    if (beyond.length > 0) throw resized(path, 'grew');
  } finally {
    // What is still being read needs the file open.
    await Promise.allSettled(pieces);
  }
}

async function settled(piece: Promise<Buffer>, path: string): Promise<Buffer> {
  try {
    return await piece;
  } catch (thrown) {
    if (thrown instanceof RangeError) throw resized(path, 'shrank');
    throw unreadable(thrown, path);
  }
}

/** Rejects with a RangeError where there are not as many bytes. */
async function readPiece(file: number, at: number, bytes: Buffer, mayEnd = false): Promise<Buffer> {
  const { length } = bytes;
  let have = 0;
  while (have < length) {
    const { bytesRead } = await readAt(file, bytes, have, length - have, at + have);
    if (bytesRead === 0) {
      if (mayEnd) break;
      throw new RangeError('the file ends here');
    }
    have += bytesRead;
  }
  return have === length ? bytes : bytes.subarray(0, have);
}
