/** The images of a store as they are now, looked at again only when something changed. */
import { stat } from 'node:fs/promises';
import { setImmediate as pause } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import { errnoOf, storeFault, throwIfAborted } from './fault.ts';
import { findRoot } from './root.ts';
import type { Root, Store } from './store.ts';
import { type Presence, presentBlobs, type SurveyedImage, surveyImage, type Variant } from './survey.ts';

/** Images looked at before others get a turn. */
const AT_ONCE = 200;

/** Milliseconds: a folder that changed so lately may change again without its time telling. */
const TICK = 50;

export class Catalog {
  readonly store: Store;
  #present: { readonly version: string; readonly blobs: Presence } | undefined;
  #known:
    | {
        readonly roots: readonly Root[];
        readonly blobs: Presence;
        readonly images: Map<string, SurveyedImage>;
      }
    | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  /** All images, in index.json's order. Errors: as `Store.roots`. */
  async images(signal?: AbortSignal): Promise<SurveyedImage[]> {
    const { roots, images } = await this.#look();
    const found: SurveyedImage[] = [];
    for (const [count, root] of roots.entries()) {
      if (count % AT_ONCE === AT_ONCE - 1) await pause();
      throwIfAborted(signal);
      found.push(images(root));
    }
    await this.store.facts.save();
    return found;
  }

  /** Errors: as `Store.find`. */
  async find(image: string): Promise<SurveyedImage> {
    const { roots, images } = await this.#look();
    return images(findRoot(roots, image));
  }

  async #look() {
    const [roots, blobs] = await Promise.all([this.store.roots(), this.#presence()]);
    if (this.#known?.roots !== roots || this.#known.blobs !== blobs) {
      this.#known = { roots, blobs, images: new Map() };
    }
    const { images } = this.#known;
    const survey = (root: Root): SurveyedImage => {
      const known = images.get(root.id);
      if (known !== undefined) return known;
      const made = surveyImage(this.store, blobs, root);
      images.set(root.id, made);
      return made;
    };
    return { roots, images: survey };
  }

  async #presence(): Promise<Presence> {
    const version = await this.#folderVersion();
    if (version !== '' && this.#present?.version === version) return this.#present.blobs;
    const blobs = await presentBlobs(this.store);
    this.#present = { version, blobs };
    return blobs;
  }

  /** `''` where it cannot be told apart from the next one. */
  async #folderVersion(): Promise<string> {
    try {
      const { ino, mtimeMs, ctimeMs } = await stat(this.store.paths.blobs);
      return Date.now() - mtimeMs < TICK ? '' : `${ino}.${mtimeMs}.${ctimeMs}`;
    } catch (thrown) {
      if (errnoOf(thrown) === 'ENOENT') return '';
      throw storeFault(thrown, `read the store ${this.store.folder}`);
    }
  }
}

/** What can be looked into of an image. Errors: `corrupt`, `unsupported`, `not-found` where nothing of it is here. */
export function expectMain({ root, main, problem }: SurveyedImage): Variant {
  if (main !== undefined) return main;
  if (problem !== undefined) throw problem;
  throw new EngineError({
    code: 'corrupt',
    message: `the image ${root.references[0] ?? root.id} is not whole: its manifest is not in the store`,
    hint: 'Pull or load it again. See what else is wrong with: nacre store check',
  });
}
