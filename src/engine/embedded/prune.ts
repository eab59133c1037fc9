/** Removing what nobody needs from a store. */
import type { PruneOptions, PruneResult, RemovalEntry } from '../engine.ts';
import { matchImages } from '../filters.ts';
import { inEngineOrder } from '../removal-names.ts';
import type { Catalog } from './catalog.ts';
import { collectGarbage, dropBlobs } from './collect.ts';
import { readEntries } from './entry.ts';
import { listImages } from './images.ts';
import { withoutImage } from './naming.ts';
import { blobsOf } from './removal.ts';
import { gatherRoots } from './root.ts';

/**
 * Images without a name, or all of them with `unused`, as no container uses any; then what ended jobs left
 * behind for more than a day. Errors: `bad-input` for a filter, `read-only`, `permission`.
 */
export async function pruneImages(catalog: Catalog, options: PruneOptions = {}): Promise<PruneResult> {
  const { store } = catalog;
  const { unused = false, filters = {}, signal } = options;
  const images = matchImages(await listImages(catalog, { ...(signal && { signal }) }), filters);
  const wanted = new Set(
    images.filter((image) => unused || image.role === 'dangling').map((image) => image.id),
  );
  const removed: RemovalEntry[] = [];
  const blobs: string[] = [];
  let freed = 0;
  await store.change(
    async (index) => {
      let next = index;
      for (const root of gatherRoots(readEntries(index, store.folder))) {
        const names = [...root.references, ...root.digests];
        // One that was given a name meanwhile is not dangling any more.
        if (!wanted.has(root.id) || (!unused && names.length > 0)) continue;
        blobs.push(...(await blobsOf(store, root)));
        next = withoutImage(next, store.folder, root.id);
        for (const reference of inEngineOrder(names)) removed.push({ action: 'untagged', reference });
        removed.push({ action: 'deleted', id: root.id });
      }
      return next;
    },
    {
      signal,
      after: async () => {
        freed += (await dropBlobs(store, blobs)).freed + (await collectGarbage(store)).freed;
      },
      // As with a removal.
      makeRoom: async (next) => {
        freed += (await dropBlobs(store, blobs, next)).freed;
      },
    },
  );
  return { removed, freed: { bytes: freed, bound: 'exact' } };
}
