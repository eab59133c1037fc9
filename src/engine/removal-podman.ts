/**
 * Removal in Podman's store, as `DELETE /images/{name}` of Podman 4 and 5 does it without force.
 * Any container keeps an image; children never do. Untagged parents without other children go as well,
 * whatever is asked for: Podman 4 does not heed `noprune`.
 * Force is never used: it would delete the containers.
 */
import type { RemovalEntry } from './engine.ts';
import type { DeletedImage, Refusal, RemovalRules } from './removal-rules.ts';
import type { RemovalStore } from './removal-store.ts';

export const podmanRules: RemovalRules = {
  prunesParents: true,

  remove(store, { id, name, force }) {
    const all = store.names(id);
    if (name !== undefined && all.length > 1) {
      store.setNames(
        id,
        all.filter((other) => other !== name),
      );
      return { entries: [{ action: 'untagged', reference: name }], untagged: [name], deleted: [] };
    }
    const refusal = held(store, id);
    if (refusal) return refusal;
    if (name === undefined && all.length > 1 && !force) return { refused: 'several-names', forceable: true };

    const deleted: DeletedImage[] = [];
    for (let next: string | undefined = id; next !== undefined; ) {
      const parent: string | undefined = store.parent(next);
      deleted.push({ id: next, released: store.delete(next), parent: next !== id });
      const prunable: boolean =
        parent !== undefined &&
        store.names(parent).length === 0 &&
        store.children(parent).length === 0 &&
        store.containers(parent).length === 0;
      next = prunable ? parent : undefined;
    }
    const entries: RemovalEntry[] = [
      ...all.map((reference): RemovalEntry => ({ action: 'untagged', reference })),
      ...deleted.map((image): RemovalEntry => ({ action: 'deleted', id: image.id })),
    ];
    return { entries, untagged: all, deleted };
  },

  blocked(store, id) {
    return held(store, id);
  },

  hasSeveralNames(names) {
    return names.length > 1;
  },
};

function held(store: RemovalStore, id: string): Refusal | undefined {
  const holders = store.containers(id);
  if (holders.length === 0) return undefined;
  const running = holders.some((container) => container.running);
  return { refused: running ? 'running-container' : 'stopped-container', forceable: false };
}
