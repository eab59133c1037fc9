/** Repositories next door that may have a blob, so that it need not be sent again. */
import type { Descriptor } from '../oci/descriptor.ts';
import { readManifest } from '../oci/manifest.ts';
import { parseReference, type Reference } from '../reference.ts';
import type { Store } from './store.ts';

/** Images that are looked at, and repositories that are tried for one blob. */
const IMAGES = 200;
const TRIED = 3;

/**
 * Answers with paths in the same registry whose images, as this store knows them, have the blob. Only what was
 * pulled from there or pushed to it counts: a name alone says nothing of the registry. Looks once, at the first question.
 */
export function mountCandidates(store: Store, to: Reference): (digest: string) => Promise<readonly string[]> {
  let known: Promise<ReadonlyMap<string, ReadonlySet<string>>> | undefined;
  return async (digest) => {
    known ??= gather(store, to).catch(() => new Map());
    return [...((await known).get(digest) ?? [])].slice(0, TRIED);
  };
}

async function gather(store: Store, to: Reference): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = new Map<string, Set<string>>();
  let looked = 0;
  for (const root of await store.roots()) {
    const paths = new Set<string>();
    for (const name of root.digests) {
      const { domain, path } = parseReference(name);
      if (domain === to.domain && path !== to.path) paths.add(path);
    }
    if (paths.size === 0) continue;
    if (++looked > IMAGES) break;
    for (const digest of await blobsUnder(store, root.descriptor, 0)) {
      const own = found.get(digest) ?? new Set();
      for (const path of paths) own.add(path);
      found.set(digest, own);
    }
  }
  return found;
}

async function blobsUnder(store: Store, descriptor: Descriptor, depth: number): Promise<string[]> {
  const bytes = await store.blobs.read(descriptor.digest).catch(() => undefined);
  if (bytes === undefined || depth > 3) return [];
  const content = readManifest(bytes, descriptor.mediaType, descriptor.digest);
  if (content.kind === 'manifest') return [content.config, ...content.layers].map(({ digest }) => digest);
  return (await Promise.all(content.manifests.map((child) => blobsUnder(store, child, depth + 1)))).flat();
}
