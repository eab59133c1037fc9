/** What layers laid over each other did to one name in one folder. Source: OCI image spec, "Layer Filesystem Changeset". */
import { type Folder, isCleared, type Name } from './folder-names.ts';
import { DIRECTORY, FLAG, type LayerIndex, WHITEOUT } from './layer-index.ts';
import { CHANGES, type LayerCounts, REMOVED } from './stacked-tree.ts';

const ADDED = CHANGES.indexOf('added');
const CHANGED = CHANGES.indexOf('changed');

/** What became of one name; `shown`, `last` and `telling` are places in it, or -1. */
export interface Fate {
  /** What is to be seen in the end, and the last there was. */
  readonly shown: number;
  readonly last: number;
  /** The entry that tells what it is: not one that only lies on the way to something. */
  readonly telling: number;
  /** A place in CHANGES, and the layer that did it. */
  readonly change: number;
  readonly by: number;
  readonly waste: number;
  /** Layers that took away what it had as a folder, ascending. */
  readonly clearings: readonly number[];
}

type Counting = { -readonly [Kind in keyof LayerCounts]: number };

/** From the base up; adds to `counts`, which has one place a layer. */
export function judge(
  indexes: readonly LayerIndex[],
  { clearings }: Folder,
  name: Name,
  counts: readonly Counting[],
): Fate {
  let shown = -1;
  let last = -1;
  let telling = -1;
  let by = -1;
  let change = ADDED;
  let waste = 0;
  const own: number[] = [];
  const hide = (layer: number, isThereAnew: boolean): void => {
    waste += sizeOf(indexes, name, shown);
    if (isFolderAt(indexes, name, shown)) own.push(layer);
    else if (!isThereAnew) counts[layer]!.removed++;
    shown = -1;
    by = layer;
    change = REMOVED;
  };
  /** The first layer, up to this one, that took away what shows together with its folder. */
  const clearedBy = (layer: number): number => {
    if (shown === -1 || !isCleared(clearings, name.layers[shown]!)) return -1;
    const clearing = clearings.find((one) => one > name.layers[shown]!)!;
    return clearing <= layer ? clearing : -1;
  };
  for (let at = 0; at < name.layers.length; at++) {
    const layer = name.layers[at]!;
    const entry = name.entries[at]!;
    const index = indexes[layer]!;
    const isFolder = isFolderAt(indexes, name, at);
    const isGone = index.columns.kinds[entry]! >>> 12 === WHITEOUT;
    const clearing = clearedBy(layer);
    if (clearing !== -1) hide(clearing, clearing === layer && !isGone);
    if (isGone) {
      if (shown !== -1) hide(layer, false);
      continue;
    }
    const wasFolder = shown !== -1 && isFolderAt(indexes, name, shown);
    const merges = isFolder && wasFolder && !index.has(entry, FLAG.replaces);
    if (shown !== -1 && !merges) waste += sizeOf(indexes, name, shown);
    if (wasFolder && (!merges || index.has(entry, FLAG.opaque))) own.push(layer);
    if (!isFolder) counts[layer]![last === -1 ? 'added' : 'changed']++;
    // A folder that only lies on the way to something is not changed by that.
    const touches = !(merges && index.has(entry, FLAG.implied));
    if (last !== -1 && touches) change = CHANGED;
    if (last === -1 || touches) by = layer;
    if (telling === -1 || touches) telling = at;
    shown = at;
    last = at;
  }
  const clearing = clearedBy(indexes.length);
  if (clearing !== -1) hide(clearing, false);
  return { shown, last, telling, by, change, waste, clearings: own };
}

export function sizeOf(indexes: readonly LayerIndex[], name: Name, at: number): number {
  return indexes[name.layers[at]!]!.size(name.entries[at]!);
}

export function isFolderAt(indexes: readonly LayerIndex[], name: Name, at: number): boolean {
  return indexes[name.layers[at]!]!.columns.kinds[name.entries[at]!]! >>> 12 === DIRECTORY;
}
