/** What each step added to the image that came, from the image's own history. Pure. */
import type { ProgressStep } from '../engine/build-progress.ts';
import type { History } from '../engine/image.ts';
import { tidyInstruction } from '../engine/instruction.ts';

/** What makes a layer, and is a step for every builder. */
const LAYERS = /^(RUN|COPY|ADD|WORKDIR)\b/;

/**
 * Bytes by step, for the stages that the image is made of: from its last step back to where steps and history part.
 * `history` is newest first.
 */
export function stepSizes(
  steps: readonly ProgressStep[],
  history: readonly History[],
): ReadonlyMap<string, number> {
  const made = history.flatMap(({ createdBy, size }) => {
    const keyword = LAYERS.exec(tidyInstruction(createdBy))?.[1];
    return keyword === undefined ? [] : [{ keyword, size }];
  });
  const byId = new Map(steps.map((step) => [step.id, step]));
  const sizes = new Map<string, number>();
  let stage = steps.findLast((step) => !step.internal && step.stage !== '')?.stage;
  for (let at = 0; stage !== undefined; ) {
    const own: readonly ProgressStep[] = steps.filter((step) => step.stage === stage && !step.internal);
    for (const step of own.toReversed()) {
      const keyword = LAYERS.exec(step.name)?.[1];
      if (keyword === undefined) continue;
      const entry = made[at++];
      if (entry?.keyword !== keyword) return sizes;
      sizes.set(step.id, entry.size);
    }
    const first = own[0];
    // A stage that has no FROM of its own goes on from the stage that its first step needs first.
    stage =
      first === undefined || first.name.startsWith('FROM ')
        ? undefined
        : byId.get(first.inputs[0] ?? '')?.stage;
    if (stage === first?.stage || stage === '') stage = undefined;
  }
  return sizes;
}
