/** What a store takes on the disk, by the sizes of its files. */
import { stat } from 'node:fs/promises';
import type { DiskUsage, Usage } from '../disk-usage.ts';
import type { Size } from '../engine.ts';
import { hexOf } from '../oci/digest.ts';
import type { Catalog } from './catalog.ts';
import { throwIfAborted } from './fault.ts';
import { countUsers } from './images.ts';
import { listLeftovers } from './leftovers.ts';
import { presentBlobs } from './survey.ts';

/** Files measured at once. */
const AT_ONCE = 64;

/**
 * `images` counts all blobs and what ended jobs left. No container uses an image here, so that every blob
 * that images have is reclaimable, as the plan that removes all unused images says. Active are those that
 * have a name.
 */
export async function diskUsage(catalog: Catalog, signal?: AbortSignal): Promise<DiskUsage> {
  const { store } = catalog;
  const images = await catalog.images(signal);
  const [sizes, leftovers] = await Promise.all([
    measure(await presentBlobs(store), (name) => store.blobs.path(`sha256:${name}`), signal),
    listLeftovers(store.paths),
  ]);
  const sum = (digests: Iterable<string>): number => {
    let bytes = 0;
    for (const digest of digests) bytes += sizes.get(hexOf(digest)) ?? 0;
    return bytes;
  };
  const named = images.filter(({ root }) => root.references.length + root.digests.length > 0);
  const users = countUsers(images);
  const onDisk = [...sizes.values()].reduce((bytes, size) => bytes + size, 0);
  const left = leftovers.reduce((bytes, { size }) => bytes + size, 0);
  const held = exact(sum(users.keys()));
  return {
    layersTotal: held,
    images: {
      count: images.length,
      active: named.length,
      size: exact(onDisk + left),
      reclaimable: held,
    },
    containers: NOTHING,
    volumes: NOTHING,
    buildCache: NOTHING,
    perImage: images.map(({ root, blobs }) => ({
      id: root.id,
      size: sum(blobs.map((blob) => blob.digest)),
      sharedSize: sum(blobs.map((blob) => blob.digest).filter((digest) => users.get(digest)! > 1)),
      containers: undefined,
    })),
    buildCacheItems: [],
  };
}

const NOTHING: Usage = { count: 0, active: 0, size: exact(0), reclaimable: exact(0) };

function exact(bytes: number): Size {
  return { bytes, bound: 'exact' };
}

async function measure(
  names: Iterable<string>,
  path: (name: string) => string,
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const open = [...names].filter((name) => /^[0-9a-f]{64}$/.test(name));
  const work = async () => {
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      throwIfAborted(signal);
      const found = await stat(path(name)).catch(() => undefined);
      if (found !== undefined) sizes.set(name, found.size);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return sizes;
}
