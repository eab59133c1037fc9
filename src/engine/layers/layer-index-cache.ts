/**
 * Indexes of layers on disk, `$XDG_CACHE_HOME/nacre/indexes/DIFF-ID`: all images share them, and so do all processes. A
 * file is written beside its place and renamed, so it is whole or not there; one that is damaged is made anew.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerIndex } from './layer-index.ts';
import { decodeIndex, headHasDigests, INDEX_HEAD, indexParts } from './layer-index-file.ts';

export interface LayerIndexCache {
  /** Undefined where it is not known, is damaged, or has no digests of contents though `digests` asks for them. */
  find(diffId: string, options?: { readonly digests?: boolean }): Promise<LayerIndex | undefined>;
  /** Whether it is there, with digests where `digests` asks for them; of its bytes no more than the head is read. */
  has(diffId: string, options?: { readonly digests?: boolean }): Promise<boolean>;
  /** One with digests of contents stays. A cache that cannot be written to only knows less the next time. */
  keep(diffId: string, index: LayerIndex): Promise<void>;
}

/** Bytes that all indexes may take; those that were not used for longest go first. */
const ROOM = 2 * 2 ** 30;
/** One of so many writings looks whether there is too much. */
const TIDYING = 16;
const DIFF_ID = /^sha256:[0-9a-f]{64}$/;
const TEMPORARY = '.part';

export function createLayerIndexCache(folder: string, room = ROOM): LayerIndexCache {
  let written = 0;

  async function tidy(): Promise<void> {
    const files = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        const path = join(folder, name);
        const { size, mtimeMs } = await stat(path);
        return { path, size, mtimeMs };
      }),
    );
    let left = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (left <= room) return;
      await rm(path, { force: true });
      left -= size;
    }
  }

  async function find(diffId: string, { digests = false } = {}): Promise<LayerIndex | undefined> {
    if (!DIFF_ID.test(diffId)) return undefined;
    const path = pathOf(folder, diffId);
    try {
      const index = decodeIndex(await readFile(path));
      if (digests && index.columns.digests === undefined) return undefined;
      const now = new Date();
      // When it was used last decides what goes first.
      await utimes(path, now, now).catch(() => {});
      return index;
    } catch {
      return undefined;
    }
  }

  return {
    find,
    async has(diffId, { digests = false } = {}) {
      if (!DIFF_ID.test(diffId)) return false;
      const path = pathOf(folder, diffId);
      const look = digests ? headOf(path).then(headHasDigests) : stat(path).then(() => true);
      return look.catch(() => false);
    },
    async keep(diffId, index) {
      if (!DIFF_ID.test(diffId)) return;
      // Somebody else may have read the contents, too, in the meantime.
      if (index.columns.digests === undefined && (await find(diffId, { digests: true })) !== undefined)
        return;
      const path = pathOf(folder, diffId);
      const part = `${path}.${randomUUID()}${TEMPORARY}`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(part, indexParts(index), { mode: 0o600 });
        await rename(part, path);
        if (written++ % TIDYING === 0) await tidy();
      } catch {
        await rm(part, { force: true }).catch(() => {});
      }
    },
  };
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(INDEX_HEAD), 0, INDEX_HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function pathOf(folder: string, diffId: string): string {
  return join(folder, diffId.replace(':', '-'));
}
