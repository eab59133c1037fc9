/** A folder that several layers have, and each name in it once. */
import type { LayerIndex } from './layer-index.ts';

/** A folder as some layers have it, the base first. */
export interface Folder {
  readonly place: number;
  readonly layers: readonly number[];
  readonly entries: readonly number[];
  /** Layers that emptied it, replaced it or took it away, ascending: what earlier ones had in it is told as removed. */
  readonly clearings: readonly number[];
}

/** One name in one folder: where each layer has it. Used again for the next. */
export interface Name {
  readonly layers: number[];
  readonly entries: number[];
}

/** Nothing in it was removed, emptied or brought by others. */
export function isOfOneLayer({ layers, clearings }: Folder): boolean {
  return layers.length === 1 && !isCleared(clearings, layers[0]!);
}

/** Whether what a layer has there is taken away later. */
export function isCleared(clearings: readonly number[], layer: number): boolean {
  return clearings.length > 0 && clearings.at(-1)! > layer;
}

/** Walks through the names sorted by their bytes; the layers of each come with the base first. */
export class FolderNames {
  readonly name: Name = { layers: [], entries: [] };
  readonly #indexes: readonly LayerIndex[];
  readonly #layers: readonly number[];
  /** By layer: the entries that have not been told. */
  readonly #next: number[] = [];
  readonly #ends: number[] = [];

  constructor({ layers, entries }: Folder, indexes: readonly LayerIndex[]) {
    this.#indexes = indexes;
    this.#layers = layers;
    for (const [at, layer] of layers.entries()) {
      const { from, to } = indexes[layer]!.children(entries[at]!);
      this.#next.push(from);
      this.#ends.push(to);
    }
  }

  /** Whether there is one more, and puts it into `name`. */
  next(): boolean {
    const { layers, entries } = this.name;
    layers.length = 0;
    entries.length = 0;
    for (let at = 0; at < this.#layers.length; at++) {
      const entry = this.#next[at]!;
      if (entry >= this.#ends[at]!) continue;
      const layer = this.#layers[at]!;
      const order =
        layers.length === 0
          ? 0
          : compare(this.#indexes[layer]!, entry, this.#indexes[layers[0]!]!, entries[0]!);
      if (order > 0) continue;
      if (order < 0) {
        layers.length = 0;
        entries.length = 0;
      }
      layers.push(layer);
      entries.push(entry);
    }
    // Those that have it are among all of them in the same order.
    for (let at = 0, found = 0; found < layers.length; at++) {
      if (this.#layers[at] !== layers[found]) continue;
      this.#next[at]!++;
      found++;
    }
    return layers.length > 0;
  }
}

/** The order of two names by their bytes. */
function compare(one: LayerIndex, entry: number, other: LayerIndex, otherEntry: number): number {
  const { names, nameEnds } = one.columns;
  const { names: otherNames, nameEnds: otherEnds } = other.columns;
  const start = nameEnds[entry - 1]!;
  const otherStart = otherEnds[otherEntry - 1]!;
  const length = nameEnds[entry]! - start;
  const otherLength = otherEnds[otherEntry]! - otherStart;
  const shared = Math.min(length, otherLength);
  for (let at = 0; at < shared; at++) {
    const difference = names[start + at]! - otherNames[otherStart + at]!;
    if (difference !== 0) return difference;
  }
  return length - otherLength;
}
