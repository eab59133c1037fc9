/** What keys and mouse do on the page of a comparison. */
import type { FileChange } from '../engine/compare/file-changes.ts';
import type { App } from './app.ts';
import { COMPARE_TABS, type ComparePage, compareHeight } from './compare-page.ts';
import { openPatch } from './compare-patching.ts';
import { fileRows, patchLength, textRows } from './compare-rows.ts';
import { type Motion, motionTarget, windowTop } from './list.ts';
import type { AppState } from './state.ts';
import { fieldOf, type TextField } from './text-field.ts';

function change(app: App, how: (page: ComparePage, state: AppState) => ComparePage): void {
  app.store.update((state) => {
    if (state.compare === undefined) return state;
    const compare = how(state.compare, state);
    return compare === state.compare ? state : { ...state, compare };
  });
}

/** Rows of text are `cells` wide. */
export function compareCells(state: AppState): number {
  return state.columns - 4;
}

export function moveCompare(app: App, motion: Motion): void {
  change(app, (page, state) => {
    const height = compareHeight(state, page);
    if (page.patch !== undefined) {
      const { patch } = page;
      const top = scrolled(motion, patch.top, patchLength(patch.diff), height);
      return top === patch.top ? page : { ...page, patch: { ...patch, top } };
    }
    const place = page.places[page.tab];
    if (page.tab !== 'files') {
      const top = scrolled(motion, place.top, textRows(page, compareCells(state)).length, height);
      return top === place.top ? page : withPlace(page, { at: top, top });
    }
    const count = fileRows(page).length;
    const at = Math.max(0, Math.min(count - 1, motionTarget(motion, place.at, count, height)));
    const top = windowTop(place.top, at, count, height);
    return at === place.at && top === place.top ? page : withPlace(page, { at, top });
  });
}

function scrolled(motion: Motion, top: number, rows: number, height: number): number {
  const last = Math.max(0, rows - height);
  const target = motion === 'bottom' ? last : motionTarget(motion, top, last + 1, height);
  return Math.max(0, Math.min(last, target));
}

function withPlace(page: ComparePage, place: ComparePage['places']['files']): ComparePage {
  return { ...page, places: { ...page.places, [page.tab]: place } };
}

export function nextCompareTab(app: App, step: 1 | -1): void {
  change(app, (page) => {
    const at = COMPARE_TABS.indexOf(page.tab);
    const tab = COMPARE_TABS[(at + step + COMPARE_TABS.length) % COMPARE_TABS.length]!;
    return { ...page, tab, patch: undefined };
  });
}

/** From the other tabs enter leads to the files; there it opens the text of the one under the cursor. */
export function enterCompare(app: App): void {
  const page = app.store.get().compare;
  if (page?.tab === 'files') openPatch(app);
  else change(app, (now) => ({ ...now, tab: 'files' }));
}

const TOP = { at: 0, top: 0 };

export function toggleChanges(app: App, kind: FileChange['kind']): void {
  change(app, (page) => {
    const hidden = new Set(page.hidden);
    if (!hidden.delete(kind)) hidden.add(kind);
    return { ...page, hidden, places: { ...page.places, files: TOP } };
  });
}

export function sortCompare(app: App): void {
  change(app, (page) => ({ ...page, byPath: !page.byPath, places: { ...page.places, files: TOP } }));
}

export function searchCompare(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.compare?.search ?? '') }));
}

/** What is typed into the search field. */
export function searchingCompare(state: AppState, field: TextField): AppState {
  const { compare } = state;
  if (compare === undefined) return state;
  const places = { overview: TOP, packages: TOP, files: TOP, layers: TOP };
  return {
    ...state,
    field,
    compare: field.text === compare.search ? compare : { ...compare, search: field.text, places },
  };
}

export function copyCompared(app: App): void {
  const page = app.store.get().compare;
  const file = page === undefined ? undefined : (page.patch?.change ?? fileRows(page)[page.places.files.at]);
  if (file === undefined) app.say('plain', 'there is no path to copy');
  else if (app.terminal.copy(`/${file.path}`)) app.say('good', `copied /${file.path}`);
  else app.say('bad', 'too long for the terminal clipboard');
}

/** One level back: the text of a file, the search, then what the images were compared from. */
export function backFromCompare(state: AppState): AppState {
  const { compare } = state;
  if (compare === undefined) return state;
  if (compare.patch !== undefined) return { ...state, compare: { ...compare, patch: undefined } };
  if (compare.search !== '') return { ...searchingCompare(state, NO_TEXT), field: undefined };
  return { ...state, compare: undefined };
}

const NO_TEXT: TextField = { text: '', cursor: 0 };

/** Puts the cursor on the row that was clicked; a second click opens it. */
export function clickCompare(app: App, y: number): void {
  const page = app.store.get().compare;
  if (page?.tab !== 'files' || page.patch !== undefined) return;
  // Below the header, the title, the tabs and the heads.
  const row = page.places.files.top + y - 4;
  if (y < 4 || row >= fileRows(page).length) return;
  if (row === page.places.files.at) openPatch(app);
  else change(app, (now) => withPlace(now, { ...now.places.files, at: row }));
}
