/** What was read a moment ago from an engine, so that the journal does not ask for it again. */
import type { Container, Containers } from '../container.ts';
import type { CallOptions, Engine } from '../engine.ts';
import { asEngineError } from '../errors.ts';
import type { Image, ImageDetail } from '../image.ts';
import type { Volume, Volumes } from '../volume.ts';
import { type ChangedImage, imageFromDetail } from './change.ts';

/** Milliseconds: as long as a plan takes from looking at an image to removing it. */
const FRESH = 2_000;
/** Details are large, and only the last few are ever asked for again. */
const MOST = 16;

export class Seen {
  readonly #engine: Engine;
  readonly #details = new Map<string, { readonly detail: ImageDetail; readonly at: number }>();
  #images: readonly Image[] = [];
  #volume: { readonly volume: Volume; readonly at: number } | undefined;
  #volumeSizes: Readonly<Record<string, number>> = {};
  #containers: { readonly list: readonly Container[]; readonly at: number } | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  noteDetail(image: string, detail: ImageDetail): void {
    this.#details.delete(image);
    this.#details.set(image, { detail, at: Date.now() });
    if (this.#details.size > MOST) this.#details.delete(this.#details.keys().next().value!);
  }

  /** What a list says is newer than any detail before it: others may have changed names meanwhile. */
  noteImages(images: readonly Image[]): void {
    this.#images = images;
    this.forget();
  }

  noteContainers(list: readonly Container[]): void {
    this.#containers = { list, at: Date.now() };
  }

  noteVolume(volume: Volume): void {
    this.#volume = { volume, at: Date.now() };
  }

  noteVolumeSizes(sizes: Readonly<Record<string, number>>): void {
    this.#volumeSizes = sizes;
  }

  /** What a volume held when it was last measured. */
  volumeSize(name: string): number | undefined {
    return Object.hasOwn(this.#volumeSizes, name) ? this.#volumeSizes[name] : undefined;
  }

  /** After a change, details are to be read anew. */
  forget(): void {
    this.#details.clear();
  }

  /** The image as it is; undefined where there is none. Rejects as `inspect` does otherwise. */
  async image(name: string, { signal }: CallOptions = {}): Promise<ChangedImage | undefined> {
    const known = this.#details.get(name);
    if (known !== undefined && Date.now() - known.at < FRESH) return this.#changed(known.detail);
    try {
      return this.#changed(await this.#engine.inspect(name, signal === undefined ? {} : { signal }));
    } catch (thrown) {
      if (asEngineError(thrown).code === 'not-found') return undefined;
      throw thrown;
    }
  }

  /**
   * Whose a name is, in familiar form, and that it is now: others move names, too. Podman also finds images whose
   * names only end with it.
   */
  async holder(name: string, options?: CallOptions): Promise<ChangedImage | undefined> {
    this.#details.delete(name);
    const image = await this.image(name, options);
    return image?.references.includes(name) ? image : undefined;
  }

  /** By its id, its name or the beginning of its id. */
  async container(
    wanted: string,
    containers: Containers,
    { signal }: CallOptions = {},
  ): Promise<Container | undefined> {
    const find = (list: readonly Container[]): Container | undefined =>
      list.find(({ id, name }) => id === wanted || name === wanted) ??
      list.find(({ id }) => id.startsWith(wanted));
    const known = this.#containers;
    const found = known !== undefined && Date.now() - known.at < FRESH ? find(known.list) : undefined;
    if (found !== undefined) return found;
    const list = await containers.list(signal === undefined ? {} : { signal });
    this.noteContainers(list);
    return find(list);
  }

  /** Undefined where there is none of that name. Rejects as `inspect` does otherwise. */
  async volume(name: string, volumes: Volumes, { signal }: CallOptions = {}): Promise<Volume | undefined> {
    const known = this.#volume;
    if (known?.volume.name === name && Date.now() - known.at < FRESH) return known.volume;
    try {
      return await volumes.inspect(name, signal === undefined ? {} : { signal });
    } catch (thrown) {
      if (asEngineError(thrown).code === 'not-found') return undefined;
      throw thrown;
    }
  }

  /** The list counts an image's size as people see it; details count less on some engines. */
  #changed(detail: ImageDetail): ChangedImage {
    return imageFromDetail(
      detail,
      this.#images.find(({ id }) => id === detail.id),
    );
  }
}
