/**
 * What is in the layers of many images: each layer is read once for all that share it, kept in the cache on disk, and only
 * the indexes used last are held in memory.
 */
import type { CallOptions } from '../engine.ts';
import { asEngineError, cancelled, type EngineError } from '../errors.ts';
import type { ContentImage, ContentLayer, ContentSource } from './contents.ts';
import { IndexShelf } from './index-shelf.ts';
import type { LayerIndex } from './layer-index.ts';
import type { LayerIndexCache } from './layer-index-cache.ts';
import { layerKey } from './layer-key.ts';
import { readContents } from './read-contents.ts';

/** One of the images that are looked through. */
export interface ManyImage {
  /** Unique among them. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** Bytes that reading all of it takes, about. */
  readonly size: number;
  readonly source: ContentSource;
}

/** Whoever searches many images needs no more than this. */
export interface IndexReader {
  /** Asked for once an image. Errors: those of its source. */
  describe(image: ManyImage, options?: CallOptions): Promise<ContentImage>;
  /** Of a layer, by its place in the image. Errors: those of its source. */
  index(image: ManyImage, layer: number, options?: CallOptions): Promise<LayerIndex>;
}

export interface UnreadImages {
  /** Those of which every layer has been read, in their order. */
  readonly known: readonly ManyImage[];
  /** Those with a layer that nobody has read, in an order in which fewest have to be read. */
  readonly images: readonly ManyImage[];
  /** What reading them takes, about: what an earlier one brings along is not counted again. */
  readonly bytes: number;
  readonly failed: readonly FailedImage[];
}

export interface FailedImage {
  readonly image: ManyImage;
  readonly error: EngineError;
}

export type ReadManyEvent =
  /** `bytes` of all images together. */
  | { readonly type: 'read'; readonly image: ManyImage; readonly bytes: number }
  | { readonly type: 'image'; readonly image: ManyImage; readonly done: number; readonly bytes: number }
  | ({ readonly type: 'failed'; readonly done: number; readonly bytes: number } & FailedImage);

/** Images that are described at the same time. */
const AT_ONCE = 8;

export class ManyContents implements IndexReader {
  readonly #cache: LayerIndexCache;
  readonly #digests: boolean;
  readonly #shelf: IndexShelf;
  /** The cache, for reading an image: what is in memory is not read from the disk once more. */
  readonly #near: LayerIndexCache;
  readonly #images = new Map<string, Promise<ContentImage>>();

