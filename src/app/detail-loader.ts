/** Inspect and history of the image a person looks at; what was asked once is remembered until the list changes. */
import type { Engine } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import type { AppState, Details } from './state.ts';
import type { Store } from './store.ts';

export interface DetailLoader {
  load(id: string): void;
  forget(): void;
}

const REMEMBERED = 200;

export function createDetailLoader(store: Store<AppState>, engine: () => Engine | undefined): DetailLoader {
  let known = new Map<string, Details>();
  let asking = new AbortController();

  function show(details: Details): void {
    store.stream((state) => ({ ...state, details }));
  }

  async function ask(from: Engine, id: string, signal: AbortSignal): Promise<void> {
    const memory = known;
    try {
      const [detail, history] = await Promise.all([
        from.inspect(id, { signal }),
        from.history(id, { signal }),
      ]);
      const details = { id, detail, history };
      if (memory.size >= REMEMBERED) memory.delete(memory.keys().next().value!);
      memory.set(id, details);
      show(details);
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code !== 'cancelled') show({ id, error });
    }
  }

  return {
    load(id) {
      const details = known.get(id);
      if (details !== undefined) {
        if (store.get().details !== details) show(details);
        return;
      }
      const from = engine();
      if (from === undefined) return;
      asking.abort();
      asking = new AbortController();
      void ask(from, id, asking.signal);
    },
    forget() {
      known = new Map();
    },
  };
}
