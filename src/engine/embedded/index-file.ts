/** The store's index.json. What is foreign in it stays as it is. Source: OCI image layout, "index.json file". */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import { OCI_INDEX } from '../oci/media-type.ts';
import { errnoOf, storeFault } from './fault.ts';
import type { Paths } from './paths.ts';

export interface IndexFile {
  /** Everything but the manifests. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Descriptors, as they stand there. */
  readonly manifests: readonly unknown[];
}

export const EMPTY_INDEX: IndexFile = {
  document: { schemaVersion: 2, mediaType: OCI_INDEX },
  manifests: [],
};

/** Milliseconds: what changed so lately may change again without its time telling. */
const TICK = 50;

export interface FileVersion {
  readonly text: string;
  /** False while the same text may come to mean something else. */
  readonly settled: boolean;
}

/** Of index.json; undefined where there is none. */
export async function indexVersion(paths: Paths): Promise<FileVersion | undefined> {
  return await versionOf(paths, paths.index);
}

/** Of the folder of blobs: it changes when one comes or goes. */
export async function blobsVersion(paths: Paths): Promise<FileVersion | undefined> {
  return await versionOf(paths, paths.blobs);
}

async function versionOf(paths: Paths, path: string): Promise<FileVersion | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const settled = Date.now() - Number(ctimeNs / 1_000_000n) > TICK;
    return { text: `${ino}.${size}.${mtimeNs}.${ctimeNs}`, settled };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw storeFault(thrown, `read the store ${paths.folder}`);
  }
}

/** Milliseconds, and how often: some tools write the file in place, and half of it can be met for a moment. */
const PAUSE = 15;
const TRIES = 5;

/** A store without the file is empty. Errors: `corrupt` for what is no index: nothing is written over it. */
export async function readIndexFile(paths: Paths): Promise<IndexFile> {
  for (let look = 1; ; look++) {
    try {
      return await readOnce(paths);
    } catch (thrown) {
      if (look === TRIES || !(thrown instanceof EngineError) || thrown.code !== 'corrupt') throw thrown;
      await sleep(PAUSE);
    }
  }
}

async function readOnce(paths: Paths): Promise<IndexFile> {
  let text: string;
  try {
    text = await readFile(paths.index, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return EMPTY_INDEX;
    throw storeFault(thrown, `read the store ${paths.folder}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corrupt(paths, text.trim() === '' ? 'it is empty' : 'it is not JSON', cause);
  }
  if (!isRecord(value)) throw corrupt(paths, 'it is not an object');
  const { manifests = [], ...document } = value;
  if (!Array.isArray(manifests)) throw corrupt(paths, 'its list of manifests is no list');
  return { document, manifests };
}

/** Replaces it in one step, on disk before it counts, and everything that came into the blobs before it. */
export async function writeIndexFile(paths: Paths, index: IndexFile): Promise<void> {
  const temporary = join(paths.own, `index-${randomBytes(8).toString('hex')}.json`);
  const text = `${JSON.stringify({ ...index.document, manifests: index.manifests }, undefined, 2)}\n`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await Promise.all([file.datasync(), syncFolder(paths.blobs)]);
    } finally {
      await file.close();
    }
    await rename(temporary, paths.index);
    await syncFolder(paths.folder);
  } catch (thrown) {
    await unlink(temporary).catch(() => {});
    throw storeFault(thrown, `write to the store ${paths.folder}`);
  }
}

/** Makes names in a folder last. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch((thrown: unknown) => {
    // A layout without any blob may lack it.
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch (thrown) {
    // Some file systems cannot, and need not.
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(errnoOf(thrown))) throw thrown;
  } finally {
    await handle.close();
  }
}

function corrupt(paths: Paths, why: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `the store ${paths.folder} cannot be read: its index.json is damaged: ${why}`,
    hint: 'Nothing was changed. Put back an older index.json, or choose another store with --store DIR.',
    cause,
  });
}
