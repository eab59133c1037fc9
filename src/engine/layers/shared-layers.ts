/** The layers of many images, each once, with the images that have it. */
import type { CallOptions } from '../engine.ts';
import { asEngineError } from '../errors.ts';
import type { ContentImage, ContentLayer } from './contents.ts';
import { hidesPath } from './find-hiding.ts';
import type { FoundFile } from './find-in-layer.ts';
import type { LayerIndex } from './layer-index.ts';
import { layerKey } from './layer-key.ts';
import type { FailedImage, IndexReader, ManyImage } from './read-many.ts';

/** An image that has a layer; where it has it twice, the upper one. */
export interface LayerUse {
  readonly image: ManyImage;
  readonly content: ContentImage;
  /** Its place in the image, the base being 0. */
  readonly layer: number;
}

export interface SharedLayer {
  readonly key: string;
  readonly layer: ContentLayer;
  readonly uses: readonly LayerUse[];
}

/** The same, and what becomes there of a file that the layer brought. */
export interface FileUse extends LayerUse {
  /** The place of the layer that overwrote or removed it; undefined where it is what a container would see. */
  readonly hiddenBy: number | undefined;
}

/** In the order in which images bring them. Images that cannot be described are put into `failed`. Errors: `cancelled`. */
export async function sharedLayers(
  images: readonly ManyImage[],
  reader: IndexReader,
  failed: FailedImage[],
  options: CallOptions = {},
): Promise<SharedLayer[]> {
  const layers = new Map<string, { key: string; layer: ContentLayer; uses: Map<ManyImage, LayerUse> }>();
  for (const image of images) {
    const content = await unless(failed, image, () => reader.describe(image, options));
    for (const [place, layer] of content?.layers.entries() ?? []) {
      const key = layerKey(layer);
      const known = layers.get(key) ?? { key, layer, uses: new Map() };
      layers.set(key, known);
      known.uses.set(image, { image, content: content!, layer: place });
    }
  }
  return [...layers.values()].map(({ key, layer, uses }) => ({ key, layer, uses: [...uses.values()] }));
}

/** From the first of its images that can be read; undefined where none can. Errors: `cancelled`. */
export async function sharedIndex(
  { uses }: SharedLayer,
  reader: IndexReader,
  failed: FailedImage[],
  options: CallOptions = {},
): Promise<LayerIndex | undefined> {
  for (const { image, layer } of uses) {
    if (failed.some((one) => one.image === image)) continue;
    const index = await unless(failed, image, () => reader.index(image, layer, options));
    if (index !== undefined) return index;
  }
  return undefined;
}

/** What becomes of a file in each image that has its layer. Errors: those of reading, `cancelled`. */
export async function fileUses(
  { path, type }: FoundFile,
  { uses }: SharedLayer,
  reader: IndexReader,
  options: CallOptions = {},
): Promise<FileUse[]> {
  const hides = new Map<string, boolean>();
  const found: FileUse[] = [];
  for (const use of uses) {
    const { layers } = use.content;
    let hiddenBy: number | undefined;
    for (let above = use.layer + 1; above < layers.length && hiddenBy === undefined; above++) {
      const key = layerKey(layers[above]!);
      let does = hides.get(key);
      if (does === undefined) {
        does = hidesPath(await reader.index(use.image, above, options), path, type === 'directory');
        hides.set(key, does);
      }
      if (does) hiddenBy = above;
    }
    found.push({ ...use, hiddenBy });
  }
  return found;
}

async function unless<Result>(
  failed: FailedImage[],
  image: ManyImage,
  read: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await read();
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'cancelled') throw error;
    failed.push({ image, error });
    return undefined;
  }
}
