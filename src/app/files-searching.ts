/** Searching the paths of the files page: as one types, a piece at a time, and going from match to match. */
import type { App } from './app.ts';
import { type FilesPage, type FilesSearch, freshFound, isListing, isReading } from './files-page.ts';
import { filesWork } from './files-work.ts';
import { inSlices } from './in-slices.ts';
import { type Motion, motionTarget, windowTop } from './list.ts';
import { entryAt, revealed } from './open-tree.ts';
import { type FoundPaths, searchPaths } from './path-search.ts';
import type { AppState } from './state.ts';
import { fieldOf, type TextField } from './text-field.ts';

const NEW: FilesSearch = { text: '', found: undefined, listed: true, at: 0, top: 0 };

function withSearch(state: AppState, search: FilesSearch | undefined): AppState {
  return state.files === undefined ? state : { ...state, files: { ...state.files, search } };
}

export function editFilesSearch(app: App): void {
  app.store.update((state) => ({
    ...withSearch(state, { ...(state.files?.search ?? NEW), listed: true }),
    field: fieldOf(state.files?.search?.text ?? ''),
  }));
  searchFilesAgain(app);
}

/** What is typed into the search field. */
export function searchingFiles(state: AppState, field: TextField): AppState {
  const { files } = state;
  if (files === undefined) return state;
  const { search = NEW } = files;
  const next = search.text === field.text ? search : { ...search, text: field.text, at: 0, top: 0 };
  return { ...state, field, files: { ...files, search: next, focus: 'tree' } };
}

/**
 * Looks for what is typed, unless that is known already. While more is read, a search for the same goes on to its end in
 * the tree of before: begun anew for each tree, it would find nothing until all is read.
 */
export function searchFilesAgain(app: App): void {
  const work = filesWork(app);
  const page = app.store.get().files;
  const search = page?.search;
  if (page?.tree === undefined || search === undefined) return;
  if (freshFound(page) !== undefined) return;
  if (isReading(page) && work.stopSearching !== undefined && work.searching === search.text) return;
  work.searching = search.text;
  const { shown } = page.tree;
  work.stopSearching?.();
  work.stopSearching = undefined;
  let isAtOnce = true;
  let isDone = false;
  const stop = inSlices(searchPaths(shown, search.text), (found) => {
    isDone = true;
    work.stopSearching = undefined;
    const put = (state: AppState): AppState => withFound(state, page, found);
    if (isAtOnce) app.store.update(put);
    else app.store.stream(put);
    // With more to come, that is for when it has.
    const { files } = app.store.get();
    if (!isAtOnce && files !== undefined && !isReading(files)) searchFilesAgain(app);
  });
  isAtOnce = false;
  if (!isDone) work.stopSearching = stop;
}

function withFound(state: AppState, { opened }: FilesPage, found: FoundPaths): AppState {
  const { files } = state;
  if (files?.opened !== opened || files.search?.text !== found.text) return state;
  const at = Math.max(0, Math.min(files.search.at, found.entries.length - 1));
  return withSearch(state, { ...files.search, found, at });
}

/** Nothing typed is no search; of what was found the first stands under the cursor. */
export function submitFilesSearch(app: App): void {
  const search = app.store.get().files?.search;
  if (search === undefined || search.text.trim() === '')
    app.store.update((state) => withSearch(state, undefined));
  else if (search.found?.problem) app.say('bad', search.found.problem);
}

export function moveFound(page: FilesPage, motion: Motion, height: number): FilesPage {
  const search = page.search!;
  const count = search.found?.entries.length ?? 0;
  const at = Math.max(0, Math.min(count - 1, motionTarget(motion, search.at, count, height)));
  return { ...page, search: { ...search, at, top: windowTop(search.top, at, count, height) } };
}

/** The tree again, the cursor on what was under it in the list. */
export function goToFound(app: App): void {
  app.store.update((state) => {
    const { files } = state;
    const { tree, search } = files ?? {};
    if (files === undefined || tree === undefined || search === undefined) return state;
    const entry = freshFound(files)?.entries[search.at];
    if (entry === undefined) return state;
    return {
      ...state,
      files: { ...files, tree: revealed(tree, entry), search: { ...search, listed: false } },
    };
  });
}

/** The next of what was found: in the list, or in the tree, where it is opened as far as needed; round at the end. */
export function nextFound(app: App, step: 1 | -1): void {
  const page = app.store.get().files;
  const search = page?.search;
  if (page?.tree === undefined || search === undefined || search.text === '') {
    app.say('plain', '/ searches all paths');
    return;
  }
  const found = freshFound(page);
  if (found === undefined) {
    app.say('plain', 'still searching …');
    return;
  }
  const count = found.entries.length;
  if (count === 0) {
    app.say('bad', `"${search.text}" is in no path`);
    return;
  }
  // In the tree it goes on from the match that is under the cursor, or from the one that was.
  const here = isListing(page) ? search.at : found.entries.indexOf(entryAt(page.tree) ?? -1);
  const at = here === -1 ? search.at : (here + step + count) % count;
  app.store.update((state) => {
    const { files } = state;
    if (files?.tree === undefined) return state;
    const tree = isListing(files) ? files.tree : revealed(files.tree, found.entries[at]!);
    return { ...state, files: { ...files, tree, focus: 'tree', search: { ...files.search!, at } } };
  });
  app.say('plain', `match ${at + 1} of ${count}`);
}
