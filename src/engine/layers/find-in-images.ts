/** Looks for entries in many images: each layer is searched once, and for each image it is told what it still shows. */
import type { CallOptions } from '../engine.ts';
import { asEngineError, cancelled, type EngineError } from '../errors.ts';
import type { ContentImage, ContentLayer } from './contents.ts';
import { hidesPath } from './find-hiding.ts';
import { type FoundFile, foundFile, matchingEntries } from './find-in-layer.ts';
import type { LayerIndex } from './layer-index.ts';
import type { PathPattern } from './path-pattern.ts';
import { type IndexReader, layerKey, type ManyImage } from './read-many.ts';
import { Turns } from './turns.ts';

/** An entry that a layer of an image brought. */
export interface Hit {
  readonly file: FoundFile;
  /** The place of the layer in the image, the base being 0. */
  readonly layer: number;
  /** The place of the layer that overwrote or removed it; undefined where it is what a container would see. */
  readonly hiddenBy: number | undefined;
}

export type FindEvent =
  | {
      readonly type: 'image';
      readonly image: ManyImage;
      readonly content: ContentImage;
      /** From the base up, in the order of the layers' trees. */
      readonly hits: readonly Hit[];
      readonly done: number;
    }
  | {
      readonly type: 'failed';
      readonly image: ManyImage;
      readonly error: EngineError;
      readonly done: number;
    };

/** Entries of all layers together that are remembered: a layer with more is searched again when it comes again. */
const REMEMBERED = 100_000;
const NONE: readonly FoundFile[] = [];

/** In their order; an image that cannot be read stops none of the others. Errors: `cancelled`. */
export async function* findInImages(
  images: readonly ManyImage[],
  pattern: PathPattern,
  reader: IndexReader,
  options: CallOptions = {},
): AsyncGenerator<FindEvent, void, void> {
  const { signal } = options;
  const turns = new Turns(signal);
  const searched = new Map<string, readonly FoundFile[]>();
  let remembered = 0;

  const search = async (image: ManyImage, place: number, layer: ContentLayer) => {
    const key = layerKey(layer);
    const known = searched.get(key);
    if (known !== undefined) return known;
    const found = await filesIn(await reader.index(image, place, options), pattern, turns);
    if (found.length === 0) searched.set(key, NONE);
    else if (remembered + found.length <= REMEMBERED) {
      remembered += found.length;
      searched.set(key, found);
    }
    return found;
  };

  for (const [at, image] of images.entries()) {
    if (signal?.aborted) throw cancelled();
    const done = at + 1;
    try {
      const content = await reader.describe(image, options);
      const hits: Hit[] = [];
      for (const [place, layer] of content.layers.entries()) {
        const found = await search(image, place, layer);
        if (hits.some(isShown)) {
          const index = await reader.index(image, place, options);
          await hide(hits, index, place, turns);
        }
        const shown = foldersIn(hits);
        for (const file of found)
          if (!(file.type === 'directory' && shown.has(file.path.toString('latin1'))))
            hits.push({ file, layer: place, hiddenBy: undefined });
      }
      yield { type: 'image', image, content, hits, done };
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'cancelled') throw error;
      yield { type: 'failed', image, error, done };
    }
    // What is known already comes without a wait.
    if (turns.due) await turns.take();
  }
}

async function filesIn(index: LayerIndex, pattern: PathPattern, turns: Turns): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const entry of matchingEntries(index, pattern)) {
    if (entry !== undefined) found.push(foundFile(index, entry));
    if (turns.due) await turns.take();
  }
  return found;
}

function isShown({ hiddenBy }: Hit): boolean {
  return hiddenBy === undefined;
}

async function hide(hits: Hit[], index: LayerIndex, layer: number, turns: Turns): Promise<void> {
  for (const [at, hit] of hits.entries()) {
    if (isShown(hit) && hidesPath(index, hit.file.path, hit.file.type === 'directory'))
      hits[at] = { ...hit, hiddenBy: layer };
    if (turns.due) await turns.take();
  }
}

/** Folders that are there: a later layer that has them, too, joins them and brings nothing new. */
function foldersIn(hits: readonly Hit[]): ReadonlySet<string> {
  return new Set(
    hits
      .filter((hit) => isShown(hit) && hit.file.type === 'directory')
      .map(({ file }) => file.path.toString('latin1')),
  );
}
