/** Details of the image under the cursor are asked for when it has rested there. */
import type { App } from './app.ts';
import { currentImage } from './movement.ts';
import type { AppState } from './state.ts';

/** `rest`: milliseconds. Call the result to stop. */
export function followCurrent({ store, session }: Pick<App, 'store' | 'session'>, rest: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  let resting: string | undefined;
  let listed: AppState['images'] | undefined;
  const unsubscribe = store.subscribe(() => {
    const state = store.get();
    const id = currentImage(state);
    // A new list may have changed what is known of the image that the cursor rests on.
    if (id === resting && state.images === listed) return;
    resting = id;
    listed = state.images;
    clearTimeout(timer);
    if (id !== undefined) timer = setTimeout(() => session.loadDetails(id), rest);
  });
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}
