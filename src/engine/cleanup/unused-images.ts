/** What removing all unused images frees: the one figure that the app and `nacre df` call reclaimable, by the plan that does it. */
import type { Size } from '../engine.ts';
import { layerUsers } from '../layer-users.ts';
import type { Plan } from '../plan.ts';
import { cacheHolds } from '../removal-cache.ts';
import type { Stock } from '../stock.ts';
import type { Pins } from './pins.ts';
import { planGuardedPrune } from './prune-plan.ts';

export interface UnusedImages {
  /** Images that no container was made from; intermediate ones are part of those built on them. */
  readonly count: number;
  /** How many of them a plan takes: the others are pinned, or images in use were built on them. */
  readonly removable: number;
  readonly freed: Size;
  /** Layers of these stay in the build cache: with it gone, more is free than both alone. */
  readonly heldByCache: boolean;
}

export function unusedImages(stock: Stock, pins: Pins): UnusedImages {
  const { plan, spared } = planGuardedPrune(stock, { unused: true, pins });
  const removable = plan.targets.length;
  // Of those whose names a pin holds in part, the others go.
  const kept = spared.filter(({ names }) => names === undefined).length;
  return {
    count: removable + kept,
    removable,
    freed: plan.freed,
    heldByCache: isHeldByCache(stock, plan),
  };
}

function isHeldByCache(stock: Stock, plan: Plan): boolean {
  const { certain } = cacheHolds(stock);
  if (certain.size === 0) return false;
  const going = new Set(plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const usersOf = layerUsers(stock);
  return [...certain].some((node) => node.layer.size > 0 && usersOf(node).every((id) => going.has(id)));
}
