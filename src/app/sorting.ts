/** The order of the image lists. */
import type { App } from './app.ts';
import { SORT_COLUMNS } from './state.ts';

export function nextSort(app: App): void {
  app.store.update((state) => {
    const at = SORT_COLUMNS.indexOf(state.sort.column);
    return { ...state, sort: { column: SORT_COLUMNS[(at + 1) % SORT_COLUMNS.length]!, reverse: false } };
  });
  app.say('plain', `sorted by ${app.store.get().sort.column}`);
}

export function reverseSort(app: App): void {
  app.store.update((state) => ({ ...state, sort: { ...state.sort, reverse: !state.sort.reverse } }));
}
