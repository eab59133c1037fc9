/** Bytes by the layer that carries them. */
import { ROOT } from './breadth-tree.ts';
import type { SparedBytes } from './spared-bytes.ts';
import type { StackedTree } from './stacked-tree.ts';

export type LayerBytes = ReadonlyMap<number, number>;

export function addBytes(sums: Map<number, number>, more: LayerBytes): void {
  for (const [layer, bytes] of more) sums.set(layer, bytes + (sums.get(layer) ?? 0));
}

/** The layer that carries most; of several the lowest. */
export function mostBytes(brought: LayerBytes): number {
  let [most, from] = [-1, 0];
  for (const [layer, bytes] of brought) if (bytes > most) [most, from] = [bytes, layer];
  return from;
}

/** Each once, from the base up. */
export function layersOf(layers: Iterable<number>): number[] {
  return [...new Set(layers)].sort((a, b) => a - b);
}

const SLICE = 4_096;

/** How many bytes, in how many files, each layer carries at a path and below it. */
export function* carriedAt(
  tree: StackedTree,
  place: number,
  spared: SparedBytes,
): Generator<void, { readonly brought: LayerBytes; readonly files: number }> {
  const brought = new Map<number, number>();
  let files = 0;
  const path: Uint8Array[] = [];
  for (let at = place; at !== ROOT; at = tree.parent(at)) path.unshift(tree.name(at));
  for (const [layer, index] of tree.indexes.entries()) {
    let at: number | undefined = ROOT;
    for (const name of path) {
      at = index.child(at, name);
      if (at === undefined) break;
    }
    if (at === undefined) continue;
    let bytes = 0;
    let left = SLICE;
    const waiting = [at];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const size = index.size(next);
      if (size > 0 && !spared.hasFile(layer, next) && !spared.ignoresFile(tree, layer, next)) {
        bytes += size;
        files++;
      }
      const { from, to } = index.children(next);
      for (let child = from; child < to; child++) waiting.push(child);
      if (--left > 0) continue;
      left = SLICE;
      yield;
    }
    if (bytes > 0) brought.set(layer, bytes);
  }
  return { brought, files };
}
