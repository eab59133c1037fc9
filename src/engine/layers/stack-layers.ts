/** Lays layers over each other, folder by folder: each name once, with what the layers did to it in their order. */

import { ROOT } from './breadth-tree.ts';
import { type Folder, FolderNames, isCleared, isOfOneLayer, type Name } from './folder-names.ts';
import { DIRECTORY, type LayerIndex, WHITEOUT } from './layer-index.ts';
import { isFolderAt, judge, sizeOf } from './name-fate.ts';
import { CHANGES, StackedTree } from './stacked-tree.ts';

const ADDED = CHANGES.indexOf('added');

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
      clearings: [],
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
      const isAlone = name.layers.length === 1 && !isCleared(folder.clearings, layer);
      if (isAlone) add(layer, name.entries[0]!);
      else {
        const hidden = tell(folder, name);
        if (hidden !== undefined) wastes(hidden.top.place, hidden.waste + (yield* hiddenIn(hidden.top)));
      }
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

  /** Puts a name into the tree, and a folder behind all that waits; of what was a folder it gives what is left to count. */
  function tell(folder: Folder, name: Name): { readonly top: Folder; readonly waste: number } | undefined {
    const { shown, last, telling, by, change, waste, clearings } = judge(indexes, folder, name, counts);
    if (last === -1) return undefined;
    const place = push(name.layers[telling]!, name.entries[telling]!, change, by);
    if (isFolderAt(indexes, name, last)) {
      folderWaste[waiting.length] = waste;
      waiting.push(folderOf(name, place, clearings));
      return undefined;
    }
    if (shown !== -1) sizes[next]! += sizeOf(indexes, name, shown);
    const top = folderOf(name, place, clearings);
    if (top.layers.length > 0) return { top, waste };
    wastes(place, waste);
    return undefined;
  }

  /** What is no folder in the end wastes so much. */
  function wastes(place: number, bytes: number): void {
    folderWaste[next]! += bytes;
    if (bytes > 0) fileWaste.push(place, bytes);
  }

  /** Of a folder that became something else: counts all that nobody visits any more, and tells its bytes. */
  function* hiddenIn(top: Folder): Generator<void, number> {
    let bytes = 0;
    const open = [top];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      const names = new FolderNames(folder, indexes);
      while (names.next()) {
        const { name } = names;
        const { clearings } = judge(indexes, folder, name, counts);
        for (let at = 0; at < name.layers.length; at++) bytes += sizeOf(indexes, name, at);
        const inner = folderOf(name, folder.place, clearings);
        if (inner.layers.length > 0) open.push(inner);
        if (++told % PIECE === 0) yield;
      }
    }
    return bytes;
  }

  /** Of the same name, all folders: also those that a later one hides, since what was in them is told as removed. */
  function folderOf(name: Name, place: number, clearings: readonly number[]): Folder {
    const of = { layers: [] as number[], entries: [] as number[] };
    for (let at = 0; at < name.layers.length; at++) {
      if (!isFolderAt(indexes, name, at)) continue;
      of.layers.push(name.layers[at]!);
      of.entries.push(name.entries[at]!);
    }
    return { ...of, place, clearings };
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
