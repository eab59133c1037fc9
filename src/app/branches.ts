/** The layer tree: opening and closing branches, and going to a row wherever it is. */
import type { App } from './app.ts';
import { allForestRows, type ForestRow, forestIndex, forestRows } from './forest-rows.ts';
import { cursorIndex, moveTo } from './list.ts';
import { activeList, currentImage } from './movement.ts';
import type { AppState } from './state.ts';

function currentRow(app: App): { rows: readonly ForestRow[]; index: number } {
  const state = app.store.get();
  const rows = forestRows(state);
  return { rows, index: cursorIndex(rows, state.forestPlace, forestIndex(rows)) };
}

/** The row under the cursor of the layers screen. */
export function currentForestRow(state: AppState): ForestRow | undefined {
  const rows = forestRows(state);
  return rows[cursorIndex(rows, state.forestPlace, forestIndex(rows))];
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
  } else if (row.parent !== undefined) goTo(app, rows.indexOf(row.parent));
}

export function openAllBranches(app: App): void {
  app.store.update((state) => (state.closed.size === 0 ? state : { ...state, closed: new Set() }));
}

/** Only the bases are left; the cursor goes to the one that it was on. */
export function closeAllBranches(app: App): void {
  const state = app.store.get();
  const rows = allForestRows(state);
  let row = currentForestRow(state);
  while (row?.parent !== undefined) row = row.parent;
  const closed = new Set(rows.filter((one) => one.shape === 'open').map((one) => one.id));
  app.store.update((now) => ({ ...now, closed }));
  if (row !== undefined) reveal(app, row);
}

function goTo(app: App, index: number): void {
  app.store.update((state) => {
    const list = activeList(state);
    return list === undefined ? state : list.put(state, moveTo(list.rows, list.place, index, list.height));
  });
}

/** Goes to a row and opens the branches that hide it. */
export function reveal(app: App, row: ForestRow): void {
  app.store.update((state) => {
    const shut: string[] = [];
    for (let above = row.parent; above !== undefined; above = above.parent) {
      if (state.closed.has(above.id)) shut.push(above.id);
    }
    return shut.length === 0
      ? state
      : { ...state, closed: new Set([...state.closed].filter((id) => !shut.includes(id))) };
  });
  const at = forestIndex(forestRows(app.store.get())).get(row.id);
  if (at !== undefined) goTo(app, at);
}

/** Goes to the layer screen, to the row where the current image ends. */
export function showLayers(app: App): void {
  const id = currentImage(app.store.get());
  if (id === undefined) return;
  app.store.update((state) => ({
    ...state,
    screen: 'layers',
    page: undefined,
    files: undefined,
    findings: undefined,
    compare: undefined,
    containerList: undefined,
    forestView: { ...state.forestView, flat: false, zoomed: false },
  }));
  const row = allForestRows(app.store.get()).find((one) => one.image === id);
  if (row === undefined) {
    app.say(
      'plain',
      app.store.get().stock === undefined
        ? 'the layers are still being read'
        : 'the layers of this image are not known',
    );
    return;
  }
  reveal(app, row);
}
