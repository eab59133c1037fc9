/** Looks for entries in many images: each layer is searched once, and for each image it is told what it still shows. */
import type { CallOptions } from '../engine.ts';
import { asEngineError, cancelled, type EngineError } from '../errors.ts';
import type { ContentImage } from './contents.ts';
import { hidesPath } from './find-hiding.ts';
import { type FoundFile, foundFile, matchingEntries } from './find-in-layer.ts';
import type { LayerIndex } from './layer-index.ts';
import { layerKey } from './layer-key.ts';
import { PathLinks } from './path-links.ts';
import { matchesPath, type PathPattern } from './path-pattern.ts';
import type { IndexReader, ManyImage } from './read-many.ts';
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
      for await (const more of hitsIn(image, content, patterns, layers)) {
        if (hits.length + more.length > PIECE) {
          yield { type: 'some', image, content, hits, done: at };
          hits = [];
          if (turns.due) await turns.take();
        }
        hits.push(...more);
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

  /** All that lie on it, the lowest first. */
  async above(image: ManyImage, layer: number, count: number): Promise<LayerIndex[]> {
    const indexes: LayerIndex[] = [];
    for (let at = layer + 1; at < count; at++) indexes.push(await this.index(image, at));
    return indexes;
  }

  /** What matches any of the patterns, each entry once, in pieces. */
  async *files(
    image: ManyImage,
    { layers }: ContentImage,
    layer: number,
    patterns: readonly PathPattern[],
  ): AsyncGenerator<readonly FoundFile[], void, void> {
    for (const [which, pattern] of patterns.entries()) {
      const before = patterns.slice(0, which);
      const isNew = ({ path }: FoundFile) =>
        !before.some((other) => other.kind !== 'digest' && matchesPath(other, path));
      for await (const files of this.#matching(image, layer, layerKey(layers[layer]!), pattern))
        yield which === 0 ? files : files.filter(isNew);
    }
  }

  async *#matching(
    image: ManyImage,
    layer: number,
    layerIs: string,
    pattern: PathPattern,
  ): AsyncGenerator<readonly FoundFile[], void, void> {
    const key = `${layerIs} ${patternKey(pattern)}`;
    const known = this.#known.get(key);
    if (known !== undefined) {
      for (let at = 0; at < known.length; at += PIECE) yield known.slice(at, at + PIECE);
      return;
    }
    const room = REMEMBERED - this.#remembered;
    let found: FoundFile[] | undefined = [];
    let piece: FoundFile[] = [];
    const index = await this.index(image, layer);
    for (const entry of matchingEntries(index, pattern)) {
      if (this.turns.due) await this.turns.take();
      if (entry === undefined) continue;
      const file = foundFile(index, entry);
      if (found !== undefined && found.push(file) > room) found = undefined;
      if (piece.push(file) < PIECE) continue;
      yield piece;
      piece = [];
    }
    yield piece;
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

/** In pieces, none of them empty. */
async function* hitsIn(
  image: ManyImage,
  content: ContentImage,
  patterns: readonly PathPattern[],
  layers: SearchedLayers,
): AsyncGenerator<readonly Hit[], void, void> {
  const { turns } = layers;
  const count = content.layers.length;
  /** Folders that were told, with the layer from which on they are hidden. */
  const folders = new Map<string, number>();
  for (let layer = 0; layer < count; layer++) {
    let above: readonly LayerIndex[] | undefined;
    for await (const files of layers.files(image, content, layer, patterns)) {
      if (files.length === 0) continue;
      above ??= await layers.above(image, layer, count);
      const hits: Hit[] = [];
      for (const file of files) {
        if (turns.due) await turns.take();
        const isFolder = file.type === 'directory';
        const path = isFolder ? file.path.toString('latin1') : '';
        // A later layer that has a folder, too, joins it and brings nothing new.
        if (isFolder && (folders.get(path) ?? 0) > layer) continue;
        const place = above.findIndex((index) => hidesPath(index, file.path, isFolder));
        const hiddenBy = place === -1 ? undefined : layer + 1 + place;
        if (isFolder) folders.set(path, hiddenBy ?? Number.POSITIVE_INFINITY);
        hits.push({ file, layer, hiddenBy });
      }
      if (hits.length > 0) yield hits;
    }
  }
}
