/**
 * Removal in the embedded engine's store: an image goes with its last name, and nothing is in the way of it.
 * With the last tag of a repository the digests under which that repository is known go as well.
 */
import type { RemovalEntry } from './engine.ts';
import { repositoryOf } from './reference.ts';
import { inEngineOrder, isDigestName, isSingleReference } from './removal-names.ts';
import type { RemovalRules } from './removal-rules.ts';

/** The names that go when one goes, in the order in which they are told. */
export function namesGoingWith(name: string, all: readonly string[]): string[] {
  if (isDigestName(name)) return [name];
  const repository = repositoryOf(name);
  const others = all.filter((other) => other !== name && repositoryOf(other) === repository);
  return others.every(isDigestName) ? inEngineOrder([name, ...others]) : [name];
}

export const embeddedRules: RemovalRules = {
  prunesParents: false,

  remove(store, { id, name, force }) {
    const all = store.names(id);
    if (name === undefined && !force && this.hasSeveralNames(all)) {
      return { refused: 'several-names', forceable: true };
    }
    const untagged = name === undefined ? inEngineOrder(all) : namesGoingWith(name, all);
    const entries = untagged.map((reference): RemovalEntry => ({ action: 'untagged', reference }));
    if (untagged.length < all.length) {
      store.setNames(
        id,
        all.filter((other) => !untagged.includes(other)),
      );
      return { entries, untagged, deleted: [] };
    }
    entries.push({ action: 'deleted', id });
    return { entries, untagged, deleted: [{ id, released: store.delete(id), parent: false }] };
  },

  blocked() {
    return undefined;
  },

  hasSeveralNames(names) {
    return names.length > 1 && !isSingleReference(names);
  },
};
