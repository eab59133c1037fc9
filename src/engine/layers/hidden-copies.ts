/** Copies of one path that later layers hide: which layer carries each, and which one hides it. */

import { linkedEntry } from './hard-link.ts';
import { knownDigest } from './known-digest.ts';
import { addBytes, type LayerBytes } from './layer-bytes.ts';
import { DIRECTORY, FILE, FLAG, type LayerIndex, WHITEOUT } from './layer-index.ts';
import { rowGroups } from './row-groups.ts';
import type { SparedBytes } from './spared-bytes.ts';

export type Hiding = 'overwritten' | 'deleted';

/** What one layer hides at one place, alike. */
export interface HiddenBytes {
  /** The entry of the tree: a file, or a folder where all that was there is hidden by that layer. */
  readonly place: number;
  readonly kind: Hiding;
  readonly hider: number;
  readonly bytes: number;
  readonly files: number;
  readonly brought: LayerBytes;
  /** The lowest layer that carries some of it. */
  readonly lowest: number;
  /** Bytes that the hiding layer has again with the very same content, as far as contents were read. */
  readonly unchanged: number;
  /** Whether owners, or permissions, are others in the hiding layer. */
  readonly owner: boolean;
  readonly mode: boolean;
}

/** One name in one folder: its entry in each layer, the base first; -1 where a layer has none. */
export type Entries = readonly number[];

/** Names between two pauses. */
const SLICE = 512;
const UNLIKE = { unchanged: 0, owner: false, mode: false };

export class HiddenCopies {
  readonly #indexes: readonly LayerIndex[];
  readonly #spared: SparedBytes;

  constructor(indexes: readonly LayerIndex[], spared: SparedBytes) {
    this.#indexes = indexes;
    this.#spared = spared;
  }

  /** A name in a folder. */
  entriesOf(folder: Entries, name: Uint8Array): number[] {
    return this.#indexes.map((index, layer) => {
      const at = folder[layer]!;
      return at === -1 ? -1 : (index.child(at, name) ?? -1);
    });
  }

  /** Of a name only the folders. */
  foldersOf(entries: Entries): number[] {
    return entries.map((entry, layer) =>
      entry !== -1 && this.#type(layer, entry) === DIRECTORY ? entry : -1,
    );
  }

  /** The layers that hide what earlier ones have below this name; `above`: those that do so with its folder. */
  clearings(entries: Entries, above: readonly number[]): number[] {
    return this.#indexes.flatMap((index, layer) => {
      if (above.includes(layer)) return [layer];
      const entry = entries[layer]!;
      if (entry === -1 || layer === 0) return [];
      const clears =
        this.#type(layer, entry) !== DIRECTORY ||
        index.has(entry, FLAG.opaque) ||
        index.has(entry, FLAG.replaces);
      return clears ? [layer] : [];
    });
  }

  /** The files that layers have under this name, and that later ones hide. */
  files(place: number, entries: Entries, above: readonly number[]): HiddenBytes[] {
    return entries.flatMap((entry, layer) => {
      const index = this.#indexes[layer]!;
      if (entry === -1 || this.#type(layer, entry) !== FILE) return [];
      const bytes = index.size(entry);
      if (bytes === 0 || this.#spared.hasFile(layer, entry)) return [];
      const hider = entries.findIndex((other, at) => at > layer && (other !== -1 || above.includes(at)));
      if (hider === -1) return [];
      const other = entries[hider]!;
      const again = other !== -1 && this.#type(hider, other) !== WHITEOUT;
      const hidden: HiddenBytes = {
        place,
        kind: again ? 'overwritten' : 'deleted',
        hider,
        bytes,
        files: 1,
        brought: new Map([[layer, bytes]]),
        lowest: layer,
        ...(again ? likeness(index, entry, this.#indexes[hider]!, other) : UNLIKE),
      };
      return [hidden];
    });
  }

  /** All files below a name that was a folder and is none in the end, told at that name. */
  *below(place: number, folders: Entries, clearings: readonly number[]): Generator<void, HiddenBytes[]> {
    const found: HiddenBytes[] = [];
    const waiting = [{ folders, clearings }];
    let left = SLICE;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const entries of this.#namesIn(next.folders)) {
        if (--left === 0) {
          left = SLICE;
          yield;
        }
        found.push(...this.files(place, entries, next.clearings));
        const inner = this.foldersOf(entries);
        if (inner.some((entry) => entry !== -1))
          waiting.push({ folders: inner, clearings: this.clearings(entries, next.clearings) });
      }
    }
    const all: HiddenBytes[] = [];
    for (const alike of yield* rowGroups(found, wayOf)) all.push(yield* together(place, alike));
    return all;
  }

  *#namesIn(folders: Entries): Generator<number[]> {
    for (const [layer, folder] of folders.entries()) {
      if (folder === -1) continue;
      const { from, to } = this.#indexes[layer]!.children(folder);
      for (let child = from; child < to; child++) {
        const entries = this.entriesOf(folders, this.#indexes[layer]!.name(child));
        // A lower layer with the same name has told it.
        if (entries.findIndex((entry) => entry !== -1) === layer) yield entries;
      }
    }
  }

  #type(layer: number, entry: number): number {
    return this.#indexes[layer]!.columns.kinds[entry]! >>> 12;
  }
}

/** A number for the way in which something is hidden: by whom, and whether it is there anew. */
export function wayOf({ hider, kind }: HiddenBytes): number {
  return hider * 2 + (kind === 'deleted' ? 1 : 0);
}

/** Bytes hidden in the same way, at one place; at least one. */
export function* together(place: number, hidden: readonly HiddenBytes[]): Generator<void, HiddenBytes> {
  const brought = new Map<number, number>();
  const { kind, hider } = hidden[0]!;
  const sum = { bytes: 0, files: 0, lowest: Number.POSITIVE_INFINITY, ...UNLIKE };
  let left = SLICE;
  for (const one of hidden) {
    if (--left === 0) {
      left = SLICE;
      yield;
    }
    addBytes(brought, one.brought);
    sum.bytes += one.bytes;
    sum.files += one.files;
    sum.lowest = Math.min(sum.lowest, one.lowest);
    sum.unchanged += one.unchanged;
    sum.owner ||= one.owner;
    sum.mode ||= one.mode;
  }
  return { place, kind, hider, brought, ...sum };
}

function likeness(index: LayerIndex, entry: number, hiding: LayerIndex, name: number) {
  // Which name of a file has its body differs from layer to layer.
  const other = linkedEntry(hiding, name);
  if (other === undefined || hiding.columns.kinds[other]! >>> 12 !== FILE) return UNLIKE;
  const [before, after] = [knownDigest(index, entry), knownDigest(hiding, other)];
  const same = before !== undefined && after !== undefined && Buffer.compare(before, after) === 0;
  const [had, has] = [index.owner(entry), hiding.owner(other)];
  return {
    unchanged: same ? index.size(entry) : 0,
    owner: had.uid !== has.uid || had.gid !== has.gid,
    mode: index.mode(entry) !== hiding.mode(other),
  };
}
