/**
 * Removal in Docker's containerd store, as `DELETE /images/{name}` of Docker 24 to 28 does it.
 * Images are complete in themselves here: an image can go while others were built on it. Parents are
 * never left to the engine: which of them it takes depends on labels that it does not tell.
 */
import type { RemovalEntry } from './engine.ts';
import { repositoryOf } from './reference.ts';
import { inEngineOrder, isDigestName, isSingleReference } from './removal-names.ts';
import type { Refusal, Removal, RemovalRequest, RemovalRules } from './removal-rules.ts';
import type { RemovalStore } from './removal-store.ts';

const RUNNING: Refusal = { refused: 'running-container', forceable: false };
const STOPPED: Refusal = { refused: 'stopped-container', forceable: true };
const NAMES: Refusal = { refused: 'several-names', forceable: true };

export const containerdRules: RemovalRules = {
  prunesParents: false,

  remove(store, request) {
    return request.name === undefined ? removeById(store, request) : removeName(store, request, request.name);
  },

  blocked(store, id, force) {
    return held(store, id, force);
  },

  hasSeveralNames(names) {
    return names.length > 1 && !isSingleReference(names);
  },
};

function removeName(store: RemovalStore, request: RemovalRequest, name: string): Removal | Refusal {
  const { id, force } = request;
  const all = store.names(id);
  const same = all.filter((other) => belongs(other, name, all));
  if (same.length < all.length) return untag(store, id, same);
  const holders = store.containers(id);
  if (holders.length > 0) {
    if (!force) {
      const running = holders.some((container) => container.running);
      return { refused: running ? 'running-container' : 'stopped-container', forceable: true };
    }
    // Force takes the name and leaves the image to its containers.
    store.setNames(id, []);
    return { entries: [{ action: 'untagged', reference: name }], untagged: [name], deleted: [] };
  }
  return deleteAll(store, request, all);
}

function removeById(store: RemovalStore, request: RemovalRequest): Removal | Refusal {
  const all = store.names(request.id);
  const refusal = held(store, request.id, request.force);
  if (refusal) return refusal;
  if (!request.force && all.length > 1 && !isSingleReference(all)) return NAMES;
  return deleteAll(store, request, all);
}

/** Whether removing one name takes another along: digest references go with the only tag of their repository. */
function belongs(other: string, name: string, all: readonly string[]): boolean {
  if (other === name) return true;
  if (repositoryOf(other) !== repositoryOf(name)) return false;
  if (isDigestName(name)) return true;
  if (!isDigestName(other)) return false;
  return !all.some((tag) => tag !== name && !isDigestName(tag) && repositoryOf(tag) === repositoryOf(name));
}

function untag(store: RemovalStore, id: string, gone: readonly string[]): Removal {
  const names = inEngineOrder(gone);
  store.setNames(
    id,
    store.names(id).filter((name) => !names.includes(name)),
  );
  const entries = names.map((reference): RemovalEntry => ({ action: 'untagged', reference }));
  return { entries, untagged: names, deleted: [] };
}

function deleteAll(store: RemovalStore, request: RemovalRequest, all: readonly string[]): Removal {
  const { id, name, force } = request;
  const names = inEngineOrder(all);
  const entries: RemovalEntry[] = names.map((reference) => ({ action: 'untagged', reference }));
  entries.push({ action: 'deleted', id });
  // Asked for by its last name, with children left, the engine says deleted and keeps it without a name.
  if (name !== undefined && all.length === 1 && !force && store.children(id).length > 0) {
    store.setNames(id, []);
    return { entries, untagged: names, deleted: [] };
  }
  return { entries, untagged: names, deleted: [{ id, released: store.delete(id), parent: false }] };
}

function held(store: RemovalStore, id: string, force: boolean): Refusal | undefined {
  const holders = store.containers(id);
  if (holders.some((container) => container.running)) return RUNNING;
  return holders.length > 0 && !force ? STOPPED : undefined;
}
