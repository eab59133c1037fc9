/** The indexes of an image's layers while they are gathered. Layers with the same content share one. */
import { damaged } from '../archive/fault.ts';
import type { ContentImage, ContentsEvent, ImageContents, LayerTar } from './contents.ts';
import type { LayerIndex } from './layer-index.ts';
import type { LayerIndexCache } from './layer-index-cache.ts';
import { layerKey } from './layer-key.ts';

export interface GatheringOptions {
  readonly cache?: LayerIndexCache | undefined;
  readonly digests?: boolean;
}

export class Gathering {
  readonly #image: ContentImage;
  readonly #cache: LayerIndexCache | undefined;
  readonly #digests: boolean;
  readonly #indexes: (LayerIndex | undefined)[];
  /** Those whose layer is not known yet, by when their tar came. */
  readonly #unplaced = new Map<number, { readonly tar: LayerTar; readonly index: LayerIndex }>();
  readonly #keeping: Promise<void>[] = [];
  #tars = 0;

  constructor(image: ContentImage, { cache, digests = false }: GatheringOptions) {
    this.#image = image;
    this.#cache = cache;
    this.#digests = digests;
    this.#indexes = image.layers.map(() => undefined);
  }

  /** Places of layers that nothing is known of; of those with the same content the first. */
  missing(): Set<number> {
    const seen = new Set<string>();
    const places = new Set<number>();
    for (const [place, layer] of this.#image.layers.entries()) {
      if (this.#indexes[place] === undefined && !seen.has(layerKey(layer))) places.add(place);
      seen.add(layerKey(layer));
    }
    return places;
  }

  isMissing(place: number): boolean {
    return place < this.#indexes.length && this.#indexes[place] === undefined;
  }

  /** Takes what the cache has. */
  async *recall(): AsyncGenerator<ContentsEvent> {
    const cache = this.#cache;
    if (cache === undefined) return;
    const layers = new Map(this.#image.layers.map((layer) => [layerKey(layer), layer]));
    const need = { digests: this.#digests };
    const found = await Promise.all(
      [...layers].map(async ([key, { diffId, keptBy }]) => {
        const own = keptBy === undefined ? undefined : await cache.find(keptBy, need);
        return [key, own ?? (await cache.find(diffId, need))] as const;
      }),
    );
    for (const [key, index] of found) if (index !== undefined) yield* this.#set(key, index);
  }

  /** A tar that was read; undefined for one that nobody needed. */
  *add(tar: LayerTar, index: LayerIndex | undefined): Generator<ContentsEvent> {
    const nth = this.#tars++;
    if (index !== undefined) this.#unplaced.set(nth, { tar, index });
    // By now the source may know more of earlier ones, too.
    for (const [earlier, { tar }] of this.#unplaced) yield* this.#place(earlier, tar.layer);
  }

  /** What the source knew only at its end, by when the tars came. */
  *end(places: readonly (number | undefined)[]): Generator<ContentsEvent> {
    for (const [nth, place] of places.entries()) yield* this.#place(nth, place);
  }

  /** What is known of a layer while more of it comes. */
  *partial(tar: LayerTar, index: LayerIndex): Generator<ContentsEvent> {
    if (tar.layer === undefined) return;
    const key = layerKey(this.#image.layers[tar.layer]!);
    for (const layer of this.#placesOf(key)) yield { type: 'layer', layer, index, whole: false };
  }

  /** Errors: `corrupt` where a layer is missing. */
  result(): ImageContents {
    const indexes = this.#indexes.map((index, place) => {
      if (index === undefined)
        throw damaged(`layer ${place + 1} of ${this.#indexes.length} is not in ${this.#image.name}`);
      return index;
    });
    return { image: this.#image, indexes };
  }

  /** Waits until the cache has what was read. */
  async kept(): Promise<void> {
    await Promise.all(this.#keeping);
  }

  *#place(nth: number, place: number | undefined): Generator<ContentsEvent> {
    const found = this.#unplaced.get(nth);
    const layer = place === undefined ? undefined : this.#image.layers[place];
    if (found === undefined || place === undefined || layer === undefined) return;
    this.#unplaced.delete(nth);
    // It was read only because nobody knew which one it is: what is known may be more than what was asked for now.
    if (!this.isMissing(place)) return;
    const key = layerKey(layer);
    if (this.#cache !== undefined) this.#keeping.push(this.#cache.keep(key, found.index));
    yield* this.#set(key, found.index);
  }

  *#set(key: string, index: LayerIndex): Generator<ContentsEvent> {
    for (const layer of this.#placesOf(key)) {
      this.#indexes[layer] = index;
      yield { type: 'layer', layer, index, whole: true };
    }
  }

  #placesOf(key: string): number[] {
    return this.#image.layers.flatMap((layer, place) => (layerKey(layer) === key ? [place] : []));
  }
}
