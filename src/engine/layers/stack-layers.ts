/** Lays layers over each other, folder by folder: each name once, with what the layers did to it in their order. */

import { ROOT } from './breadth-tree.ts';
import { type Folder, FolderNames, isOfOneLayer, type Name } from './folder-names.ts';
import { DIRECTORY, FLAG, type LayerIndex, WHITEOUT } from './layer-index.ts';
import { CHANGES, REMOVED, StackedTree } from './stacked-tree.ts';

const ADDED = CHANGES.indexOf('added');
const CHANGED = CHANGES.indexOf('changed');

/** `indexes`: from the base up. */
export function stackLayers(indexes: readonly LayerIndex[]): StackedTree {
  const stacking = stackGradually(indexes);
  for (;;) {
    const { done, value } = stacking.next();
    if (done) return value;
  }
}

/** Names told between two pauses: about a millisecond. */
const PIECE = 1_000;
/** Of the room for names, the part whose filling is enough. */
const TIGHT = 0.75;

/** The same in pieces, for whoever has keys to hear in between. */
export function* stackGradually(indexes: readonly LayerIndex[]): Generator<void, StackedTree> {
  // No name is there more often than all layers together have it.
  const most = indexes.reduce((sum, index) => sum + index.count, 1);
  const layers = new Uint16Array(most);
  const entries = new Uint32Array(most);
  const changes = new Uint8Array(most);
  const changedBy = new Uint16Array(most);
  const mostFolders = indexes.reduce((sum, { columns }) => sum + columns.folders.length, 1);
  const folders = new Uint32Array(mostFolders);
  const firsts = new Uint32Array(mostFolders + 1);
  /** Of each folder, at first without the folders in it, by its place in `folders`. */
  const sizes = new Float64Array(mostFolders);
  const folderWaste = new Float64Array(mostFolders);
  /** Pairs of an entry that is no folder and its bytes. */
  const fileWaste: number[] = [];
  const counts = indexes.map(() => ({ added: 0, changed: 0, removed: 0 }));
  let count = 0;

  const push = (layer: number, entry: number, change: number, by: number): number => {
    layers[count] = layer;
    entries[count] = entry;
    changes[count] = change;
    changedBy[count] = by;
    return count++;
  };

  const top = Math.max(0, indexes.length - 1);
  push(top, ROOT, ADDED, top);
  /** Folders whose entries come next, in their order; the place alone of one that only its own layer has, as most are. */
  const waiting: (Folder | number | undefined)[] = [
    {
      place: 0,
      layers: indexes.map((_, layer) => layer),
      entries: indexes.map(() => ROOT),
      removedBy: -1,
      hiddenBelow: 0,
    },
  ];
  let told = 0;
  let next = 0;
  for (; next < waiting.length; next++) {
    const folder = waiting[next]!;
    waiting[next] = undefined;
    const place = typeof folder === 'number' ? folder : folder.place;
    folders[next] = place;
    firsts[next] = count;
    if (typeof folder === 'number' || isOfOneLayer(folder)) {
      const layer = layers[place]!;
      const { from, to } = indexes[layer]!.children(entries[place]!);
      for (let child = from; child < to; child++) {
        add(layer, child);
        if (++told % PIECE === 0) yield;
      }
      continue;
    }
    const names = new FolderNames(folder, indexes);
    while (names.next()) {
      const { name } = names;
      const layer = name.layers[0]!;
      const isAlone = name.layers.length === 1 && folder.removedBy === -1 && layer >= folder.hiddenBelow;
      if (isAlone) add(layer, name.entries[0]!);
      else tell(folder, name);
      if (++told % PIECE === 0) yield;
    }
  }
  firsts[next] = count;

  /** What `tell` finds of a name that only one layer has, and nothing hides. */
  function add(layer: number, entry: number): void {
    const index = indexes[layer]!;
    const type = index.columns.kinds[entry]! >>> 12;
    if (type === WHITEOUT) return;
    const place = push(layer, entry, ADDED, layer);
    if (type === DIRECTORY) {
      waiting.push(place);
      return;
    }
    counts[layer]!.added++;
    sizes[next]! += index.size(entry);
  }

  /** What the layers did to one name, from the base up. */
  function tell(folder: Folder, name: Name): void {
    let shown = -1;
    let last = -1;
    /** The entry that tells what it is: not one that only lies on the way to something. */
    let telling = -1;
    let by = -1;
    let change = ADDED;
    let waste = 0;
    /** The layer that took away what showed before the entries that now show as one. */
    let emptiedBy = 0;
    const hide = (layer: number): void => {
      waste += sizeOf(name, shown);
      if (!isFolderAt(name, shown)) counts[layer]!.removed++;
      shown = -1;
      by = layer;
      change = REMOVED;
    };
    /** What a folder had before it was emptied is gone. */
    const isEmptiedBefore = (layer: number): boolean =>
      shown !== -1 && name.layers[shown]! < folder.hiddenBelow && layer >= folder.hiddenBelow;
    for (let at = 0; at < name.layers.length; at++) {
      const layer = name.layers[at]!;
      const entry = name.entries[at]!;
      const index = indexes[layer]!;
      if (isEmptiedBefore(layer)) hide(folder.hiddenBelow);
      if (index.columns.kinds[entry]! >>> 12 === WHITEOUT) {
        if (shown !== -1) hide(layer);
        continue;
      }
      const merges =
        isFolderAt(name, at) && shown !== -1 && isFolderAt(name, shown) && !index.has(entry, FLAG.replaces);
      if (shown !== -1 && !merges) waste += sizeOf(name, shown);
      if (!merges) emptiedBy = shown === -1 && by !== -1 ? by : layer;
      if (!isFolderAt(name, at)) counts[layer]![last === -1 ? 'added' : 'changed']++;
      // A folder that only lies on the way to something is not changed by that.
      const touches = !(merges && index.has(entry, FLAG.implied));
      if (last !== -1 && touches) change = CHANGED;
      if (last === -1 || touches) by = layer;
      if (telling === -1 || touches) telling = at;
      shown = at;
      last = at;
    }
    if (last === -1) return;
    if (isEmptiedBefore(indexes.length)) hide(folder.hiddenBelow);
    if (folder.removedBy !== -1 && shown !== -1) hide(folder.removedBy);
    const place = push(name.layers[telling]!, name.entries[telling]!, change, by);
    if (isFolderAt(name, last)) {
      folderWaste[waiting.length] = waste;
      waiting.push(folderOf(name, place, emptiedBy, last, shown === -1 ? by : -1));
      return;
    }
    if (shown !== -1) sizes[next]! += sizeOf(name, shown);
    waste += bytesInFolders(name);
    folderWaste[next]! += waste;
    if (waste > 0) fileWaste.push(place, waste);
  }

  function sizeOf(name: Name, at: number): number {
    return indexes[name.layers[at]!]!.size(name.entries[at]!);
  }

  /** Of a folder that became something else: all that nobody visits any more. */
  function bytesInFolders(name: Name): number {
    return name.layers.reduce(
      (bytes, layer, at) =>
        bytes + (isFolderAt(name, at) ? bytesBelow(indexes[layer]!, name.entries[at]!) : 0),
      0,
    );
  }

  function isFolderAt(name: Name, at: number): boolean {
    return indexes[name.layers[at]!]!.columns.kinds[name.entries[at]!]! >>> 12 === DIRECTORY;
  }

  /** Of the same name, all folders: also those that a later one hides, since what was in them is told as removed. */
  function folderOf(name: Name, place: number, emptiedBy: number, last: number, removedBy: number): Folder {
    const of = { layers: [] as number[], entries: [] as number[] };
    let hiddenBelow = emptiedBy;
    for (let at = 0; at <= last; at++) {
      if (!isFolderAt(name, at)) continue;
      const layer = name.layers[at]!;
      of.layers.push(layer);
      of.entries.push(name.entries[at]!);
      if (indexes[layer]!.has(name.entries[at]!, FLAG.opaque)) hiddenBelow = Math.max(hiddenBelow, layer);
    }
    return { ...of, place, removedBy, hiddenBelow };
  }

  // Folders come after the one that they lie in, so from the last to the first all below is counted before it is added.
  for (let at = next - 1, above = at; at > 0; at--) {
    while (firsts[above]! > folders[at]!) above--;
    sizes[above]! += sizes[at]!;
    folderWaste[above]! += folderWaste[at]!;
  }
  yield;
  // Layers that have much in common leave much room.
  const isTight = count > most * TIGHT;
  const whole = <T extends Column>(column: T): T =>
    (isTight ? column.subarray(0, count) : column.slice(0, count)) as T;
  return new StackedTree(
    indexes,
    {
      count,
      layers: whole(layers),
      entries: whole(entries),
      changes: whole(changes),
      changedBy: whole(changedBy),
      folders: folders.slice(0, next),
      firsts: firsts.slice(0, next + 1),
      folderSizes: sizes.slice(0, next),
      wasted: merged(fileWaste, folders.subarray(0, next), folderWaste),
    },
    counts,
  );
}

type Column = Uint8Array | Uint16Array | Uint32Array;

/** Pairs of files and of folders that waste anything, ascending by entry, as one. */
function merged(files: readonly number[], folders: Uint32Array, folderWaste: Float64Array): Float64Array {
  const wasteful = folders.reduce((sum, _, at) => (folderWaste[at]! > 0 ? sum + 1 : sum), 0);
  const pairs = new Float64Array(files.length + wasteful * 2);
  let length = 0;
  let file = 0;
  for (const [at, folder] of folders.entries()) {
    for (; file < files.length && files[file]! < folder; file += 2)
      length = push(files[file]!, files[file + 1]!);
    if (folderWaste[at]! > 0) length = push(folder, folderWaste[at]!);
  }
  for (; file < files.length; file += 2) length = push(files[file]!, files[file + 1]!);
  return pairs;

  function push(entry: number, bytes: number): number {
    pairs[length] = entry;
    pairs[length + 1] = bytes;
    return length + 2;
  }
}

function bytesBelow(index: LayerIndex, folder: number): number {
  let bytes = 0;
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { from, to } = index.children(next);
    for (let child = from; child < to; child++) {
      bytes += index.size(child);
      open.push(child);
    }
  }
  return bytes;
}
