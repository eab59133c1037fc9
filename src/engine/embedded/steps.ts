/** How an image was made, step by step, and which of its layers each step made. */
import type { BlobId } from './blobs.ts';
import type { HistoryStep } from './config.ts';

export interface Step {
  readonly step: HistoryStep | undefined;
  readonly layer: BlobId | undefined;
}

/**
 * Oldest first. Steps and layers are paired in order; where a history tells of fewer layers than there are, the
 * upmost ones have no step, and of more, the last steps have no layer.
 */
export function pairSteps(history: readonly HistoryStep[], layers: readonly BlobId[]): Step[] {
  let next = 0;
  const steps = history.map((step): Step => ({ step, layer: step.empty ? undefined : layers[next++] }));
  return [...steps, ...layers.slice(next).map((layer): Step => ({ step: undefined, layer }))];
}
