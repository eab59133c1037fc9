/** Images as rows of docker's table: one a name, or one a name and digest. */
import type { Image } from '../engine/image.ts';
import { dockerAge } from './docker-duration.ts';
import type { Fields } from './docker-format.ts';
import { dockerSize } from './docker-size.ts';
import { goTime } from './docker-time.ts';

export interface ImageRow {
  readonly image: Image;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const NONE = '<none>';

/** Newest first; rows of one image stay together, in the order of their names. */
export function imageRows(images: readonly Image[], digests: boolean): ImageRow[] {
  const sorted = images.toSorted(
    (a, b) =>
      b.created - a.created || compare(a.references[0] ?? '', b.references[0] ?? '') || compare(a.id, b.id),
  );
  return sorted.flatMap((image) => rowsOf(image, digests));
}

/** Rows of one image: a name has one row for each of its digests when digests are shown. */
function rowsOf(image: Image, digests: boolean): ImageRow[] {
  if (image.references.length === 0 && image.digests.length === 0) {
    return [{ image, repository: NONE, tag: NONE, digest: NONE }];
  }
  const digestsOf = digestsByRepository(image);
  const unnamed = new Map(digestsOf);
  const rows: ImageRow[] = [];
  for (const reference of image.references) {
    const colon = reference.lastIndexOf(':');
    const repository = reference.slice(0, colon);
    const tag = reference.slice(colon + 1);
    unnamed.delete(repository);
    const known = digests ? (digestsOf.get(repository) ?? []) : [];
    for (const digest of known.length === 0 ? [NONE] : known) rows.push({ image, repository, tag, digest });
  }
  for (const [repository, known] of unnamed) {
    for (const digest of digests ? known : ['']) rows.push({ image, repository, tag: NONE, digest });
  }
  return rows;
}

function digestsByRepository(image: Image): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const reference of image.digests) {
    const at = reference.indexOf('@');
    const repository = reference.slice(0, at);
    found.set(repository, [...(found.get(repository) ?? []), reference.slice(at + 1)]);
  }
  return found;
}

/** Docker's fields of an image row. `now` is in Unix seconds. */
export function imageFields(now: number, trunc: boolean): Fields<ImageRow> {
  const size = (bytes: number | undefined) => (bytes === undefined ? 'N/A' : dockerSize(bytes));
  return {
    Containers: { heading: 'CONTAINERS', of: ({ image }) => String(image.containers ?? 'N/A') },
    CreatedAt: { heading: 'CREATED AT', of: ({ image }) => goTime(image.created) },
    CreatedSince: { heading: 'CREATED', of: ({ image }) => dockerAge(image.created, now) },
    Digest: { heading: 'DIGEST', of: ({ digest }) => digest },
    ID: { heading: 'IMAGE ID', of: ({ image }) => (trunc ? truncatedId(image.id) : image.id) },
    Repository: { heading: 'REPOSITORY', of: ({ repository }) => repository },
    SharedSize: { heading: 'SHARED SIZE', of: ({ image }) => size(image.sharedSize) },
    Size: { heading: 'SIZE', of: ({ image }) => dockerSize(image.size, 3) },
    Tag: { heading: 'TAG', of: ({ tag }) => tag },
    UniqueSize: {
      heading: 'UNIQUE SIZE',
      of: ({ image }) => size(image.sharedSize === undefined ? undefined : image.size - image.sharedSize),
    },
    VirtualSize: { heading: 'SIZE', of: ({ image }) => dockerSize(image.size) },
  };
}

export function truncatedId(id: string): string {
  return id.slice(id.indexOf(':') + 1).slice(0, 12);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
