/** Layers laid over each other as somebody looks at them: which entries are shown, and what each of them comes to. */
import { atOrAfter } from '../engine/layers/breadth-tree.ts';
import { pathParts } from '../engine/layers/path-parts.ts';
import type { StackedTree } from '../engine/layers/stacked-tree.ts';
import { orderBySize } from './size-order.ts';

/** What became of an entry; `base`: the first layer brought it, and no other touched it. */
export type Kind = 'added' | 'changed' | 'removed' | 'base';
/** In the order of the engine's CHANGES. */
export const KINDS: readonly Kind[] = ['added', 'changed', 'removed', 'base'];

const REMOVED = KINDS.indexOf('removed');
const BASE = KINDS.indexOf('base');
const ADDED = KINDS.indexOf('added');
const CHANGED = KINDS.indexOf('changed');
const DIRECTORY = 1;
/** Entries looked at between two pauses. */
const PIECE = 20_000;
/** Entries in whose time a path is looked up in a layer. */
const LOOK_UP = 50;

export interface TreeLook {
  readonly hidden: ReadonlySet<Kind>;
  /** Largest first, instead of by name. */
  readonly bySize: boolean;
}

export interface ShownTree {
  readonly tree: StackedTree;
  /** Only what this layer did, by its place; undefined for all that was done up to the topmost. */
  readonly alone: number | undefined;
  readonly look: TreeLook;
  /** Of each entry 1 where it is shown: itself, or because of something below it. */
  readonly shows: Uint8Array;
  /** Bytes of each entry, of a folder of what is in it; of what was removed those that it had. */
  readonly sizes: Float64Array;
  /** By size: the entries in the order in which they stand in their folders; undefined where that is by name. */
  readonly order: Uint32Array | undefined;
  /** Files and links that are shown and there. */
  readonly files: number;
  /** A bit for each layer that has something in a folder, `words` numbers a folder, in the order of `columns.folders`. */
  readonly layers: Uint32Array;
  readonly words: number;
  /** Of each folder the place in KINDS of its sign, in the order of `columns.folders`. */
  readonly folderSigns: Uint8Array;
}

export function isFolder(tree: StackedTree, entry: number): boolean {
  const { layers, entries } = tree.columns;
  return tree.indexes[layers[entry]!]!.columns.kinds[entries[entry]!]! >>> 12 === DIRECTORY;
}

/** A place in KINDS. */
function kindAt(tree: StackedTree, alone: number | undefined, entry: number): number {
  const { changes, changedBy } = tree.columns;
  const change = changes[entry]!;
  return change === ADDED && alone === undefined && changedBy[entry] === 0 ? BASE : change;
}

export function kindOf({ tree, alone }: ShownTree, entry: number): Kind {
  return KINDS[kindAt(tree, alone, entry)]!;
}

/**
 * The kind whose sign stands before an entry. Of a folder: whether layers after the base brought all of it and changed
 * nothing there since, or did anything to it or below it; of one layer alone, whether it brought the folder or only has
 * something in it.
 */
export function signOf(shown: ShownTree, entry: number): Kind {
  const { folders } = shown.tree.columns;
  const place = atOrAfter(folders, entry);
  return folders[place] === entry ? KINDS[shown.folderSigns[place]!]! : kindOf(shown, entry);
}

/** Bits of what is found at and below a folder. */
const TOUCHED = 1;
const OF_BASE = 2;
/** A changed file, or anything removed. */
const ALTERED = 4;

/** The sign of a folder; `below`: the bits of all that is in it. */
function folderSign(tree: StackedTree, alone: number | undefined, folder: number, below: number): number {
  const { changes, changedBy } = tree.columns;
  const change = changes[folder]!;
  const by = changedBy[folder]!;
  if (alone !== undefined && by === alone) return change;
  if (change === REMOVED) return REMOVED;
  if (alone !== undefined || by === 0) return below & TOUCHED ? CHANGED : BASE;
  if ((below & (OF_BASE | ALTERED)) !== 0) return CHANGED;
  return change === ADDED || !isInBase(tree, folder) ? ADDED : CHANGED;
}

/** Whether the first layer has anything of this path; asked for few folders. */
function isInBase(tree: StackedTree, entry: number): boolean {
  const base = tree.indexes[0]!.descend(pathParts(tree.path(entry)));
  return base !== undefined && tree.indexes[0]!.type(base) !== 'whiteout';
}

