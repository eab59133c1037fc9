/** Listing and inspecting images. */

import type { CallOptions, ListOptions } from '../engine.ts';
import { cancelled } from '../errors.ts';
import { matchImages } from '../filters.ts';
import type { Image, ImageDetail, ImageRole } from '../image.ts';
import { repositoryOf } from '../reference.ts';
import { filterQuery, pathOf } from './http.ts';
import { imageName, shownName } from './image-name.ts';
import { readInspect } from './inspect-document.ts';
import { corrupt } from './ndjson.ts';
import { imageId, known, labels, names, number } from './normalise.ts';
import type { Session } from './session.ts';
import type { ImageInspect, ImageRow } from './wire.ts';

const LISTING = 'list images';

/**
 * Some filters are applied here: with `reference` engines drop the other names of an image, Podman 4 fails
 * to combine labels, and old engines know no `until`.
 */
export async function listImages(session: Session, options: ListOptions = {}): Promise<Image[]> {
  const { filters = {}, all = false, signal } = options;
  const { dangling, label, since, before, reference, until } = filters;
  const query = filterQuery({
    dangling: dangling === undefined ? undefined : [String(dangling)],
    since: since === undefined ? undefined : [imageName(session.kind, since)],
    before: before === undefined ? undefined : [imageName(session.kind, before)],
  });
  const rows = await session.http.rows<ImageRow>({
    path: '/images/json',
    query: { all, filters: query },
    doing: LISTING,
    ...((since ?? before)
      ? {
          subject: `image ${[since, before]
            .filter((image) => image !== undefined)
            .map(shownName)
            .join(' or ')}`,
        }
      : {}),
    signal,
  });
  const unnamed = (row: Partial<ImageRow>) =>
    names(row.RepoTags).length + names(row.RepoDigests).length === 0;
  // A filtered list may lack the children that tell an intermediate image from a dangling one.
  const family = all && query !== undefined && rows.some(unnamed) ? await allRows(session, signal) : rows;
  const images = readImages(session, rows, family);
  if (label === undefined && reference === undefined && until === undefined) return images;
  return matchImages(images, {
    ...(label && { label }),
    ...(reference && { reference }),
    ...(until && { until }),
  });
}

/** The list that was asked for while connecting. Who aborts now gives up waiting, not the request. */
export async function firstImages(
  session: Session,
  list: Promise<unknown>,
  { signal }: CallOptions = {},
): Promise<Image[]> {
  const stop = Promise.withResolvers<never>();
  const abort = () => stop.reject(cancelled());
  signal?.addEventListener('abort', abort);
  try {
    const value = (await Promise.race([list, stop.promise])) ?? [];
    if (!Array.isArray(value)) throw corrupt(LISTING, 'it is not a list');
    return readImages(session, value, value);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

async function allRows(
  session: Session,
  signal: AbortSignal | undefined,
): Promise<readonly Partial<ImageRow>[]> {
  return await session.http.rows<ImageRow>({
    path: '/images/json',
    query: { all: true },
    doing: LISTING,
    signal,
  });
}

/** Ten thousand rows go through here in a few milliseconds: keep it plain. `family` holds the children. */
export function readImages(
  session: Pick<Session, 'kind'>,
  rows: readonly Partial<ImageRow>[],
  family: readonly Partial<ImageRow>[],
): Image[] {
  const parents = new Set<string>();
  for (const row of family) if (row?.ParentId) parents.add(imageId(row.ParentId));
  // Podman 4 says 0 for every image, and Podman 5 where it was not asked.
  const tellsShared = session.kind !== 'podman';
  const isContainerd = session.kind === 'docker-containerd';
  const isClassic = session.kind === 'docker-classic';
  const images: Image[] = [];
  for (const row of rows) {
    const id = imageId(row?.Id);
    if (id === '') throw corrupt(LISTING, 'an image has no id');
    const references = names(row.RepoTags);
    const listed = names(row.RepoDigests);
    const digests = isContainerd ? withDigests(id, references, listed) : listed;
    images.push({
      id,
      references,
      digests,
      parentId: imageId(row.ParentId),
      role: roleOf({ references, digests }, parents.has(id), isClassic),
      created: Math.max(0, number(row.Created)),
      size: number(row.Size),
      sharedSize: tellsShared ? known(row.SharedSize) : undefined,
      containers: known(row.Containers),
      labels: labels(row.Labels),
    });
  }
  return images;
}

/**
 * The containerd store lists one digest reference an image, and inspects one for each of its repositories:
 * all of these are the image's id.
 */
function withDigests(
  id: string,
  references: readonly string[],
  listed: readonly string[],
): readonly string[] {
  if (references.length < 2) return listed;
  return [
    ...new Set([...listed, ...references.map((reference) => `${repositoryOf(reference)}@${id}`)]),
  ].sort();
}

/** A classic store counts an image whose tag moved away as dangling, its digest reference left over or not. */
function roleOf(
  image: Pick<Image, 'references' | 'digests'>,
  isParent: boolean,
  isClassic: boolean,
): ImageRole {
  if (image.references.length > 0) return 'tagged';
  if (image.digests.length > 0) return isClassic && !isParent ? 'dangling' : 'tagged';
  return isParent ? 'intermediate' : 'dangling';
}

/** Source: `GET /images/{name}/json`. */
export async function inspectImage(
  session: Session,
  image: string,
  options: CallOptions = {},
): Promise<ImageDetail> {
  return readInspect(session, await fetchInspect(session, image, options));
}

export async function fetchInspect(
  session: Session,
  image: string,
  { signal }: CallOptions,
): Promise<Partial<ImageInspect>> {
  const answer = await session.http.object<ImageInspect>({
    path: `/images/${pathOf(imageName(session.kind, image))}/json`,
    doing: `inspect ${shownName(image)}`,
    subject: `image ${shownName(image)}`,
    signal,
  });
  if (imageId(answer.Id) === '') throw corrupt(`inspect ${shownName(image)}`, 'it has no id');
  return answer;
}
