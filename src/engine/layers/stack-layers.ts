/** Lays layers over each other, folder by folder: each name once, with what the layers did to it in their order. */

import { ROOT } from './breadth-tree.ts';
import { GrowingColumn } from './growing-column.ts';
import { FLAG, type LayerIndex } from './layer-index.ts';
import { CHANGES, StackedTree } from './stacked-tree.ts';

const ADDED = CHANGES.indexOf('added');
const CHANGED = CHANGES.indexOf('changed');
const REMOVED = CHANGES.indexOf('removed');

/** A folder as some layers have it, the base first: those that still show. */
interface Folder {
  readonly place: number;
  readonly layers: readonly number[];
  readonly entries: readonly number[];
  /** The layer that took all of it away, and what shows in it is only what was; -1 while it is there. */
  readonly removedBy: number;
  /** Before this layer nothing shows: a later one replaced or emptied the folder. What is below is told as removed. */
  readonly hiddenBelow: number;
}

/** One name in one folder: where each layer has it. */
interface Name {
  readonly layers: number[];
  readonly entries: number[];
}

const halves = (length: number) => new Uint16Array(length);
const words = (length: number) => new Uint32Array(length);
const octets = (length: number) => new Uint8Array(length);
const floats = (length: number) => new Float64Array(length);

/** `indexes`: from the base up. */
export function stackLayers(indexes: readonly LayerIndex[]): StackedTree {
  const layers = new GrowingColumn(halves);
  const entries = new GrowingColumn(words);
  const changes = new GrowingColumn(octets);
  const changedBy = new GrowingColumn(halves);
  const sizes = new GrowingColumn(floats);
  const wasted = new GrowingColumn(floats);
  const folders: number[] = [];
  const firsts: number[] = [];

  const push = (
    layer: number,
    entry: number,
    change: number,
    by: number,
    size: number,
    waste: number,
  ): number => {
    layers.push(layer);
    entries.push(entry);
    changes.push(change);
    changedBy.push(by);
    sizes.push(size);
    wasted.push(waste);
    return layers.length - 1;
  };

  const top = Math.max(0, indexes.length - 1);
  push(top, ROOT, ADDED, top, 0, 0);
  const waiting: Folder[] = [
    {
      place: 0,
      layers: indexes.map((_, layer) => layer),
      entries: indexes.map(() => ROOT),
      removedBy: -1,
      hiddenBelow: 0,
    },
  ];
  for (let next = 0; next < waiting.length; next++) {
    const folder = waiting[next]!;
    folders.push(folder.place);
    firsts.push(layers.length);
    for (const name of namesIn(folder, indexes)) tell(folder, name);
  }
  firsts.push(layers.length);

  /** What the layers did to one name, from the base up. */
  function tell(folder: Folder, name: Name): void {
    let shown = -1;
    let last = -1;
    let by = -1;
    let change = ADDED;
    let waste = 0;
    /** The first of the entries that show as one folder. */
    let since = -1;
    const hide = (layer: number): void => {
      waste += sizeOf(name, shown);
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
      if (!merges) since = at;
      // A folder that only lies on the way to something is not changed by that.
      const touches = !(merges && index.has(entry, FLAG.implied));
      if (last !== -1 && touches) change = CHANGED;
      if (last === -1 || touches) by = layer;
      shown = at;
      last = at;
    }
    if (last === -1) return;
    if (isEmptiedBefore(indexes.length)) hide(folder.hiddenBelow);
    if (folder.removedBy !== -1 && shown !== -1) hide(folder.removedBy);
    if (!isFolderAt(name, last)) waste += bytesInFolders(name);
    const place = push(
      name.layers[last]!,
      name.entries[last]!,
      change,
      by,
      shown === -1 ? 0 : sizeOf(name, shown),
      waste,
    );
    if (!isFolderAt(name, last)) return;
    waiting.push(folderOf(name, place, since, last, shown === -1 ? by : -1));
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
  function folderOf(name: Name, place: number, since: number, last: number, removedBy: number): Folder {
    const of = { layers: [] as number[], entries: [] as number[] };
    let hiddenBelow = name.layers[since]!;
    for (let at = 0; at <= last; at++) {
      if (!isFolderAt(name, at)) continue;
      const layer = name.layers[at]!;
      of.layers.push(layer);
      of.entries.push(name.entries[at]!);
      if (indexes[layer]!.has(name.entries[at]!, FLAG.opaque)) hiddenBelow = Math.max(hiddenBelow, layer);
    }
    return { ...of, place, removedBy, hiddenBelow };
  }

  // Children come after their folders, so from the last to the first all below is counted before it is added.
  const count = layers.length;
  for (let at = folders.length - 1; at >= 0; at--) {
    const folder = folders[at]!;
    let size = sizes.get(folder);
    let waste = wasted.get(folder);
    for (let child = firsts[at]!; child < firsts[at + 1]!; child++) {
      size += sizes.get(child);
      waste += wasted.get(child);
    }
    sizes.set(folder, size);
    wasted.set(folder, waste);
  }
  const all = Uint32Array.from({ length: count }, (_, place) => place);
  return new StackedTree(indexes, {
    count,
    layers: layers.ordered(all),
    entries: entries.ordered(all),
    changes: changes.ordered(all),
    changedBy: changedBy.ordered(all),
    sizes: sizes.ordered(all),
    wasted: wasted.ordered(all),
    folders: Uint32Array.from(folders),
    firsts: Uint32Array.from(firsts),
  });
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

const DIRECTORY = 1;
const WHITEOUT = 7;

/** Each name in a folder, sorted by its bytes, with the layers that have it, the base first. */
function* namesIn(folder: Folder, indexes: readonly LayerIndex[]): Generator<Name> {
  const { layers, entries } = folder;
  const places = layers.map((layer, at) => ({
    index: indexes[layer]!,
    layer,
    ...indexes[layer]!.children(entries[at]!),
  }));
  for (;;) {
    let least: Uint8Array | undefined;
    for (const { index, from, to } of places) {
      if (from >= to) continue;
      const name = index.name(from);
      if (least === undefined || Buffer.compare(name, least) < 0) least = name;
    }
    if (least === undefined) return;
    const found: Name = { layers: [], entries: [] };
    for (const place of places) {
      if (place.from >= place.to || Buffer.compare(place.index.name(place.from), least) !== 0) continue;
      found.layers.push(place.layer);
      found.entries.push(place.from++);
    }
    yield found;
  }
}
