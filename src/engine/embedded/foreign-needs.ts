/**
 * What index.json names that is no image here: artifacts, manifests of other kinds, digests of other algorithms.
 * Nobody here knows what they are made of, so everything counts that any of their descriptions calls by a digest.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../oci/descriptor.ts';
import { MANIFEST_LIMIT } from '../oci/manifest.ts';
import { readEntries } from './entry.ts';
import type { IndexFile } from './index-file.ts';
import type { Store } from './store.ts';

/** Source: OCI image specification, "Digests". */
const DIGEST = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/;

/** Digests of any algorithm; what is not here counts as well. */
export async function foreignNeeds(store: Store, index: IndexFile): Promise<Set<string>> {
  const images = new Set(readEntries(index, store.folder).map(({ at }) => at));
  const needed = new Set<string>();
  const named = digestsIn(index.manifests.filter((_, at) => !images.has(at)));
  for (let digest = named.pop(); digest !== undefined; digest = named.pop()) {
    if (needed.has(digest)) continue;
    needed.add(digest);
    for (const one of digestsIn(await readDescription(store, digest))) named.push(one);
  }
  return needed;
}

/** Undefined for what is not here, or too large or otherwise made than a description. */
async function readDescription(store: Store, digest: string): Promise<unknown> {
  const [, algorithm = '', encoded = ''] = DIGEST.exec(digest) ?? [];
  const path = join(store.folder, 'blobs', algorithm, encoded);
  try {
    const { size } = await stat(path);
    return size > MANIFEST_LIMIT ? undefined : JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function digestsIn(value: unknown): string[] {
  const found: string[] = [];
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (one === null || typeof one !== 'object') continue;
    for (const inner of Object.values(one)) left.push(inner);
    const digest = isRecord(one) ? one['digest'] : undefined;
    if (typeof digest === 'string' && DIGEST.test(digest)) found.push(digest);
  }
  return found;
}
