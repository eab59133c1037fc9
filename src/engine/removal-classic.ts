/**
 * Removal in Docker's classic store, as `DELETE /images/{name}` of Docker 17 to 28 does it.
 * A name is only untagged while other names remain; with the last name the image goes, unless
 * something needs it, and then its untagged parents, as far as nothing needs those either.
 */
import type { RemovalEntry } from './engine.ts';
import { repositoryOf } from './reference.ts';
import { inEngineOrder, isDigestName, isSingleReference } from './removal-names.ts';
import type { DeletedImage, Refusal, Removal, RemovalRequest, RemovalRules } from './removal-rules.ts';
import type { RemovalStore } from './removal-store.ts';

const CHILDREN: Refusal = { refused: 'child-image', forceable: false };
const RUNNING: Refusal = { refused: 'running-container', forceable: false };
const NAMES: Refusal = { refused: 'several-names', forceable: true };
const STOPPED: Refusal = { refused: 'stopped-container', forceable: true };

class Answer implements Removal {
  readonly entries: RemovalEntry[] = [];
  readonly untagged: string[] = [];
  readonly deleted: DeletedImage[] = [];
}

export const classicRules: RemovalRules = {
  prunesParents: true,

  remove(store, request) {
    const answer = new Answer();
    return request.name === undefined
      ? removeById(store, request, answer)
      : removeName(store, request, request.name, answer);
  },

  blocked(store, id, force) {
    return conflict(store, id, { force, ignoreNames: true });
  },

  hasSeveralNames(names) {
    return names.length > 1 && !isSingleReference(names);
  },
};

function removeName(store: RemovalStore, request: RemovalRequest, name: string, answer: Answer) {
  const { id, force } = request;
  if (!force && isSingleReference(store.names(id))) {
    const [holder] = store.containers(id);
    // Asked for by name, even a running container gives way to force, but only the name goes then.
    if (holder) {
      return {
        refused: holder.running ? 'running-container' : 'stopped-container',
        forceable: true,
      } satisfies Refusal;
    }
  }
  untag(store, id, name, answer);
  const left = store.names(id);
  if (left.length > 0 && !isDigestName(name)) {
    const repository = repositoryOf(name);
    const rest = left.filter((other) => repositoryOf(other) === repository);
    // With the last tag of a repository its digest references go as well.
    if (rest.every(isDigestName)) for (const digest of inEngineOrder(rest)) untag(store, id, digest, answer);
  }
  if (store.names(id).length === 0) deleteQuietly(store, request, answer, false);
  return answer;
}

function removeById(store: RemovalStore, request: RemovalRequest, answer: Answer) {
  const { id, force } = request;
  const single = isSingleReference(store.names(id));
  const refusal = conflict(store, id, { force, ignoreNames: single });
  if (refusal) return refusal;
  for (const name of inEngineOrder(store.names(id))) untag(store, id, name, answer);
  deleteWithParents(store, request, answer, false);
  return answer;
}

/** Deletes an image that nothing is in the way of; otherwise it stays without a word. */
function deleteQuietly(store: RemovalStore, request: RemovalRequest, answer: Answer, parent: boolean): void {
  if (conflict(store, request.id, { force: request.force, ignoreNames: false })) return;
  deleteWithParents(store, request, answer, parent);
}

function deleteWithParents(
  store: RemovalStore,
  request: RemovalRequest,
  answer: Answer,
  parent: boolean,
): void {
  const parentId = store.parent(request.id);
  const released = store.delete(request.id);
  answer.deleted.push({ id: request.id, released, parent });
  answer.entries.push({ action: 'deleted', id: request.id }, ...released.layers.entries);
  if (request.noPrune || parentId === undefined) return;
  deleteQuietly(store, { id: parentId, force: false, noPrune: false }, answer, true);
}

function untag(store: RemovalStore, id: string, name: string, answer: Answer): void {
  store.setNames(
    id,
    store.names(id).filter((other) => other !== name),
  );
  answer.untagged.push(name);
  answer.entries.push({ action: 'untagged', reference: name });
}

/** The first thing in the way, in the engine's order: children and running containers cannot be forced. */
function conflict(
  store: RemovalStore,
  id: string,
  mode: { readonly force: boolean; readonly ignoreNames: boolean },
): Refusal | undefined {
  if (store.children(id).length > 0) return CHILDREN;
  const holders = store.containers(id);
  if (holders.some((container) => container.running)) return RUNNING;
  if (mode.force) return undefined;
  if (!mode.ignoreNames && store.names(id).length > 0) return NAMES;
  return holders.length > 0 ? STOPPED : undefined;
}
