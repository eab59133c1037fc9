/** Listing the images of a store. */
import type { ListOptions } from '../engine.ts';
import { matchImages } from '../filters.ts';
import type { Image } from '../image.ts';
import type { Catalog } from './catalog.ts';
import type { ListCache } from './list-cache.ts';
import type { SurveyedImage } from './survey.ts';

const NO_LABELS: Image['labels'] = Object.freeze({});

/** An OCI layout keeps no parents, so `all` makes no difference. */
export async function listImages(catalog: Catalog, options: ListOptions = {}): Promise<Image[]> {
  const surveyed = await catalog.images(options.signal);
  const users = countUsers(surveyed);
  const images = surveyed.map((image) => readImage(image, users));
  return options.filters === undefined ? images : matchImages(images, options.filters);
}

/** The first list of a run: what the last run listed, where nothing changed since. */
export async function firstImages(
  catalog: Catalog,
  cache: ListCache,
  options: ListOptions = {},
): Promise<Image[]> {
  const version = await catalog.version();
  const last = version === undefined ? undefined : cache.read(version);
  if (last !== undefined) return options.filters === undefined ? last : matchImages(last, options.filters);
  const images = await listImages(catalog, options);
  // Only what did not change while it was read is worth remembering.
  if (version !== undefined && options.filters === undefined && (await catalog.version()) === version) {
    void cache.write(version, images);
  }
  return images;
}

/** How many images need each blob. */
export function countUsers(images: readonly SurveyedImage[]): Map<string, number> {
  const users = new Map<string, number>();
  for (const { blobs } of images) {
    for (const { digest } of blobs) users.set(digest, (users.get(digest) ?? 0) + 1);
  }
  return users;
}

function readImage({ root, blobs, main }: SurveyedImage, users: ReadonlyMap<string, number>): Image {
  let size = 0;
  let sharedSize = 0;
  for (const blob of blobs) {
    size += blob.size;
    if (users.get(blob.digest)! > 1) sharedSize += blob.size;
  }
  return {
    id: root.id,
    references: root.references,
    digests: root.digests,
    parentId: '',
    role: root.references.length + root.digests.length > 0 ? 'tagged' : 'dangling',
    created: main?.facts.created ?? 0,
    size,
    sharedSize,
    containers: undefined,
    labels: main?.facts.labels ?? NO_LABELS,
  };
}
