/** What keys and mouse do on the page of waste. */

import { itemPath } from '../engine/layers/waste-words.ts';
import type { App } from './app.ts';
import { arrangeFiles } from './files-arranging.ts';
import { type FilesPage, filesShown } from './files-page.ts';
import {
  atRow,
  currentWaste,
  movedWaste,
  nextKind,
  WASTE_HEAD,
  wasteItems,
  wasteLayout,
  wasteOfPage,
  wasteOpen,
  wasteShown,
  withWastePage,
} from './files-waste.ts';
import type { Motion } from './list.ts';
import { revealed } from './open-tree.ts';
import type { AppState } from './state.ts';

/** As it was left for one of its paths, or anew. */
export function openWaste(app: App): void {
  app.store.update((state) => {
    const files = filesShown(state);
    if (files === undefined) return state;
    const left = wasteOpen(state);
    const page = { opened: files.opened, kind: undefined, at: 0, top: 0, aside: false, comparing: undefined };
    return { ...state, wastePage: left === undefined ? page : { ...left, aside: false } };
  });
}

export function noWaste(app: App): string | undefined {
  const state = app.store.get();
  const { files } = state;
  if (files === undefined) return 'no files are shown';
  if (wasteOfPage(state, files) !== undefined) return undefined;
  return files.error === undefined ? 'waits until all layers are read' : 'not all layers could be read';
}

export function backFromWaste(state: AppState): AppState {
  return { ...state, wastePage: undefined };
}

export function moveWaste(app: App, motion: Motion): void {
  app.store.update((state) => movedWaste(state, motion));
}

export function nextWasteKind(app: App, step: 1 | -1): void {
  app.store.update((state) => nextKind(state, step));
}

export function noItem(app: App): string | undefined {
  return currentWaste(app.store.get()) === undefined ? 'nothing is listed here' : undefined;
}

/** Its path in the tree of all layers, what was deleted among it; the way back from there leads here again. */
export function showWaste(app: App): void {
  const item = currentWaste(app.store.get());
  if (item === undefined) return;
  const { path } = item;
  app.store.update((state) => {
    const { files } = state;
    if (files === undefined) return state;
    const aside = withWastePage(state, (page) => ({ ...page, aside: true, comparing: undefined }));
    return { ...aside, files: goingTo(files, path) };
  });
  arrangeFiles(app);
}

function goingTo(files: FilesPage, path: Uint8Array): FilesPage {
  // Whatever was left out of the tree may be what is gone to.
  const look = files.look.hidden.size === 0 ? files.look : { ...files.look, hidden: new Set<never>() };
  const page: FilesPage = { ...files, look, layer: undefined, focus: 'tree', search: undefined };
  const { tree } = files;
  const isWhole = tree !== undefined && tree.shown.alone === undefined && files.layer === undefined;
  const entry = isWhole && look === files.look ? tree.shown.tree.find(path) : undefined;
  return entry === undefined || tree === undefined
    ? { ...page, goTo: path }
    : { ...page, tree: revealed(tree, entry) };
}

export function copyWastePath(app: App): void {
  const item = currentWaste(app.store.get());
  if (item === undefined) return;
  const path = itemPath(item);
  if (app.terminal.copy(path)) app.say('good', `copied ${path}`);
  else app.say('bad', 'too long for the terminal clipboard');
}

export function copyWasteFix(app: App): void {
  const item = currentWaste(app.store.get());
  if (item === undefined) return;
  if (app.terminal.copy(item.fix)) app.say('good', 'copied the fix');
  else app.say('bad', 'too long for the terminal clipboard');
}

/** Puts the cursor on the row that was clicked; a click on the item under the cursor shows it in the tree. */
export function clickWaste(app: App, y: number): void {
  const state = app.store.get();
  const page = wasteShown(state);
  const { list } = wasteLayout(state);
  const count = wasteItems(state).length;
  const row = y - WASTE_HEAD;
  if (page === undefined || row < 0 || row >= list || page.top + row >= count) return;
  if (page.top + row === page.at) showWaste(app);
  else app.store.update((now) => withWastePage(now, (each) => atRow(each, each.top + row, count, list)));
}