/** Goes through all entries once, in pieces. */
export function* showTree(
  tree: StackedTree,
  alone: number | undefined,
  look: TreeLook,
): Generator<void, ShownTree> {
  const { count, changes, changedBy, layers, entries, folders, firsts } = tree.columns;
  const hidden = KINDS.map((kind) => look.hidden.has(kind));
  const shows = new Uint8Array(count);
  const bytes = new Float64Array(count);
  const words = Math.max(1, Math.ceil(tree.indexes.length / 32));
  const masks = new Uint32Array(folders.length * words);
  const below = new Uint8Array(folders.length);
  const folderSigns = new Uint8Array(folders.length);
  let files = 0;
  for (let entry = 1; entry < count; entry++) {
    const isTouched = alone === undefined || changedBy[entry] === alone;
    const isGone = changes[entry] === REMOVED;
    if (isTouched && !hidden[kindAt(tree, alone, entry)]) {
      shows[entry] = 1;
      if (!isGone && !isFolder(tree, entry)) files++;
    }
    if (isTouched && !(isGone && alone === undefined))
      bytes[entry] = tree.indexes[layers[entry]!]!.size(entries[entry]!);
    if (entry % PIECE === 0) yield;
  }
  if (alone === undefined) {
    weigh(tree, bytes);
    yield;
  }
  const told = alone ?? 0;
  const [ofTold, ofOther] = alone === undefined ? [OF_BASE, TOUCHED] : [TOUCHED, 0];
  // Children come after their folders, so from the last to the first each folder is complete before it is looked at.
  let done = 0;
  let inner = folders.length;
  for (let place = folders.length - 1; place >= 0; place--) {
    const folder = folders[place]!;
    const isGone = changes[folder] === REMOVED;
    const from = place * words;
    let bits = 0;
    mark(masks, from, layers[folder]!);
    for (let child = firsts[place]!; child < firsts[place + 1]!; child++) {
      if (shows[child] === 1) shows[folder] = 1;
      bits |= changedBy[child] === told ? ofTold : ofOther;
      const isChildGone = changes[child] === REMOVED;
      // Layers tell of a folder again to add to it.
      if (isChildGone || (changes[child] === CHANGED && !isFolder(tree, child))) bits |= ALTERED;
      if (isChildGone && !isGone) continue;
      if (alone !== undefined) bytes[folder]! += bytes[child]!;
      mark(masks, from, layers[child]!);
    }
    // What lies deeper is in the marks of the folders in it, which are the last that no folder after it has.
    for (; inner > 0 && folders[inner - 1]! >= firsts[place]!; inner--) {
      bits |= below[inner - 1]!;
      if (changes[folders[inner - 1]!] === REMOVED && !isGone) continue;
      for (let word = 0; word < words; word++) masks[from + word]! |= masks[(inner - 1) * words + word]!;
    }
    below[place] = bits;
    folderSigns[place] = folderSign(tree, alone, folder, bits);
    done += firsts[place + 1]! - firsts[place]! + (changes[folder] === CHANGED ? LOOK_UP : 1);
    if (done >= PIECE) {
      done = 0;
      yield;
    }
  }
  shows[0] = 1;
  const order = look.bySize ? yield* orderBySize(bytes, firsts, count) : undefined;
  return { tree, alone, look, shows, sizes: bytes, order, files, layers: masks, words, folderSigns };
}

/** Folders by what is in them, what was removed by what it had. */
function weigh(
  { columns: { changes, folders, folderSizes, wasted } }: StackedTree,
  bytes: Float64Array,
): void {
  for (let place = 0; place < folders.length; place++) bytes[folders[place]!] = folderSizes[place]!;
  for (let at = 0; at < wasted.length; at += 2)
    if (changes[wasted[at]!] === REMOVED) bytes[wasted[at]!] = wasted[at + 1]!;
}

function mark(masks: Uint32Array, from: number, layer: number): void {
  masks[from + (layer >>> 5)]! |= 1 << (layer & 31);
}

/** Places of the layers that an entry is of: of a folder all that have something in it that is there. */
export function layersOf(shown: ShownTree, entry: number): number[] {
  const { tree, alone, layers, words } = shown;
  if (alone !== undefined) return [alone];
  const { folders } = tree.columns;
  const place = atOrAfter(folders, entry);
  if (folders[place] !== entry) return [tree.columns.layers[entry]!];
  const found: number[] = [];
  for (let layer = 0; layer < tree.indexes.length; layer++)
    if (layers[place * words + (layer >>> 5)]! & (1 << (layer & 31))) found.push(layer);
  return found;
}

/** The entries of a folder that are shown, in the order asked for. */
export function shownChildren(shown: ShownTree, folder: number): Uint32Array {
  const { tree, shows, order } = shown;
  const { from, to } = tree.children(folder);
  const found = new Uint32Array(to - from);
  let length = 0;
  for (let place = from; place < to; place++) {
    const child = order === undefined ? place : order[place]!;
    if (shows[child] === 1) found[length++] = child;
  }
  return found.subarray(0, length);
}
