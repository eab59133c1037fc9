/** What a command is about: the marked images, or else the one under the cursor. */
import type { App } from './app.ts';
import { rowById } from './facts.ts';
import { currentImage } from './movement.ts';
import { markedImages } from './planned.ts';
import type { Row } from './rows.ts';
import { rowsOf } from './rows.ts';
import { PANES } from './state.ts';

/** Rows of the marked images, hidden by the filter or not; on an image's page only that image. */
export function chosenRows(app: App): readonly Row[] {
  const state = app.store.get();
  const marked = markedImages(state);
  if (state.page === undefined && marked.size > 0) {
    const all = rowsOf({ ...state, filter: '' });
    return PANES.flatMap((pane) => all[pane].rows.filter((row) => marked.has(row.id)));
  }
  const id = currentImage(state);
  const row = id === undefined ? undefined : rowById(state, id);
  return row === undefined ? [] : [row];
}
