/** The images of a store as they are now, looked at again only when something changed. */
import { setImmediate as pause } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import { throwIfAborted } from './fault.ts';
import { blobsVersion } from './index-file.ts';
import { findRoot } from './root.ts';
import type { Root, Store } from './store.ts';
import { type Presence, presentBlobs, type SurveyedImage, surveyImage, type Variant } from './survey.ts';

/** Images looked at before others get a turn. */
const AT_ONCE = 200;

interface Known {
  readonly roots: readonly Root[];
  readonly present: Presence;
  readonly images: Map<string, SurveyedImage>;
}

export class Catalog {
  readonly store: Store;
  #present: { readonly version: string; readonly blobs: Presence } | undefined;
  #known: Known | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  /** All images, in index.json's order. Errors: as `Store.roots`. */
  async images(signal?: AbortSignal): Promise<SurveyedImage[]> {
    const known = await this.#look();
    const isNew = known.images.size < known.roots.length;
    const found: SurveyedImage[] = [];
    for (const [count, root] of known.roots.entries()) {
      if (isNew && count % AT_ONCE === AT_ONCE - 1) await pause();
      throwIfAborted(signal);
      found.push(this.#survey(known, root));
    }
    if (isNew) void this.store.facts.save();
    return found;
  }

  /** Errors: as `Store.find`. */
  async find(image: string): Promise<SurveyedImage> {
    const known = await this.#look();
    return this.#survey(known, findRoot(known.roots, image));
  }

  /** Changes with anything that a list tells; undefined while it cannot be told apart from the next one. */
  async version(): Promise<string | undefined> {
    const [index, blobs] = await Promise.all([this.store.version(), blobsVersion(this.store.paths)]);
    return index?.settled && blobs?.settled ? `${index.text} ${blobs.text}` : undefined;
  }

  async #look(): Promise<Known> {
    const [roots, present] = await Promise.all([this.store.roots(), this.#presence()]);
    if (this.#known?.roots !== roots || this.#known.present !== present) {
      this.#known = { roots, present, images: new Map() };
    }
    return this.#known;
  }

  #survey({ present, images }: Known, root: Root): SurveyedImage {
    const seen = images.get(root.id);
    if (seen !== undefined) return seen;
    const made = surveyImage(this.store, present, root);
    images.set(root.id, made);
    return made;
  }

  async #presence(): Promise<Presence> {
    const version = await blobsVersion(this.store.paths);
    if (version?.settled && this.#present?.version === version.text) return this.#present.blobs;
    const blobs = await presentBlobs(this.store);
    this.#present = { version: version?.text ?? '', blobs };
    return blobs;
  }
}

/** What can be looked into of an image. Errors: `corrupt`, `unsupported`. */
export function expectMain({ root, main, problem }: SurveyedImage): Variant {
  if (main !== undefined) return main;
  if (problem !== undefined) throw problem;
  throw new EngineError({
    code: 'corrupt',
    message: `the image ${root.references[0] ?? root.id} is not whole: its manifest is not in the store`,
    hint: 'Pull or load it again. See what else is wrong with: nacre store check',
  });
}
