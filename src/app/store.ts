/** One state, one store, two lanes: what a person did is told at once, what a machine reported once a frame. */

export interface Store<State> {
  get(): State;
  /** A person did something: listeners hear of it before this returns. */
  update(change: (state: State) => State): void;
  /** A machine reported something: applied at once, told within a frame. */
  stream(change: (state: State) => State): void;
  subscribe(listener: () => void): () => void;
}

export const FRAME_MS = 33;

export function createStore<State>(initial: State): Store<State> {
  let state = initial;
  let timer: NodeJS.Timeout | undefined;
  const listeners = new Set<() => void>();

  function tell(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const listener of listeners) listener();
  }

  return {
    get: () => state,
    update(change) {
      const next = change(state);
      if (next === state) return;
      state = next;
      tell();
    },
    stream(change) {
      const next = change(state);
      if (next === state) return;
      state = next;
      timer ??= setTimeout(tell, FRAME_MS);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
