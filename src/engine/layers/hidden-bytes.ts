/** All bytes that layers carry and later layers hide; a folder in which one layer hides all there was is told as one. */
import { ROOT } from './breadth-tree.ts';
import { type Entries, type HiddenBytes, HiddenCopies, together, wayOf } from './hidden-copies.ts';
import type { Leftovers } from './leftovers.ts';
import { pairAtOrAfter } from './odd-numbers.ts';
import { rowGroups } from './row-groups.ts';
import type { SparedBytes } from './spared-bytes.ts';
import { REMOVED, type StackedTree } from './stacked-tree.ts';

/** A folder while all below it is looked at. */
interface Folder {
  readonly place: number;
  readonly entries: Entries;
  /** Layers that hide all that earlier ones had in it, ascending; and those of them that do so at the folder itself. */
  readonly clearings: readonly number[];
  readonly ownClearings: readonly number[];
}

/** What is known of a folder once all below it is. */
interface Summary {
  /** Not told yet: a folder further up may tell several of them as one. */
  readonly open: readonly HiddenBytes[];
  /** For each way in which something is hidden, the lowest layer that carried such. */
  readonly ways: ReadonlyMap<number, number>;
}

const NOBODY = 0xffff;
/** Names between two pauses. */
const SLICE = 256;
/** Entries of a column between two pauses. */
const STRETCH = 65_536;

export function* findHidden(
  tree: StackedTree,
  leftovers: Leftovers,
  spared: SparedBytes,
): Generator<void, HiddenBytes[]> {
  const { wasted } = tree.columns;
  const copies = new HiddenCopies(tree.indexes, spared);
  const lowestShown = yield* lowestShownLayers(tree);
  const told: HiddenBytes[] = [];
  let budget = SLICE;

  const root = { place: ROOT, entries: tree.indexes.map(() => ROOT), clearings: [], ownClearings: [] };
  const { open } = yield* visit(root);
  return told.concat(open);

  function* visit(folder: Folder): Generator<void, Summary> {
    const found: HiddenBytes[] = [];
    const ways = new Map<number, number>();
    const take = (hidden: Iterable<HiddenBytes>): void => {
      for (const one of hidden) found.push(one);
    };
    const note = (way: number, layer: number): void => {
      ways.set(way, Math.min(layer, ways.get(way) ?? layer));
    };
    const { from, to } = tree.children(folder.place);
    for (let at = pairAtOrAfter(wasted, from); wasted[at]! < to; at += 2) {
      const place = wasted[at]!;
      if (spared.isIgnored(place)) continue;
      if (--budget === 0) {
        budget = SLICE;
        yield;
      }
      // All of a leftover is told there, whatever became of earlier copies of it.
      if (leftovers.tops.has(place) && tree.size(place) > 0) continue;
      const entries = copies.entriesOf(folder.entries, tree.name(place));
      const clearings = copies.clearings(entries, folder.clearings);
      const folders = copies.foldersOf(entries);
      const isFolder = tree.type(place) === 'directory';
      const here = [
        ...copies.files(place, entries, folder.clearings),
        ...(isFolder ? [] : yield* copies.below(place, folders, clearings)),
      ];
      for (const one of here) note(wayOf(one), one.lowest);
      take(here);
      if (!isFolder) continue;
      const ownClearings = clearings.filter((layer) => !folder.clearings.includes(layer));
      const below = yield* visit({ place, entries: folders, clearings, ownClearings });
      for (const [way, layer] of below.ways) note(way, layer);
      take(below.open);
    }
    return { open: yield* summed(folder, found, ways), ways };
  }

  /** Of what is hidden below a folder: what a folder further up may tell. The rest is told as it is. */
  function* summed(
    { place, ownClearings }: Folder,
    found: readonly HiddenBytes[],
    ways: ReadonlyMap<number, number>,
  ): Generator<void, HiddenBytes[]> {
    const open: HiddenBytes[] = [];
    for (const hidden of yield* rowGroups(found, wayOf)) {
      const first = hidden[0]!;
      if (!isAll(place, wayOf(first), ways)) for (const one of hidden) told.push(one);
      else if (hidden.length > 1 || ownClearings.includes(first.hider))
        open.push(yield* together(place, hidden));
      else open.push(first);
    }
    return open;
  }

  /** Whether a layer hides all that was to be seen below a folder just before it, and all in the same way. */
  function isAll(place: number, way: number, ways: ReadonlyMap<number, number>): boolean {
    const hider = way >>> 1;
    if (lowestShown[place]! < hider) return false;
    for (const [other, lowest] of ways)
      if (other !== way && lowest < hider && other >>> 1 >= hider) return false;
    return true;
  }
}

/** For each entry the lowest layer of a file that is to be seen there or below. */
function* lowestShownLayers(tree: StackedTree): Generator<void, Uint16Array> {
  const { count, layers, entries, changes, folders, firsts } = tree.columns;
  const lowest = new Uint16Array(count).fill(NOBODY);
  for (let entry = 1; entry < count; entry++) {
    if (changes[entry] === REMOVED) continue;
    const layer = layers[entry]!;
    if (tree.indexes[layer]!.size(entries[entry]!) > 0) lowest[entry] = layer;
  }
  yield;
  let pause = count - STRETCH;
  for (let at = folders.length - 1; at >= 0; at--) {
    let least = NOBODY;
    for (let child = firsts[at]!; child < firsts[at + 1]!; child++) least = Math.min(least, lowest[child]!);
    lowest[folders[at]!] = least;
    if (firsts[at]! > pause) continue;
    pause = firsts[at]! - STRETCH;
    yield;
  }
  return lowest;
}
