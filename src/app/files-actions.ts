/** What keys and mouse do on the files page. */

import type { App } from './app.ts';
import { arrangeFiles } from './files-arranging.ts';
import { FRAME, filesLayout } from './files-layout.ts';
import { currentEntry, type FilesPage, filesTarget, isListing } from './files-page.ts';
import { goToFound, moveFound } from './files-searching.ts';
import { wasteOpen } from './files-waste.ts';
import { type Motion, motionTarget, windowTop } from './list.ts';
import { allClosed, closed, entryAt, type OpenTree, opened, openedBelow, parentRow } from './open-tree.ts';
import { isFolder, type Kind } from './shown-tree.ts';
import type { AppState } from './state.ts';

function change(app: App, how: (page: FilesPage, state: AppState) => FilesPage): void {
  app.store.update((state) => {
    if (state.files === undefined) return state;
    const files = how(state.files, state);
    return files === state.files ? state : { ...state, files };
  });
}

function changeTree(app: App, how: (tree: OpenTree) => OpenTree): void {
  change(app, (page) => {
    if (page.tree === undefined) return page;
    const tree = how(page.tree);
    return tree === page.tree ? page : { ...page, tree };
  });
}

/** Layers and, last, all of them. */
function layerRow({ layer, indexes }: FilesPage): number {
  return layer ?? indexes.length;
}

export function moveFiles(app: App, motion: Motion): void {
  const before = app.store.get().files;
  change(app, (page, state) => {
    const layout = filesLayout(state);
    if (page.focus === 'layers') {
      const row = motionTarget(motion, layerRow(page), page.indexes.length + 1, layout.layers);
      return onLayer(page, row, layout.layers);
    }
    return isListing(page) ? moveFound(page, motion, layout.tree) : movedInTree(page, motion, layout.tree);
  });
  const after = app.store.get().files;
  if (after?.layer !== before?.layer) arrangeFiles(app);
}

function onLayer(page: FilesPage, wanted: number, height: number): FilesPage {
  const all = page.indexes.length;
  const row = Math.max(0, Math.min(all, wanted));
  return {
    ...page,
    layer: row === all ? undefined : row,
    layerTop: windowTop(page.layerTop, row, all + 1, height),
  };
}

function movedInTree(page: FilesPage, motion: Motion, height: number): FilesPage {
  const { tree } = page;
  if (tree === undefined || tree.entries.length === 0) return page;
  const count = tree.entries.length;
  const at = Math.max(0, Math.min(count - 1, motionTarget(motion, tree.at, count, height)));
  const top = windowTop(tree.top, at, count, height);
  return at === tree.at && top === tree.top ? page : { ...page, tree: { ...tree, at, top } };
}

export function nextFilesPane(app: App): void {
  change(app, (page) => ({ ...page, focus: page.focus === 'tree' ? 'layers' : 'tree' }));
}

/** Opens a folder; of one that is open goes to what is in it. Of a layer goes to its tree. */
export function openFolder(app: App): void {
  const page = app.store.get().files;
  if (page === undefined) return;
  if (page.focus === 'layers') {
    nextFilesPane(app);
    return;
  }
  if (isListing(page)) {
    goToFound(app);
    return;
  }
  changeTree(app, (tree) => {
    const entry = entryAt(tree);
    if (entry === undefined || tree.open[entry] !== 1) return opened(tree, tree.at);
    const inside = tree.depths[tree.at + 1];
    return inside !== undefined && inside > tree.depths[tree.at]! ? { ...tree, at: tree.at + 1 } : tree;
  });
}

/** Closes an open folder; elsewhere goes to the folder that it lies in. */
export function closeFolder(app: App): void {
  const page = app.store.get().files;
  if (page === undefined || page.focus === 'layers' || isListing(page)) return;
  changeTree(app, (tree) => {
    const entry = entryAt(tree);
    if (entry !== undefined && tree.open[entry] === 1) return closed(tree, tree.at);
    const above = parentRow(tree, tree.at);
    return above === -1 ? tree : { ...tree, at: above };
  });
}

/** All below the folder under the cursor; at a file all beside it, and from the layers those of the whole tree. */
export function openAllBelow(app: App): void {
  const isOfAll = app.store.get().files?.focus === 'layers';
  changeTree(app, (tree) => {
    const entry = entryAt(tree);
    if (isOfAll || entry === undefined) return openedBelow(tree, -1);
    return openedBelow(tree, isFolder(tree.shown.tree, entry) ? tree.at : parentRow(tree, tree.at));
  });
  showTree(app);
}

export function closeAllFolders(app: App): void {
  changeTree(app, allClosed);
  showTree(app);
}

/** Where there is room for one pane only, the one whose folders were opened or closed. */
function showTree(app: App): void {
  change(app, (page, state) => (filesLayout(state).treeCells === 0 ? { ...page, focus: 'tree' } : page));
}

/** Why no folders can be opened and closed. */
export function noFolders(app: App): string | undefined {
  const page = app.store.get().files;
  if (page?.tree === undefined) return 'nothing has been read yet';
  return isListing(page) ? 'what was found is a list without folders: esc goes to the tree' : undefined;
}