  constructor(cache: LayerIndexCache, options: { readonly digests?: boolean; readonly room?: number } = {}) {
    this.#cache = cache;
    this.#digests = options.digests ?? false;
    this.#shelf = new IndexShelf(options.room);
    this.#near = {
      ...cache,
      find: async (key, wanted) => this.#shelf.find(key) ?? (await cache.find(key, wanted)),
    };
  }

  async describe(image: ManyImage, options: CallOptions = {}): Promise<ContentImage> {
    for (;;) {
      if (options.signal?.aborted) throw cancelled();
      const known = this.#images.get(image.id);
      if (known === undefined) return this.#ask(image, options);
      try {
        return await known;
      } catch (thrown) {
        if (asEngineError(thrown).code !== 'cancelled') throw thrown;
        // Whoever asked first has had enough, which is no answer for others: they ask themselves.
      }
    }
  }

  #ask(image: ManyImage, options: CallOptions): Promise<ContentImage> {
    const asked = image.source.describe(options);
    this.#images.set(image.id, asked);
    // What failed once is asked for anew.
    asked.catch(() => this.#images.delete(image.id));
    return asked;
  }

  async index(image: ManyImage, layer: number, options: CallOptions = {}): Promise<LayerIndex> {
    if (options.signal?.aborted) throw cancelled();
    const { layers } = await this.describe(image, options);
    const wanted = layers[layer]!;
    const key = layerKey(wanted);
    const known = this.#shelf.find(key) ?? (await this.#recall(wanted));
    if (known !== undefined) {
      this.#shelf.put(key, known);
      return known;
    }
    const { indexes } = await this.#read(image, options);
    return indexes[layer]!;
  }

  /** Errors: `cancelled`. */
  async unread(images: readonly ManyImage[], options: CallOptions = {}): Promise<UnreadImages> {
    const failed: FailedImage[] = [];
    const described: { readonly image: ManyImage; readonly layers: readonly ContentLayer[] }[] = [];
    const queue = [...images.entries()];
    const places = new Map<ManyImage, number>();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [place, image] = next;
          places.set(image, place);
          try {
            described.push({ image, layers: (await this.describe(image, options)).layers });
          } catch (thrown) {
            const error = asEngineError(thrown);
            if (error.code === 'cancelled') throw error;
            failed.push({ image, error });
          }
        }
      }),
    );
    const kept = new Map<string, boolean>();
    const coming = new Set<string>();
    const known: ManyImage[] = [];
    const missing: ManyImage[] = [];
    let bytes = 0;
    // An image that others were built on comes along with them.
    described.sort(
      (a, b) => b.layers.length - a.layers.length || places.get(a.image)! - places.get(b.image)!,
    );
    for (const { image, layers } of described) {
      if (options.signal?.aborted) throw cancelled();
      let isKnown = true;
      let isMissing = false;
      for (const layer of layers) {
        const key = layerKey(layer);
        const has = kept.get(key) ?? (await this.#has(layer));
        kept.set(key, has);
        if (has) continue;
        isKnown = false;
        if (!coming.has(key)) isMissing = true;
      }
      if (isKnown) known.push(image);
      if (!isMissing) continue;
      for (const layer of layers) coming.add(layerKey(layer));
      missing.push(image);
      bytes += image.size;
    }
    known.sort((a, b) => places.get(a)! - places.get(b)!);
    failed.sort((a, b) => places.get(a.image)! - places.get(b.image)!);
    return { known, images: missing, bytes, failed };
  }

  /** Reads them one after the other; one that cannot be read is told and stops none of the others. Errors: `cancelled`. */
  async *read(
    images: readonly ManyImage[],
    options: CallOptions = {},
  ): AsyncGenerator<ReadManyEvent, void, void> {
    let before = 0;
    for (const [at, image] of images.entries()) {
      if (options.signal?.aborted) throw cancelled();
      const done = at + 1;
      try {
        const reading = this.#reading(image, options);
        let bytes = 0;
        for await (const read of reading) {
          bytes = read;
          yield { type: 'read', image, bytes: before + Math.min(bytes, image.size) };
        }
        before += image.size;
        yield { type: 'image', image, done, bytes: before };
      } catch (thrown) {
        const error = asEngineError(thrown);
        if (error.code === 'cancelled') throw error;
        before += image.size;
        yield { type: 'failed', image, error, done, bytes: before };
      }
    }
  }

  /** Gives the memory back: what is needed again is read from the cache. */
  rest(): void {
    this.#shelf.clear();
  }

  async #recall(layer: ContentLayer): Promise<LayerIndex | undefined> {
    const options = { digests: this.#digests };
    const found = await this.#cache.find(layer.diffId, options);
    return found ?? (layer.keptBy === undefined ? undefined : await this.#cache.find(layer.keptBy, options));
  }

  async #has(layer: ContentLayer): Promise<boolean> {
    const options = { digests: this.#digests };
    return (
      (await this.#cache.has(layer.diffId, options)) ||
      (layer.keptBy !== undefined && (await this.#cache.has(layer.keptBy, options)))
    );
  }

  async #read(image: ManyImage, options: CallOptions): Promise<{ readonly indexes: readonly LayerIndex[] }> {
    const indexes: LayerIndex[] = [];
    for await (const _ of this.#reading(image, options, indexes));
    return { indexes };
  }

  /** Yields the bytes read so far. */
  async *#reading(
    image: ManyImage,
    options: CallOptions,
    indexes: LayerIndex[] = [],
  ): AsyncGenerator<number, void, void> {
    const { layers } = await this.describe(image, options);
    const reading = readContents(image.source, {
      ...options,
      cache: this.#near,
      digests: this.#digests,
      partial: false,
    });
    try {
      for (;;) {
        const step = await reading.next();
        if (step.done) {
          for (const [place, index] of step.value.indexes.entries()) {
            indexes[place] = index;
            this.#shelf.put(layerKey(layers[place]!), index);
          }
          return;
        }
        if (step.value.type === 'read') yield step.value.bytes;
      }
    } finally {
      // Left early, it would never close its source.
      await reading.return(undefined as never);
    }
  }
}
