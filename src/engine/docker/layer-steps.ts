/** Which step of its history made each layer of an image. */
import type { CallOptions } from '../engine.ts';
import { asEngineError } from '../errors.ts';
import type { History } from '../image.ts';
import { tidyInstruction } from '../instruction.ts';
import { fetchInspect } from './images.ts';
import { layerSteps } from './layers.ts';
import { texts } from './normalise.ts';
import type { Session } from './session.ts';

export interface LayerStep {
  /** Tidied; `''` where it is not known. */
  readonly createdBy: string;
  /** Counted from the oldest row, which is 1; 0 where it is not known. */
  readonly step: number;
}

/**
 * From the base up. Where steps without a size leave a doubt, the images of the single steps are asked, which builders
 * without BuildKit leave behind. `total`: the image's size where that is the sum of its layers.
 */
export async function findLayerSteps(
  session: Session,
  diffIds: readonly string[],
  history: readonly History[],
  total: number | undefined,
  options: CallOptions,
): Promise<readonly LayerStep[]> {
  const steps = layerSteps(diffIds, history, total);
  if (steps.every(({ step }) => step > 0)) return steps;
  const rows = history.toReversed();
  const counts = await Promise.all(rows.map(({ id }) => layersOf(session, id, options)));
  const found = [...steps];
  for (const [at, row] of rows.entries()) {
    const before = at === 0 ? 0 : counts[at - 1];
    const layer = counts[at] === undefined ? -1 : counts[at] - 1;
    if (layer !== before || layer >= found.length) continue;
    found[layer] = { createdBy: tidyInstruction(row.createdBy), step: at + 1 };
  }
  return found;
}

/** How many an image has; undefined where it is not there any more. */
async function layersOf(session: Session, id: string, options: CallOptions): Promise<number | undefined> {
  if (id === '') return undefined;
  try {
    return texts((await fetchInspect(session, id, options)).RootFS?.Layers).length;
  } catch (thrown) {
    if (asEngineError(thrown).code === 'not-found') return undefined;
    throw thrown;
  }
}
