/** Messages that nobody answers go by themselves. */
import type { App } from './app.ts';
import type { AppState } from './state.ts';

/** How long a message stays, in milliseconds. */
const STAY = 10_000;

/** Call the result to stop. */
export function fadeToasts({ store, hush }: Pick<App, 'store' | 'hush'>): () => void {
  let toast: AppState['toast'];
  let fading: NodeJS.Timeout | undefined;
  const unsubscribe = store.subscribe(() => {
    if (store.get().toast === toast) return;
    toast = store.get().toast;
    clearTimeout(fading);
    // What failed stays until a key; good news need not.
    if (toast !== undefined && toast.tone !== 'bad') fading = setTimeout(hush, STAY);
  });
  return () => {
    unsubscribe();
    clearTimeout(fading);
  };
}
