/** The layers of removed images that stay, and for whom. */
import { downFrom, type ForestNode } from './forest.ts';
import type { Keep } from './plan.ts';
import { cacheHolds } from './removal-cache.ts';
import type { DeletedImage } from './removal-rules.ts';
import type { RemovalStore } from './removal-store.ts';

/** Largest first. Called once all removals were made in the store. */
export function keptLayers(store: RemovalStore, deleted: readonly DeletedImage[]): Keep[] {
  const kept = new Set<ForestNode>();
  for (const { id, released } of deleted) {
    const last = released.layers.nodes.at(-1);
    // A stack goes from its top; only blobs go here and there.
    const below = last !== undefined && !last.layer.blob ? last.parent : store.forest.tops.get(id);
    for (const node of downFrom(below)) {
      if (store.isReleased(node)) continue;
      // Everything below was met already by the image that met this layer.
      if (kept.has(node)) break;
      kept.add(node);
    }
  }
  const { certain } = cacheHolds(store.stock);
  const users = new Map<ForestNode, readonly string[]>();
  const usersOf = (node: ForestNode): readonly string[] => {
    const known = users.get(node);
    if (known) return known;
    // Below a fork, long stretches of layers have the same images.
    const [only, ...others] = node.children;
    const isStretch = only !== undefined && others.length === 0 && node.images.length === 0;
    const found = isStretch && kept.has(only) && !node.layer.blob ? usersOf(only) : store.usersOf(node);
    users.set(node, found);
    return found;
  };
  return [...kept]
    .sort((a, b) => b.layer.size - a.layer.size || (a.chainId < b.chainId ? -1 : 1))
    .map((node) => {
      const images = usersOf(node);
      return {
        chainId: node.chainId,
        size: node.layer.size,
        createdBy: node.layer.createdBy,
        images,
        containers: images.length > 0 ? [] : containersOn(store, node),
        buildCache: images.length === 0 && certain.has(node),
      };
    });
}

/** What to do about layers that the build cache keeps. */
export function cacheNotes(keeps: readonly Keep[]): string[] {
  const held = keeps.filter((keep) => keep.buildCache).length;
  if (held === 0) return [];
  const layers = held === 1 ? '1 layer stays' : `${held} layers stay`;
  return [`${layers} in the build cache: pruning the build cache frees them.`];
}

function containersOn(store: RemovalStore, node: ForestNode): string[] {
  return [node, ...descendants(node)].flatMap((one) => store.mounts(one).map((container) => container.name));
}

function* descendants(node: ForestNode): Generator<ForestNode, void, void> {
  for (const child of node.children) {
    yield child;
    yield* descendants(child);
  }
}
