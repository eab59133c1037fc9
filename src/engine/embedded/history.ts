/** How an image was made, as `docker history` tells it. */
import { seconds } from '../docker/normalise.ts';
import type { History } from '../image.ts';
import { block } from '../text.ts';
import { type Catalog, expectMain } from './catalog.ts';
import { readStoredConfig } from './config.ts';
import { pairSteps } from './steps.ts';

/** Newest first; the size of a row is that of the layer's blob. Errors: `not-found`, `bad-input`, `corrupt`. */
export async function imageHistory(catalog: Catalog, image: string): Promise<History[]> {
  const surveyed = await catalog.find(image);
  const main = expectMain(surveyed);
  const config = await readStoredConfig(catalog.store, main);
  const steps = pairSteps(config.history, main.facts.layers).reverse();
  return steps.map(({ step, layer }, index) => ({
    id: index === 0 ? surveyed.root.id : '',
    created: Math.max(0, seconds(step?.created)),
    createdBy: block(step?.createdBy ?? '').trim(),
    comment: block(step?.comment ?? ''),
    size: layer?.size ?? 0,
    references: index === 0 ? surveyed.root.references : [],
  }));
}
