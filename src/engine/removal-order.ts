/** The order in which images can go. */
import type { Target } from './plan.ts';
import type { RemovalStore } from './removal-store.ts';

/** Children first: an image can only go once nothing that was built on it is left. */
export function childrenFirst(store: RemovalStore, targets: Target[]): Target[] {
  if (!targets.some((target) => store.parent(target.id) !== undefined)) return targets;
  const depths = new Map<string, number>();
  const depth = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    // Set before the walk goes on, so that a circle of parents in a broken store ends.
    depths.set(id, 0);
    const parent = store.parent(id);
    const found = parent === undefined ? 0 : depth(parent) + 1;
    depths.set(id, found);
    return found;
  };
  return targets.sort((a, b) => depth(b.id) - depth(a.id));
}
