/** The layers of an image with their numbers, for whoever named one that is not there. */
import type { ContentLayer } from '../engine/layers/contents.ts';
import { shortId } from '../engine/reference.ts';
import { ellipsis } from './ellipsis.ts';

const INSTRUCTION = 60;

/** From the base, which is 1; a step is one of the image's history, where what brings no files counts, too. */
export function layerList(layers: readonly ContentLayer[]): string[] {
  return [
    'LAYER  STEP  DIFF ID       BROUGHT BY',
    ...layers.map(({ step, diffId, createdBy }, at) =>
      `${String(at + 1).padStart(5)}  ${(step === 0 ? '-' : String(step)).padStart(4)}  ${shortId(diffId)}  ${ellipsis(createdBy, INSTRUCTION)}`.trimEnd(),
    ),
  ];
}
