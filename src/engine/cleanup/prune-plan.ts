/** What a prune removes: dangling or unused images, as docker's does it, except for what is pinned. */
import { matchImages } from '../filters.ts';
import type { Image, ImageFilters } from '../image.ts';
import type { Plan } from '../plan.ts';
import type { Stock } from '../stock.ts';
import { type GuardedPlan, planGuarded } from './guard.ts';
import type { Pins } from './pins.ts';
import { factsOf } from './scene.ts';

export interface PruneChoice {
  /** Also tagged images that no container uses. Default: dangling images only. */
  readonly unused?: boolean;
  readonly filters?: Pick<ImageFilters, 'label' | 'until'>;
  readonly pins?: Pins;
}

/**
 * Plans what a prune would remove, as removals of exactly these images. Images in use, and those that
 * others in use were built on, are left as they are. Errors: `bad-input` for a filter.
 */
export function planPrune(stock: Stock, choice: PruneChoice = {}): Plan {
  return planGuardedPrune(stock, choice).plan;
}

/** The same, with what pins hold back. */
export function planGuardedPrune(
  stock: Stock,
  { unused = false, filters = {}, pins }: PruneChoice,
): GuardedPlan {
  const { containers } = factsOf(stock);
  const targets = matchImages(stock.images, filters)
    .filter((image) => !containers.has(image.id) && isPrunable(image, unused))
    .map((image) => ({ id: image.id }));
  return planGuarded(stock, targets, pins);
}

function isPrunable(image: Image, unused: boolean): boolean {
  return image.role !== 'intermediate' && (unused || image.role === 'dangling');
}