/** A folder opens or closes, of a file the facts are shown; what was found is gone to; of a layer its tree is. */
export function enterFile(app: App): void {
  const page = app.store.get().files;
  if (page === undefined) return;
  if (page.focus === 'layers' || isListing(page)) {
    openFolder(app);
    return;
  }
  const entry = currentEntry(page);
  if (page.tree === undefined || entry === undefined) return;
  if (!isFolder(page.tree.shown.tree, entry)) toggleDetails(app);
  else changeTree(app, (tree) => (tree.open[entry] === 1 ? closed(tree, tree.at) : opened(tree, tree.at)));
}

export function toggleDetails(app: App): void {
  change(app, (page) => ({ ...page, details: !page.details }));
}

/** A layer alone, or with all that is below it. */
export function toggleUpTo(app: App): void {
  change(app, (page) => ({ ...page, upTo: !page.upTo }));
  arrangeFiles(app);
}

/** Why there is no single layer to be shown another way, and how to get to one from the pane that has the keys. */
export function noLayer(app: App): string | undefined {
  const { files } = app.store.get();
  if (files?.layer !== undefined) return undefined;
  if (files?.indexes.length === 0) return 'there is no layer to be shown alone';
  return `all layers are shown: ${files?.focus === 'tree' ? 'tab, then ↑ goes' : '↑ goes'} to a single one`;
}

export function toggleKind(app: App, kind: Kind): void {
  change(app, (page) => {
    const hidden = new Set(page.look.hidden);
    if (!hidden.delete(kind)) hidden.add(kind);
    return { ...page, look: { ...page.look, hidden } };
  });
  arrangeFiles(app);
}

export function sortFiles(app: App): void {
  change(app, (page) => ({ ...page, look: { ...page.look, bySize: !page.look.bySize } }));
  arrangeFiles(app);
}

export function noFile(app: App): string | undefined {
  const state = app.store.get();
  if (filesTarget(state) !== undefined) return undefined;
  return state.files?.focus === 'layers' ? 'tab goes to the tree first' : 'there is no file under the cursor';
}

/** Why there are no facts to be shown, of an entry or of a layer. */
export function noDetails(app: App): string | undefined {
  const { files } = app.store.get();
  if (files?.focus !== 'layers') return noFile(app);
  return files.image === undefined ? 'nothing is known of the layers yet' : undefined;
}

/** One level back: the search, the facts, the list of waste that led here, then what the files were opened from. */
export function backFromFiles(state: AppState): AppState {
  const { files } = state;
  if (files === undefined) return state;
  if (files.search !== undefined) return { ...state, files: { ...files, search: undefined } };
  if (files.details) return { ...state, files: { ...files, details: false } };
  const waste = wasteOpen(state);
  if (waste !== undefined) return { ...state, wastePage: { ...waste, aside: false } };
  return { ...state, files: undefined };
}

/** Which pane is at a cell of the screen. */
function paneAt(page: FilesPage, state: AppState, x: number): FilesPage['focus'] {
  const { layerCells, treeCells } = filesLayout(state);
  if (layerCells === 0 || treeCells === 0) return page.focus;
  return x < layerCells ? 'layers' : 'tree';
}

/** Puts the cursor on the row that was clicked; a click on the folder under the cursor opens or closes it. */
export function clickFiles(app: App, x: number, y: number): void {
  const before = app.store.get().files;
  if (before === undefined) return;
  const state = app.store.get();
  const layout = filesLayout(state);
  const focus = paneAt(before, state, x);
  // Below the header, the title and the heads of the columns.
  const row = y - 1 - FRAME;
  if (row < 0) {
    change(app, (page) => ({ ...page, focus }));
    return;
  }
  if (focus === 'layers') {
    if (row >= layout.layers) return;
    change(app, (page) => {
      const top = windowTop(page.layerTop, layerRow(page), page.indexes.length + 1, layout.layers);
      return onLayer({ ...page, focus }, top + row, layout.layers);
    });
    if (app.store.get().files?.layer !== before.layer) arrangeFiles(app);
    return;
  }
  if (row >= layout.tree) return;
  if (isListing(before)) {
    const count = before.search!.found?.entries.length ?? 0;
    const at = windowTop(before.search!.top, before.search!.at, count, layout.tree) + row;
    if (at < count) change(app, (page) => ({ ...page, focus, search: { ...page.search!, at } }));
    return;
  }
  const { tree } = before;
  if (tree === undefined) return;
  const at = windowTop(tree.top, tree.at, tree.entries.length, layout.tree) + row;
  if (at >= tree.entries.length) return;
  const isAgain = before.focus === 'tree' && at === tree.at;
  change(app, (page) => ({ ...page, focus, tree: { ...tree, at } }));
  const entry = tree.entries[at]!;
  if (isAgain && isFolder(tree.shown.tree, entry)) enterFile(app);
}

/** Moves what is under the mouse. */
export function wheelFiles(app: App, motion: Motion, x: number): void {
  change(app, (page, state) => ({ ...page, focus: paneAt(page, state, x) }));
  moveFiles(app, motion);
}
