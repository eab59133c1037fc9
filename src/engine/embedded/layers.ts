/** The layers of an image, and everything else that it keeps on the disk. */

import { EngineError } from '../errors.ts';
import type { ImageLayers, Layer } from '../image.ts';
import { tidyInstruction } from '../instruction.ts';
import { digestOf } from '../oci/digest.ts';
import { block, line } from '../text.ts';
import type { BlobId } from './blobs.ts';
import type { Catalog } from './catalog.ts';
import { readStoredConfig } from './config.ts';
import { pairSteps } from './steps.ts';
import type { SurveyedImage } from './survey.ts';

/**
 * An image that cannot be read has no layers, but its blobs still count. Errors: `not-found`, `bad-input`.
 */
export async function imageLayers(catalog: Catalog, image: string): Promise<ImageLayers> {
  const surveyed = await catalog.find(image);
  const { root, main, blobs, problem } = surveyed;
  const layers = main === undefined ? [] : await readLayers(catalog, surveyed);
  const own = new Set(layers.map((layer) => layer.blob));
  return {
    id: root.id,
    layers,
    metadata: blobs.filter((blob) => !own.has(blob.digest)),
    exact: problem === undefined,
    ...(problem !== undefined && { reason: problem.message }),
  };
}

async function readLayers(
  { store }: Catalog,
  { main, blobs }: SurveyedImage,
): Promise<(Layer & { blob: string })[]> {
  const stored = main!.facts.layers;
  const config = await readStoredConfig(store, main!).catch((thrown: unknown) => {
    // What the layers are called is no reason not to count them.
    if (thrown instanceof EngineError) return undefined;
    throw thrown;
  });
  const steps = pairSteps(config?.history ?? [], stored).filter(({ layer }) => layer !== undefined);
  const present = new Set(blobs.map((blob) => blob.digest));
  const chains = chainDigests(stored);
  return stored.map(({ digest, size }, index) => ({
    chainId: chains[index]!,
    diffId: line(config?.diffIds[index] ?? ''),
    size: present.has(digest) ? size : 0,
    createdBy: tidyInstruction(block(steps[index]?.step?.createdBy ?? '')),
    blob: digest,
  }));
}

/** What a layer is together with all below it; as a chain ID, but of what is stored. */
function chainDigests(layers: readonly BlobId[]): string[] {
  let chain = '';
  return layers.map(({ digest }) => {
    chain = chain === '' ? digest : digestOf(`${chain} ${digest}`);
    return chain;
  });
}
