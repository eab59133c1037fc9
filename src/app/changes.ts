/** How the container that a person looks at differs from its image: asked for when the cursor rests on it. */
import type { ContainerChange } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { asEngineError, type EngineError } from '../engine/errors.ts';
import type { App } from './app.ts';
import { currentContainer } from './container-list.ts';
import { plural } from './format.ts';
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

export type ChangeKind = ContainerChange['kind'];
export const CHANGE_KINDS: readonly ChangeKind[] = ['added', 'modified', 'deleted'];

export type ChangeCounts = Readonly<Record<ChangeKind, number>>;

export interface Changes {
  /** Id of the container. */
  readonly container: string;
  /** Undefined until the engine has told. */
  readonly list: readonly ContainerChange[] | undefined;
  readonly counts: ChangeCounts;
  readonly error: EngineError | undefined;
}

const NONE: ChangeCounts = { added: 0, modified: 0, deleted: 0 };

function countsOf(list: readonly ContainerChange[]): ChangeCounts {
  const counts = { ...NONE };
  for (const { kind } of list) counts[kind] += 1;
  return counts;
}

/** `12 added, 3 modified, 1 deleted`. */
export function countsText(counts: ChangeCounts): string {
  const parts = CHANGE_KINDS.filter((kind) => counts[kind] > 0).map((kind) =>
    plural(counts[kind], kind, kind),
  );
  return parts.length === 0 ? 'nothing has changed' : parts.join(', ');
}

/** What is known of a container's changes; undefined while nothing is. */
export function changesOf(state: AppState, container: string | undefined): Changes | undefined {
  return state.changes?.container === container ? state.changes : undefined;
}

export interface ChangesLoader {
  /** Asks anew: a running container goes on changing. What is known of it stays until then. */
  load(container: string): void;
}

export function createChangesLoader(store: Store<AppState>, engine: () => Engine | undefined): ChangesLoader {
  let asking = new AbortController();

  async function ask(from: Engine, container: string, signal: AbortSignal): Promise<void> {
    let found: Pick<Changes, 'list' | 'counts' | 'error'>;
    try {
      const list = (await from.containers?.changes(container, { signal })) ?? [];
      found = { list, counts: countsOf(list), error: undefined };
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'cancelled') return;
      found = { list: undefined, counts: NONE, error };
    }
    if (!signal.aborted) store.stream((state) => ({ ...state, changes: { container, ...found } }));
  }

  return {
    load(container) {
      const from = engine();
      asking.abort();
      if (from === undefined) return;
      asking = new AbortController();
      store.update((state) =>
        state.changes?.container === container
          ? state
          : { ...state, changes: { container, list: undefined, counts: NONE, error: undefined } },
      );
      void ask(from, container, asking.signal);
    },
  };
}

/** Asks once more for the changes that are shown: a running container goes on changing. */
export function reloadChanges(app: App): void {
  const state = app.store.get();
  const id = state.changesPage?.container ?? currentContainer(state)?.id;
  if (id !== undefined) app.session.loadChanges(id);
}

/** Asks for the changes of the container under the cursor once it has rested there for so long, in milliseconds, and when the engine is back. */
export function followContainer(app: App, rest: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let resting: string | undefined;
  let listed: AppState['containers'] | undefined;
  let wasConnected = true;
  const unsubscribe = app.store.subscribe(() => {
    const state = app.store.get();
    const id = currentContainer(state)?.id;
    const isConnected = state.connection.status === 'connected';
    // What was asked when the engine was lost has had no answer.
    const isBack = isConnected && !wasConnected;
    wasConnected = isConnected;
    if (!isBack && id === resting && (id === undefined || state.containers === listed)) return;
    resting = id;
    listed = state.containers;
    const wanted = isBack ? (state.changesPage?.container ?? id) : id;
    clearTimeout(timer);
    if (wanted !== undefined) timer = setTimeout(() => app.session.loadChanges(wanted), rest);
  });
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}
