/** What goes on for a comparison outside of the state. */
import type { App } from './app.ts';

/** Aborted when the page is left, or read anew. */
const works = new WeakMap<App['store'], AbortController>();

/** Ends what is under way, and begins anew. */
export function beginCompare({ store }: Pick<App, 'store'>): AbortSignal {
  endCompare({ store });
  const work = new AbortController();
  works.set(store, work);
  return work.signal;
}

export function endCompare({ store }: Pick<App, 'store'>): void {
  works.get(store)?.abort();
  works.delete(store);
}
