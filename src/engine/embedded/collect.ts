/**
 * Deletes what no image needs. All of it runs under the store's lock, so that no job can begin to count on a
 * blob that is about to go; what running jobs and those of the last day hold stays.
 */
import { stat, unlink } from 'node:fs/promises';
import { isDigest } from '../oci/digest.ts';
import { readEntries } from './entry.ts';
import { errnoOf, storeFault } from './fault.ts';
import { foreignNeeds } from './foreign-needs.ts';
import { type HeldBlobs, heldBlobs, UNFINISHED } from './hold.ts';
import { type IndexFile, readIndexFile } from './index-file.ts';
import { clearLeftovers } from './leftovers.ts';
import { gatherRoots } from './root.ts';
import type { Store } from './store.ts';
import { presentBlobs, type SurveyedImage, surveyImage } from './survey.ts';

export interface Collection {
  /** Bytes on the disk. */
  readonly freed: number;
  /** Digests of the blobs that went. */
  readonly digests: readonly string[];
}

/** What the images of a store need. */
export interface Needs {
  readonly digests: ReadonlySet<string>;
  /** Images of which it cannot be told what they need: as long as there is one, nothing may go. */
  readonly unclear: readonly SurveyedImage[];
}

/** As index.json says now, or as it will. */
export async function readNeeds(store: Store, coming?: IndexFile): Promise<Needs> {
  const [index, present] = await Promise.all([coming ?? readIndexFile(store.paths), presentBlobs(store)]);
  // What is no image stays as well: another tool knows what it is for.
  const digests = await foreignNeeds(store, index);
  const unclear: SurveyedImage[] = [];
  for (const root of gatherRoots(readEntries(index, store.folder))) {
    const image = surveyImage(store, present, root);
    for (const { digest } of image.blobs) digests.add(digest);
    if (image.problem !== undefined) unclear.push(image);
  }
  return { digests, unclear };
}

/** Of some blobs those that nobody needs go at once, whatever their age. To be called under the lock. */
export async function dropBlobs(
  store: Store,
  candidates: Iterable<string>,
  coming?: IndexFile,
): Promise<Collection> {
  const wanted = [...candidates];
  if (wanted.length === 0) return { freed: 0, digests: [] };
  const [needs, held] = await Promise.all([readNeeds(store, coming), heldBlobs(store.paths)]);
  if (needs.unclear.length > 0) return { freed: 0, digests: [] };
  return await deleteBlobs(
    store,
    wanted.filter((digest) => !needs.digests.has(digest)),
    held,
    Number.POSITIVE_INFINITY,
  );
}

/**
 * All blobs that nobody needs go, and what ended jobs left behind. Other tools write blobs before they name
 * them, so what is younger than a day stays unless `young` says otherwise. To be called under the lock, unless
 * `dryRun` only asks what would go.
 */
export async function collectGarbage(
  store: Store,
  options: { readonly young?: boolean; readonly dryRun?: boolean } = {},
): Promise<Collection> {
  const before = options.young ? Number.POSITIVE_INFINITY : Date.now() - UNFINISHED;
  const [needs, held] = await Promise.all([readNeeds(store), heldBlobs(store.paths)]);
  const leftovers = await clearLeftovers(store.paths, before, options.dryRun);
  if (needs.unclear.length > 0) return { freed: leftovers, digests: [] };
  const unneeded = [...(await presentBlobs(store))]
    .map((name) => `sha256:${name}`)
    .filter((digest) => isDigest(digest) && !needs.digests.has(digest));
  const { freed, digests } = await deleteBlobs(store, unneeded, held, before, options.dryRun);
  return { freed: freed + leftovers, digests };
}

async function deleteBlobs(
  store: Store,
  unneeded: readonly string[],
  held: HeldBlobs,
  before: number,
  dryRun = false,
): Promise<Collection> {
  let freed = 0;
  const digests: string[] = [];
  for (const digest of unneeded) {
    if (held.digests.has(digest)) continue;
    const path = store.blobs.path(digest);
    try {
      const { size, mtimeMs } = await stat(path);
      if (mtimeMs >= Math.min(before, held.since)) continue;
      if (!dryRun) await unlink(path);
      freed += size;
      digests.push(digest);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw storeFault(thrown, `delete from the store ${store.folder}`);
    }
  }
  return { freed, digests };
}
