/** Files of an image that have the same content as another one of it, told by the pairs of paths where they lie. */
import { ROOT } from './breadth-tree.ts';
import { knownDigest } from './known-digest.ts';
import { FILE } from './layer-index.ts';
import type { Leftovers } from './leftovers.ts';
import type { SparedBytes } from './spared-bytes.ts';
import { REMOVED, type StackedTree } from './stacked-tree.ts';

export interface SameContents {
  /** The entry of a file, or of a folder in which files lie that `first` has too, under the same names. */
  readonly place: number;
  /** Where the same is: of the lowest layer, and there the highest in the tree. */
  readonly first: number;
  readonly bytes: number;
  readonly files: number;
  /** Bytes of the copies by the layer that carries them. */
  readonly brought: ReadonlyMap<number, number>;
}

const EMPTY = -1;
const SLICE = 1_024;

/** Layers whose contents were not read are left out. Hard links are one file; empty files cost nothing. */
export function* findSameContents(
  tree: StackedTree,
  leftovers: Leftovers,
  spared: SparedBytes,
): Generator<void, Iterable<SameContents>> {
  const { count, layers, entries, changes } = tree.columns;
  const seen = new SeenContents(tree);
  /** Copies, and where the first of each stands among what was seen. */
  const copies: number[] = [];
  const slots: number[] = [];
  for (let place = 1; place < count; place++) {
    if (place % SLICE === SLICE - 1) yield;
    if (changes[place] === REMOVED) continue;
    const index = tree.indexes[layers[place]!]!;
    const own = entries[place]!;
    if (index.columns.kinds[own]! >>> 12 !== FILE || index.size(own) === 0) continue;
    if (leftovers.has(place) || spared.isIgnored(place)) continue;
    const digest = knownDigest(index, own);
    if (digest === undefined) continue;
    const slot = seen.seek(digest);
    const copy = seen.take(slot, place);
    if (copy === undefined) continue;
    copies.push(copy);
    slots.push(slot);
  }

  interface Pair {
    place: number;
    first: number;
    bytes: number;
    files: number;
    readonly brought: Map<number, number>;
  }
  const pairs = new Map<number, Pair>();
  for (const [at, copy] of copies.entries()) {
    if (at % SLICE === SLICE - 1) yield;
    const { place, first } = higher(tree, copy, seen.first(slots[at]!));
    let pair = pairs.get(place * count + first);
    if (pair === undefined) {
      // One file alone is told as that.
      pair = { place: copy, first: seen.first(slots[at]!), bytes: 0, files: 0, brought: new Map() };
      pairs.set(place * count + first, pair);
    } else Object.assign(pair, { place, first });
    const bytes = tree.size(copy);
    const layer = layers[copy]!;
    pair.bytes += bytes;
    pair.files++;
    pair.brought.set(layer, bytes + (pair.brought.get(layer) ?? 0));
  }
  return pairs.values();
}

/** `b/x/file` beside `a/x/file` is `b` beside `a`. */
function higher(tree: StackedTree, place: number, first: number): { place: number; first: number } {
  let [own, other] = [place, first];
  while (Buffer.compare(tree.name(own), tree.name(other)) === 0) {
    const [above, otherAbove] = [tree.parent(own), tree.parent(other)];
    if (above === ROOT || otherAbove === ROOT || above === otherAbove) break;
    [own, other] = [above, otherAbove];
  }
  return { place: own, first: other };
}

/** The first file of each content: a hash table over digests that keeps no copies of them. */
class SeenContents {
  readonly #tree: StackedTree;
  readonly #places: Int32Array;
  readonly #mask: number;

  constructor(tree: StackedTree) {
    this.#tree = tree;
    // Twice as many as there can be, so that a free place is never far.
    const room = 2 ** Math.ceil(Math.log2(tree.count * 2));
    this.#places = new Int32Array(room).fill(EMPTY);
    this.#mask = room - 1;
  }

  /** The slot of a content, free or not. */
  seek(digest: Uint8Array): number {
    let at = (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) & this.#mask;
    while (this.#places[at] !== EMPTY && !this.#has(this.#places[at]!, digest)) at = (at + 1) & this.#mask;
    return at;
  }

  /** Tells which of the two is a copy, where there are two: the one of the higher layer. */
  take(slot: number, place: number): number | undefined {
    const first = this.#places[slot]!;
    if (first === EMPTY) {
      this.#places[slot] = place;
      return undefined;
    }
    const { layers } = this.#tree.columns;
    if (layers[first]! <= layers[place]!) return place;
    this.#places[slot] = place;
    return first;
  }

  first(slot: number): number {
    return this.#places[slot]!;
  }

  #has(place: number, digest: Uint8Array): boolean {
    const { index, entry } = this.#tree.source(place);
    return Buffer.compare(index.digest(entry)!, digest) === 0;
  }
}
