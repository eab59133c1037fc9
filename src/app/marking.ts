/** Marks: single images, a range, all that is shown. */
import type { App } from './app.ts';
import { plural } from './format.ts';
import { cursorIndex } from './list.ts';
import { currentImage, move } from './movement.ts';
import { pinOf } from './pins.ts';
import { toggleImage, withImages } from './planner-actions.ts';
import { rowsOf } from './rows.ts';
import type { AppState } from './state.ts';

/** Ids between the range's start and the cursor, both included. */
export function rangeIds(state: AppState): readonly string[] {
  if (state.rangeFrom === undefined) return [];
  const list = rowsOf(state)[state.focus];
  const from = list.indexOf.get(state.rangeFrom);
  const to = cursorIndex(list.rows, state.places[state.focus], list.indexOf);
  if (from === undefined || to < 0) return [];
  return list.rows.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.id);
}

/** Marks or unmarks the image under the cursor and goes one down; ends a range by marking it. */
export function toggleMark(app: App): void {
  const state = app.store.get();
  if (state.rangeFrom !== undefined) {
    const ids = rangeIds(state);
    app.store.update((now) => ({ ...withImages(now, ids), rangeFrom: undefined }));
    return;
  }
  const id = currentImage(state);
  if (id === undefined) return;
  toggleImage(app, id);
  move(app, 'down');
}

/** Begins a range at the cursor, or ends the one that is open. */
export function startRange(app: App): void {
  if (app.store.get().rangeFrom !== undefined) {
    toggleMark(app);
    return;
  }
  const id = currentImage(app.store.get());
  app.store.update((state) => ({ ...state, rangeFrom: id }));
  app.say('plain', 'range: move, then space or v marks it · esc drops it');
}

/** Marks all rows of the focused list, as filtered, but for what is pinned. */
export function markAll(app: App): void {
  const state = app.store.get();
  const rows = rowsOf(state)[state.focus].rows;
  const free = rows.filter((row) => pinOf(state, row.image) === undefined);
  app.store.update((now) =>
    withImages(
      now,
      free.map((row) => row.id),
    ),
  );
  const pinned = rows.length - free.length;
  if (pinned > 0) app.say('plain', `${plural(pinned, 'pinned image is', 'pinned images are')} not marked`);
}
