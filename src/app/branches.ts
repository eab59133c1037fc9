/** The layer tree: opening, closing, and finding an image in it. */
import type { App } from './app.ts';
import { type ForestRow, forestRows } from './forest-rows.ts';
import { cursorIndex, moveTo } from './list.ts';
import { activeList, currentImage } from './movement.ts';

function currentRow(app: App): { rows: readonly ForestRow[]; index: number } {
  const state = app.store.get();
  const rows = forestRows(state);
  return { rows, index: cursorIndex(rows, state.forestPlace) };
}

/** Opens a closed branch; on an open one goes to its first child. */
export function openBranch(app: App): void {
  const { rows, index } = currentRow(app);
  const row = rows[index];
  if (row === undefined) return;
  if (row.shape === 'closed') {
    app.store.update((state) => ({
      ...state,
      closed: new Set([...state.closed].filter((id) => id !== row.id)),
    }));
  } else if (row.shape === 'open') goTo(app, index + 1);
}

/** Closes an open branch; elsewhere goes up to the branch it hangs on. */
export function closeBranch(app: App): void {
  const { rows, index } = currentRow(app);
  const row = rows[index];
  if (row === undefined) return;
  if (row.shape === 'open') {
    app.store.update((state) => ({
      ...state,
      closed: new Set([...state.closed, row.id]),
      forestPlace: { ...state.forestPlace, cursor: row.id },
    }));
    return;
  }
  for (let above = index - 1; above >= 0; above--) {
    if (rows[above]!.prefix.length < row.prefix.length) {
      goTo(app, above);
      return;
    }
  }
}

function goTo(app: App, index: number): void {
  app.store.update((state) => {
    const list = activeList(state);
    return list === undefined ? state : list.put(state, moveTo(list.rows, list.place, index, list.height));
  });
}

/** Goes to the layer screen, to the row where the current image ends. */
export function showLayers(app: App): void {
  const id = currentImage(app.store.get());
  if (id === undefined) return;
  app.store.update((state) => ({
    ...state,
    screen: 'layers',
    page: undefined,
    containerList: undefined,
    closed: new Set(),
  }));
  const rows = forestRows(app.store.get());
  const index = rows.findIndex((row) => row.image === id);
  if (index < 0) {
    app.say(
      'plain',
      app.store.get().stock === undefined
        ? 'the layers are still being read'
        : 'the layers of this image are not known',
    );
    return;
  }
  goTo(app, index);
}
