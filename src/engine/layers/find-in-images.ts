/** Looks for entries in many images: each layer is searched once, and for each image it is told what it still shows. */
import type { CallOptions } from '../engine.ts';
import { asEngineError, cancelled, type EngineError } from '../errors.ts';
import type { ContentImage } from './contents.ts';
import { hidesPath } from './find-hiding.ts';
import { type FoundFile, foundFile, matchingEntries } from './find-in-layer.ts';
import type { LayerIndex } from './layer-index.ts';
import { PathLinks } from './path-links.ts';
import { matchesPath, type PathPattern } from './path-pattern.ts';
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
      /** `some` comes before `image` where much is found: `image` is the last of an image. */
      readonly type: 'some' | 'image';
      readonly image: ManyImage;
      readonly content: ContentImage;
      /** From the base up, in the order of the layers' trees. */
      readonly hits: readonly Hit[];
      /** Images that are through. */
      readonly done: number;
    }
  | {
      readonly type: 'failed';
      readonly image: ManyImage;
      readonly error: EngineError;
      readonly done: number;
    };

/** Hits that are told at once: of images in which everything is found, never all are in memory. */
const PIECE = 512;
/** Entries of all layers together that are remembered: a layer with more is searched again when it comes again. */
const REMEMBERED = 20_000;
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
  const links = new PathLinks(reader);
  const layers = new SearchedLayers(reader, turns, options);
  for (const [at, image] of images.entries()) {
    if (signal?.aborted) throw cancelled();
    const done = at + 1;
    try {
      const content = await reader.describe(image, options);
      const patterns = [...new Set([pattern, await links.followed(image, content, pattern, options)])];
      let hits: Hit[] = [];
      for await (const hit of hitsIn(image, content, patterns, layers)) {
        hits.push(hit);
        if (hits.length < PIECE) continue;
        yield { type: 'some', image, content, hits, done: at };
        hits = [];
        if (turns.due) await turns.take();
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

/** What matches in layers, remembered for the next image that has them. */
class SearchedLayers {
  readonly turns: Turns;
  readonly #reader: IndexReader;
  readonly #options: CallOptions;
  readonly #known = new Map<string, readonly FoundFile[]>();
  #remembered = 0;

  constructor(reader: IndexReader, turns: Turns, options: CallOptions) {
    this.#reader = reader;
    this.turns = turns;
    this.#options = options;
  }

  /** By its place in an image. */
  index(image: ManyImage, layer: number): Promise<LayerIndex> {
    return this.#reader.index(image, layer, this.#options);
  }

  /** What matches any of the patterns, each entry once. */
  async *files(
    image: ManyImage,
    { layers }: ContentImage,
    layer: number,
    patterns: readonly PathPattern[],
  ): AsyncGenerator<FoundFile, void, void> {
    for (const [which, pattern] of patterns.entries()) {
      const before = patterns.slice(0, which);
      for await (const file of this.#matching(image, layer, layerKey(layers[layer]!), pattern))
        if (!before.some((other) => other.kind !== 'digest' && matchesPath(other, file.path))) yield file;
    }
  }

  async *#matching(
    image: ManyImage,
    layer: number,
    layerIs: string,
    pattern: PathPattern,
  ): AsyncGenerator<FoundFile, void, void> {
    const key = `${layerIs} ${patternKey(pattern)}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      yield* known;
      return;
    }
    const room = REMEMBERED - this.#remembered;
    let found: FoundFile[] | undefined = [];
    const index = await this.index(image, layer);
    for (const entry of matchingEntries(index, pattern)) {
      if (this.turns.due) await this.turns.take();
      if (entry === undefined) continue;
      const file = foundFile(index, entry);
      if (found !== undefined && found.push(file) > room) found = undefined;
      yield file;
    }
    if (found === undefined) return;
    this.#remembered += found.length;
    this.#known.set(key, found.length === 0 ? NONE : found);
  }
}

/** One search has one pattern: where links lead elsewhere, the plain parts it begins with tell them apart. */
function patternKey(pattern: PathPattern): string {
  if (pattern.kind !== 'path') return '';
  return pattern.parts
    .map((part) => (part.kind === 'plain' ? part.bytes.toString('latin1') : part.kind))
    .join('/');
}

async function* hitsIn(
  image: ManyImage,
  content: ContentImage,
  patterns: readonly PathPattern[],
  layers: SearchedLayers,
): AsyncGenerator<Hit, void, void> {
  const { turns } = layers;
  const count = content.layers.length;
  /** Folders that were told, with the layer from which on they are hidden. */
  const folders = new Map<string, number>();
  const indexes: LayerIndex[] = [];
  for (let layer = 0; layer < count; layer++) {
    for await (const file of layers.files(image, content, layer, patterns)) {
      const isFolder = file.type === 'directory';
      const path = isFolder ? file.path.toString('latin1') : '';
      // A later layer that has a folder, too, joins it and brings nothing new.
      if (isFolder && (folders.get(path) ?? 0) > layer) continue;
      let hiddenBy: number | undefined;
      for (let above = layer + 1; above < count && hiddenBy === undefined; above++) {
        indexes[above] ??= await layers.index(image, above);
        if (hidesPath(indexes[above]!, file.path, isFolder)) hiddenBy = above;
      }
      if (isFolder) folders.set(path, hiddenBy ?? Number.POSITIVE_INFINITY);
      yield { file, layer, hiddenBy };
      if (turns.due) await turns.take();
    }
    delete indexes[layer];
  }
}
