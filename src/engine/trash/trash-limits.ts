/** What the trash has to let go of: what is too old, and the oldest of what is too much. */
import type { BlobId } from '../embedded/blobs.ts';
import type { IndexFile } from '../embedded/index-file.ts';
import type { Store } from '../embedded/store.ts';
import { type Presence, surveyImage } from '../embedded/survey.ts';
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { TrashSettings } from './trash.ts';
import { type KeptImage, readItems, rootOf, type TrashEntry, type TrashItem } from './trash-item.ts';

export interface Limited {
  readonly store: Store;
  readonly present: Presence;
  readonly settings: TrashSettings | undefined;
}

export interface Going {
  readonly gone: readonly TrashEntry[];
  /** Digests of all that they need; others may need it too. */
  readonly blobs: readonly string[];
}

/** What must go at `now`, in Unix seconds, where these blobs come to it: they count before all that is there. */
export function goingBy(
  now: number,
  index: IndexFile,
  { store, present, settings }: Limited,
  coming: ReadonlyMap<string, BlobId> = new Map(),
): Going {
  const limit = settings?.size ?? Number.POSITIVE_INFINITY;
  const counted = new Map(coming);
  let bytes = bytesOf(coming.values());
  const gone: TrashEntry[] = [];
  const blobs: string[] = [];
  let isFull = false;
  for (const entry of readItems(index)) {
    const needed = blobsOf(store, entry.root, present);
    const fresh = needed.filter(({ digest }) => !counted.has(digest));
    isFull ||= bytes + bytesOf(fresh) > limit;
    if (isFull || untilOf(entry.item, settings) <= now) {
      gone.push(entry);
      blobs.push(...needed.map(({ digest }) => digest));
      continue;
    }
    for (const blob of fresh) counted.set(blob.digest, blob);
    bytes += bytesOf(fresh);
  }
  return { gone, blobs };
}

/** Unix seconds. Settings may have become stricter since an image was kept. */
export function untilOf({ kept, until }: TrashItem, settings: TrashSettings | undefined): number {
  return settings === undefined ? until : Math.min(until, kept + settings.keep);
}

export function blobsOf(store: Store, root: Descriptor, present: Presence): readonly BlobId[] {
  return surveyImage(store, present, rootOf(root)).blobs;
}

/** Errors: `corrupt` where something of the image is not there, since only what can come back may go. */
export function wholeBlobsOf(
  store: Store,
  root: Descriptor,
  present: Presence,
  { id, references }: KeptImage,
): readonly BlobId[] {
  const { blobs, missing, problem } = surveyImage(store, present, rootOf(root));
  if (problem !== undefined) throw problem;
  if (missing.length === 0) return blobs;
  throw new EngineError({
    code: 'corrupt',
    message: `nothing was deleted: ${references[0] ?? id} is not whole, so it could not come back from the trash`,
    hint: 'To delete it all the same: --no-trash.',
  });
}

export function bytesOf(blobs: Iterable<BlobId>): number {
  let bytes = 0;
  for (const { size } of blobs) bytes += size;
  return bytes;
}
