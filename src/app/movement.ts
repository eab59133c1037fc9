/** Moving: the cursor of whatever list is shown, the window of whatever page, and between them. */
import type { App } from './app.ts';
import { askingOfEnding } from './ending-question.ts';
import { forestIndex, forestRows } from './forest-rows.ts';
import { isPaging, jobRows, scrollJob } from './job-scroll.ts';
import { layoutOf } from './layout.ts';
import { cursorIndex, type Keyed, type Motion, motionTarget, moveTo } from './list.ts';
import { pageHeight, pageLength } from './page.ts';
import { currentMarked, movePlanner } from './planner-movement.ts';
import { rowsOf } from './rows.ts';
import { paneHeight } from './stack.ts';
import { type AppState, PANES, type PaneId, type Place, type ScreenId } from './state.ts';

/** The list that has the cursor: its rows, its place, the rows drawn at once, and how to put a new place back. */
export interface ActiveList {
  readonly rows: readonly Keyed[];
  readonly place: Place;
  readonly height: number;
  readonly index: number;
  readonly put: (state: AppState, place: Place) => AppState;
}

export function activeList(state: AppState): ActiveList | undefined {
  const layout = layoutOf(state.columns, state.rows);
  switch (state.screen) {
    case 'images': {
      const pane = state.focus;
      const list = rowsOf(state)[pane];
      const place = state.places[pane];
      return {
        rows: list.rows,
        place,
        height: paneHeight(state, pane),
        index: cursorIndex(list.rows, place, list.indexOf),
        put: (to, next) => ({ ...to, places: { ...to.places, [pane]: next } }),
      };
    }
    case 'layers': {
      const rows = forestRows(state);
      const index = cursorIndex(rows, state.forestPlace, forestIndex(rows));
      return {
        rows,
        place: state.forestPlace,
        height: layout.body.height - 2,
        index,
        put: (to, next) => ({ ...to, forestPlace: next }),
      };
    }
    case 'jobs': {
      const index = cursorIndex(state.jobs, state.jobPlace);
      return {
        rows: state.jobs,
        place: state.jobPlace,
        height: jobRows(state),
        index,
        put: (to, next) => ({ ...to, jobPlace: next, jobTop: 0 }),
      };
    }
    case 'disk':
      return undefined;
  }
}

export function move(app: App, motion: Motion): void {
  app.store.update((state) => {
    if (state.page !== undefined) return movePage(state, motion);
    if (state.screen === 'jobs' && isPaging(motion)) return scrollJob(state, motion);
    if (state.screen === 'disk') return movePlanner(state, motion);
    const list = activeList(state);
    if (list === undefined || list.rows.length === 0) return state;
    const target = motionTarget(motion, list.index, list.rows.length, list.height);
    const place = moveTo(list.rows, list.place, target, list.height);
    return place.cursor === list.place.cursor && place.top === list.place.top
      ? state
      : list.put(state, place);
  });
}

function movePage(state: AppState, motion: Motion): AppState {
  const page = state.page!;
  const height = pageHeight(state);
  const last = Math.max(0, pageLength(state) - height);
  const target = motion === 'bottom' ? last : motionTarget(motion, page.top, last + 1, height);
  const top = Math.max(0, Math.min(last, target));
  return top === page.top ? state : { ...state, page: { ...page, top } };
}

export function openScreen(app: App, screen: ScreenId): void {
  app.store.update((state) =>
    askingOfEnding({
      ...state,
      screen,
      page: undefined,
      log: undefined,
      result: undefined,
      buildPage: undefined,
      rangeFrom: undefined,
      containerList: undefined,
      changesPage: undefined,
      files: undefined,
      fileView: undefined,
      findings: undefined,
      compare: undefined,
      actList: undefined,
    }),
  );
}

/** The next of the three lists, empty ones passed over. */
export function nextPane(app: App, step: 1 | -1): void {
  app.store.update((state) => {
    const rows = rowsOf(state);
    let at = PANES.indexOf(state.focus);
    for (let tries = 0; tries < PANES.length; tries++) {
      at = (at + step + PANES.length) % PANES.length;
      const pane = PANES[at]!;
      if (pane === 'tagged' || rows[pane].rows.length > 0) return focusPane(state, pane);
    }
    return state;
  });
}

export function focusPane(state: AppState, pane: PaneId): AppState {
  return state.focus === pane ? state : { ...state, focus: pane, rangeFrom: undefined };
}

/** The image under the cursor on screen 1 or 2, or of the open page. */
export function currentImage(state: AppState): string | undefined {
  if (state.page !== undefined) return state.page.id;
  if (state.screen === 'images') {
    const list = rowsOf(state)[state.focus];
    return list.rows[cursorIndex(list.rows, state.places[state.focus], list.indexOf)]?.id;
  }
  if (state.screen === 'layers') {
    const rows = forestRows(state);
    return rows[cursorIndex(rows, state.forestPlace, forestIndex(rows))]?.image;
  }
  return state.screen === 'disk' ? currentMarked(state) : undefined;
}
