/**
 * Bytes that are no waste though they look like it: a file that has another name (a hard link of its layer) which is seen
 * and needed, and what a person leaves out.
 */
import type { IgnoreRules, Verdict } from '../context/ignore-rules.ts';
import { ROOT } from './breadth-tree.ts';
import { linkedEntry } from './hard-link.ts';
import type { LayerIndex } from './layer-index.ts';
import type { Leftovers } from './leftovers.ts';
import { REMOVED, type StackedTree } from './stacked-tree.ts';

const SLICE = 512;
const LAYERS = 2 ** 16;

export class SparedBytes {
  readonly #files = new Set<number>();
  readonly #ignored = new Set<number>();
  readonly #below = new Map<number, number>();

  /** Whether a layer's file is not to be counted. */
  hasFile(layer: number, entry: number): boolean {
    return this.#files.has(entry * LAYERS + layer);
  }

  /** Whether all that the layers had under an entry's name is left out. */
  isIgnored(entry: number): boolean {
    return this.#ignored.has(entry);
  }

  /** Whether a layer's file has, or lay below, a name that is left out. */
  ignoresFile(tree: StackedTree, layer: number, entry: number): boolean {
    return this.#ignored.size > 0 && this.isIgnored(nearest(tree, tree.indexes[layer]!.path(entry)));
  }

  /** Bytes not to be counted of an entry and all below it. */
  below(entry: number): number {
    return this.#below.get(entry) ?? 0;
  }

  spareFile(tree: StackedTree, layer: number, entry: number): void {
    const index = tree.indexes[layer]!;
    const place = nearest(tree, index.path(entry));
    if (this.isIgnored(place)) return;
    this.#files.add(entry * LAYERS + layer);
    this.#count(tree, place, index.size(entry));
  }

  ignore(tree: StackedTree, entry: number): void {
    this.#ignored.add(entry);
    this.#count(tree, entry, tree.size(entry) + tree.wasted(entry));
  }

  #count(tree: StackedTree, entry: number, bytes: number): void {
    for (let at = entry; ; at = tree.parent(at)) {
      this.#below.set(at, this.below(at) + bytes);
      if (at === ROOT) return;
    }
  }
}

/** The entry at a path; where a folder of it became something else, that. */
function nearest(tree: StackedTree, path: Buffer): number {
  for (let rest = path; rest.length > 0; rest = rest.subarray(0, Math.max(0, rest.lastIndexOf(0x2f)))) {
    const place = tree.find(rest);
    if (place !== undefined) return place;
  }
  return ROOT;
}

export function* findSpared(
  tree: StackedTree,
  leftovers: Leftovers,
  ignored: IgnoreRules | undefined,
): Generator<void, SparedBytes> {
  const spared = new SparedBytes();
  if (ignored !== undefined) yield* ignoreAll(tree, ignored, spared);
  for (const [layer, index] of tree.indexes.entries())
    yield* spareLinked(tree, layer, index, leftovers, spared);
  return spared;
}

function* ignoreAll(tree: StackedTree, rules: IgnoreRules, spared: SparedBytes): Generator<void, void> {
  const { folders, firsts } = tree.columns;
  const known = new Map<number, { readonly path: string; readonly verdict: Verdict | undefined }>([
    [ROOT, { path: '', verdict: undefined }],
  ]);
  let budget = SLICE;
  for (let at = 0; at < folders.length; at++) {
    const folder = known.get(folders[at]!)!;
    known.delete(folders[at]!);
    for (let entry = firsts[at]!; entry < firsts[at + 1]!; entry++) {
      if (--budget === 0) {
        budget = SLICE;
        yield;
      }
      const path = `${folder.path}${Buffer.from(tree.name(entry)).toString()}`;
      const verdict = rules.judge(path, folder.verdict);
      // A folder is judged by what lies in it, so that an exception in it holds.
      if (tree.type(entry) === 'directory') known.set(entry, { path: `${path}/`, verdict });
      else if (verdict.isIgnored && tree.size(entry) + tree.wasted(entry) > 0) spared.ignore(tree, entry);
    }
  }
}

function* spareLinked(
  tree: StackedTree,
  layer: number,
  index: LayerIndex,
  leftovers: Leftovers,
  spared: SparedBytes,
): Generator<void, void> {
  const isNeeded = (entry: number): boolean => {
    const place = tree.find(index.path(entry));
    if (place === undefined || tree.columns.changes[place] === REMOVED || leftovers.has(place)) return false;
    return tree.columns.layers[place] === layer && tree.columns.entries[place] === entry;
  };
  /** Files with links, and whether any more has to be found out about them. */
  const settled = new Map<number, boolean>();
  let budget = SLICE;
  for (const link of index.columns.links) {
    if (--budget === 0) {
      budget = SLICE;
      yield;
    }
    if (index.type(link) !== 'hardlink') continue;
    const file = linkedEntry(index, link);
    if (file === undefined || index.size(file) === 0) continue;
    // A file that is seen itself is no waste in any case.
    if (!settled.has(file)) settled.set(file, isNeeded(file));
    if (settled.get(file) || !isNeeded(link)) continue;
    spared.spareFile(tree, layer, file);
    settled.set(file, true);
  }
}
