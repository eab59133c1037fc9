/** How much a clean-up takes from a person, which decides how it is confirmed. */
import type { PlanWeight } from '../plan.ts';
import type { CleanupPlan } from './cleanup-plan.ts';

/**
 * What containers have written and what is in volumes is lost with them, build cache is made again by building; apart from that it is as
 * its images are. With `kept`, deleted images can be had back from where they are kept.
 */
export function cleanupWeight(
  {
    containers,
    buildCache,
    volumes,
    images,
  }: Pick<CleanupPlan, 'containers' | 'buildCache' | 'volumes' | 'images'>,
  kept = false,
): PlanWeight {
  if (containers.length + volumes.length > 0) return 'irreversible';
  const { weight } = images;
  if (weight === 'irreversible') return kept ? 'pullable' : weight;
  return buildCache.length > 0 ? 'pullable' : weight;
}
