/** How the layer forest is looked at and marked: flat or as a tree, in which order, from match to match. */
import { imagesOn } from '../engine/forest.ts';
import type { App } from './app.ts';
import { currentForestRow, reveal } from './branches.ts';
import { allForestRows, type ForestRow, forestIndex } from './forest-rows.ts';
import { forestMatches } from './forest-search.ts';
import { FOREST_COLUMNS, type ForestView } from './forest-view.ts';
import { plural } from './format.ts';
import { pinOf } from './pins.ts';
import { isPlanning, markedImages } from './planned.ts';
import { withImages } from './planner-actions.ts';
import type { AppState } from './state.ts';
import { fieldOf } from './text-field.ts';

function changeView(app: App, change: (view: ForestView) => Partial<ForestView>): void {
  app.store.update((state) => ({
    ...state,
    forestView: { ...state.forestView, ...change(state.forestView) },
  }));
}

/** The layer under the cursor on the whole screen, or beside the tree again. */
export function zoomLayer(app: App): void {
  changeView(app, ({ zoomed }) => ({ zoomed: !zoomed }));
}

export function toggleFlat(app: App): void {
  const { cursor } = app.store.get().forestPlace;
  changeView(app, ({ flat }) => ({ flat: !flat }));
  const state = app.store.get();
  // The cursor stays on its layer: as a layer of its own, or in the run that holds it.
  const at = cursor?.startsWith('image:') ? undefined : cursor;
  const row = allForestRows(state).find(
    ({ id, layers }) => id === at || layers.some((layer) => layer.chainId === at),
  );
  if (row !== undefined) reveal(app, row);
  app.say('plain', state.forestView.flat ? 'every layer a row' : 'as a tree');
}

export function nextForestSort(app: App): void {
  changeView(app, ({ sort }) => {
    const at = FOREST_COLUMNS.indexOf(sort.column);
    return { sort: { column: FOREST_COLUMNS[(at + 1) % FOREST_COLUMNS.length]!, reverse: false } };
  });
  app.say('plain', `sorted by ${app.store.get().forestView.sort.column}`);
}

export function reverseForestSort(app: App): void {
  changeView(app, ({ sort }) => ({ sort: { ...sort, reverse: !sort.reverse } }));
}

export function searchForest(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.forestView.search) }));
}

/** What was typed is looked for from the cursor on; nothing typed is no search. */
export function submitForestSearch(app: App): void {
  if (app.store.get().forestView.search !== '') nextForestMatch(app, 1, true);
}

/** Goes to the match below or above the cursor, around the end, and opens what hides it. */
export function nextForestMatch(app: App, step: 1 | -1, fromHere = false): void {
  const state = app.store.get();
  const { search } = state.forestView;
  if (search === '') {
    app.say('plain', '/ searches instructions, names and digests');
    return;
  }
  const matches = forestMatches(state);
  if (matches.length === 0) {
    app.say('bad', `"${search}" is in no layer`);
    return;
  }
  const places = forestIndex(allForestRows(state));
  const current = currentForestRow(state);
  const at = (current === undefined ? undefined : places.get(current.id)) ?? -1;
  const place = (row: ForestRow): number => places.get(row.id)!;
  const next =
    step === 1
      ? matches.find((row) => place(row) > at || (fromHere && place(row) === at))
      : matches.findLast((row) => place(row) < at);
  const target = next ?? (step === 1 ? matches[0]! : matches.at(-1)!);
  reveal(app, target);
  app.say('plain', `match ${matches.indexOf(target) + 1} of ${matches.length}`);
}

/** Marks every image that stands on the layer under the cursor, or takes these marks away; pinned ones stay unmarked. */
export function markBranch(app: App): void {
  const state = app.store.get();
  const row = currentForestRow(state);
  if (row === undefined) return;
  const all = row.layers.length === 0 ? [row.image!] : imagesOn(row.node);
  const images = new Map(state.images.map((image) => [image.id, image]));
  const isPinned = (id: string): boolean => {
    const image = images.get(id);
    return image !== undefined && pinOf(state, image) !== undefined;
  };
  const free = all.filter((id) => !isPinned(id));
  const marked = markedImages(state);
  const unmark = free.length > 0 && free.every((id) => marked.has(id));
  app.store.update((now) => (unmark ? withoutImages(now, free) : withImages(now, free)));
  const pinned = all.length - free.length;
  const left = pinned === 0 ? '' : ` · ${plural(pinned, 'pinned image')} left alone`;
  app.say('plain', `${unmark ? 'unmarked' : 'marked'} ${plural(free.length, 'image')}${left}`);
}

/** What rules mark anyway is left out of them. */
function withoutImages(state: AppState, ids: readonly string[]): AppState {
  const marks = new Set(state.marks);
  for (const id of ids) marks.delete(id);
  const without = { ...state, marks };
  if (!isPlanning(state)) return without;
  const still = markedImages(without);
  const excluded = new Set([...state.planner.excluded, ...ids.filter((id) => still.has(id))]);
  return { ...without, planner: { ...state.planner, excluded } };
}
