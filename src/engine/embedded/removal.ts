/** Removing names and images from a store. */
import type { RemovalEntry, RemoveOptions } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { repositoryOf, shortId } from '../reference.ts';
import { embeddedRules, namesGoingWith } from '../removal-embedded.ts';
import { inEngineOrder } from '../removal-names.ts';
import { dropBlobs } from './collect.ts';
import { readEntries } from './entry.ts';
import { withNames, withoutImage } from './naming.ts';
import { gatherRoots, type ResolvedRoot, type Root, resolveRoot } from './root.ts';
import type { Store } from './store.ts';
import { presentBlobs, surveyImage } from './survey.ts';

/**
 * Removes a name, or an image with its last name or by its id; then the blobs that nobody else needs.
 * Errors: `not-found`, `bad-input`, `several-names`, `read-only`, `permission`, `no-space`.
 */
export async function removeImage(
  store: Store,
  image: string,
  options: RemoveOptions = {},
): Promise<RemovalEntry[]> {
  const { force = false, signal } = options;
  let entries: RemovalEntry[] = [];
  let freed: string[] = [];
  await store.change(
    async (index) => {
      const found = resolveRoot(gatherRoots(readEntries(index, store.folder)), image);
      const { root } = found;
      const going = new Set(namesGoing(found, force));
      entries = [...going].map((reference) => ({ action: 'untagged', reference }));
      const left = (names: readonly string[]) => names.filter((name) => !going.has(name));
      const names = { references: left(root.references), digests: left(root.digests) };
      if (names.references.length + names.digests.length > 0) {
        return withNames(index, store.folder, root.descriptor, names);
      }
      entries.push({ action: 'deleted', id: root.id });
      freed = await blobsOf(store, root);
      return withoutImage(index, store.folder, root.id);
    },
    {
      signal,
      after: async () => {
        await dropBlobs(store, freed);
      },
      // On a full disk what is to go goes first: killed now, the image is broken instead of gone.
      makeRoom: async (next) => {
        await dropBlobs(store, freed, next);
      },
    },
  );
  return entries;
}

export async function blobsOf(store: Store, root: Root): Promise<string[]> {
  return surveyImage(store, await presentBlobs(store), root).blobs.map((blob) => blob.digest);
}

function namesGoing({ root, name }: ResolvedRoot, force: boolean): string[] {
  const all = [...root.references, ...root.digests];
  if (name === undefined) {
    if (force || !embeddedRules.hasSeveralNames(all)) return inEngineOrder(all);
    throw new EngineError({
      code: 'several-names',
      message: `${shortId(root.id)} has several names: ${all.join(', ')}`,
      hint: 'Remove it by its names, or use force.',
    });
  }
  if (all.includes(name)) return namesGoingWith(name, all);
  // A digest that is no name by itself stands for the names of its repository.
  return inEngineOrder(all.filter((one) => repositoryOf(one) === repositoryOf(name)));
}
