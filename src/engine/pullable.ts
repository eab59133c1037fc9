/** Whether an image can be had again from a registry, and how much a plan weighs for that. */
import type { EngineKind } from './engine.ts';
import type { Image } from './image.ts';
import type { PlanWeight, Step } from './plan.ts';
import { isDigestName } from './removal-names.ts';

export type Pullable = 'yes' | 'no' | 'unknown';

/** As far as the engine tells: only Docker's classic store and our own keep digests of images that really came from or went to a registry. */
export function pullable(kind: EngineKind, image: Pick<Image, 'digests'>): Pullable {
  if (kind !== 'docker-classic' && kind !== 'embedded') return 'unknown';
  return image.digests.length > 0 ? 'yes' : 'no';
}

/** Ids of deleted images for which no registry copy is known; untagged parents are nobody's loss. */
export function lostBy(steps: readonly Step[]): string[] {
  const lost: string[] = [];
  for (const step of steps)
    if (step.action === 'delete' && !step.parent && step.pullable !== 'yes') lost.push(step.id);
  return lost;
}

/** How much a person has to think before saying yes. */
export function weigh(steps: readonly Step[], lost: readonly string[]): PlanWeight {
  if (steps.length === 0) return 'nothing';
  if (lost.length > 0) return 'irreversible';
  // A digest reference cannot be given back by hand, but it is a name of something in a registry.
  const forGood = steps.some((step) => step.action === 'delete' || isDigestName(step.reference));
  return forGood ? 'pullable' : 'reversible';
}
