/** Begins a blob, or goes on where an earlier try ended. */
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobWriter, FileBlobWriter } from './blob-writer.ts';
import type { BlobId } from './blobs.ts';
import { takeLock } from './lock.ts';
import { newOwner } from './owner.ts';
import { KEPT_SUFFIX, LOCK_SUFFIX, type Paths } from './paths.ts';

/** Bytes read at a time. */
const READ_SIZE = 1024 * 1024;

/** Bytes at the end of a dead writer's file that may have holes: several writes of one file are under way at once. */
const DOUBTFUL = 16 * 1024 * 1024;

/** `done` is called once, when the writer has ended in any way. */
export async function openBlobWriter(
  paths: Paths,
  expected: BlobId | undefined,
  done: () => Promise<void>,
): Promise<BlobWriter> {
  if (expected !== undefined) {
    const path = paths.partial(expected.digest);
    const { file, hash, offset } = await resume(path, expected.size);
    return new FileBlobWriter({ paths, path, expected, file, hash, offset, done });
  }
  const path = join(paths.partials, `new-${newOwner().token}`);
  // The lock tells a collection that somebody still writes it.
  const lock = await takeLock(`${path}${LOCK_SUFFIX}`);
  try {
    const file = await open(path, 'wx');
    return new FileBlobWriter({
      paths,
      path,
      expected,
      file,
      hash: createHash('sha256'),
      offset: 0,
      done: () => lock.release(),
    });
  } catch (thrown) {
    await lock.release();
    throw thrown;
  }
}

/** What is there of an earlier try is hashed again; what cannot be right is thrown away. */
async function resume(path: string, size: number): Promise<{ file: FileHandle; hash: Hash; offset: number }> {
  const wasKept = await rename(`${path}${KEPT_SUFFIX}`, path).then(
    () => true,
    () => false,
  );
  const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  try {
    const hash = createHash('sha256');
    const { size: there } = await file.stat();
    const usable = there > size ? 0 : wasKept ? there : Math.max(0, there - DOUBTFUL);
    const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, usable));
    let offset = 0;
    while (offset < usable) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, usable - offset), offset);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      offset += bytesRead;
    }
    if (offset < there) await file.truncate(offset);
    return { file, hash, offset };
  } catch (thrown) {
    await file.close();
    throw thrown;
  }
}
