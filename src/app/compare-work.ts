/** What goes on for a comparison outside of the state. */
import type { App } from './app.ts';
import type { ComparePage } from './compare-page.ts';

/** Aborted when the page is left, or read anew. */
const works = new WeakMap<App['store'], AbortController>();

/** Ends what is under way, and begins anew. */
export function beginCompare({ store }: Pick<App, 'store'>): AbortSignal {
  endCompare({ store });
  const work = new AbortController();
  works.set(store, work);
  return work.signal;
}

/** Of what the open page reads. */
export function compareSignal({ store }: Pick<App, 'store'>): AbortSignal | undefined {
  return works.get(store)?.signal;
}

export function endCompare({ store }: Pick<App, 'store'>): void {
  works.get(store)?.abort();
  works.delete(store);
}

/** Changes the page as long as it is the one that was opened. */
export function comparePutter(app: App, opened: object, signal: AbortSignal) {
  return (change: (page: ComparePage) => Partial<ComparePage>): void =>
    app.store.stream((state) => {
      const { compare } = state;
      if (signal.aborted || compare?.opened !== opened) return state;
      return { ...state, compare: { ...compare, ...change(compare) } };
    });
}
