/** The cursor goes to an image that came, as long as the person has not gone anywhere else meanwhile. */
import type { App } from './app.ts';
import { rowsOf } from './rows.ts';
import { PANES } from './state.ts';

/** Call it when the work begins; the result goes to the image when it has come, and says whether it did. */
export function cursorWhileAway(app: App): (id: string) => boolean {
  const { places, focus, filter } = app.store.get();
  return (id) => {
    const now = app.store.get();
    const { containerList, changesPage, files, findings, compare, actList } = now;
    const isHidden = [containerList, changesPage, files, findings, compare, actList].some(
      (over) => over !== undefined,
    );
    const isFree =
      now.screen === 'images' &&
      now.page === undefined &&
      now.overlay === undefined &&
      now.field === undefined &&
      now.places === places &&
      now.focus === focus &&
      now.filter === filter;
    const pane = PANES.find((each) => rowsOf(now)[each].indexOf.has(id));
    if (!isFree || pane === undefined) return false;
    app.store.update((state) => ({
      ...state,
      focus: pane,
      places: { ...state.places, [pane]: { ...state.places[pane], cursor: id } },
    }));
    return !isHidden;
  };
}
