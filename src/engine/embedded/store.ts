/** Images on a standard OCI image layout, shared with other processes and other tools. */
import { resolve } from 'node:path';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { type ImageIndex, type ImageManifest, readManifest } from '../oci/manifest.ts';
import { parseNewName, parseReference } from '../reference.ts';
import { type Blobs, FileBlobs, missing } from './blobs.ts';
import { type Collection, collectGarbage, dropBlobs } from './collect.ts';
import { type Entry, readEntries } from './entry.ts';
import { FactsCache } from './facts-cache.ts';
import { storeFault, throwIfAborted } from './fault.ts';
import { type Hold, openHold } from './hold.ts';
import {
  type FileVersion,
  type IndexFile,
  indexVersion,
  readIndexFile,
  writeIndexFile,
} from './index-file.ts';
import { expectLayout, isThere, makeOwnFolder, openLayout } from './layout.ts';
import { takeLock } from './lock.ts';
import { NO_NAMES, namesOf, withNames, withoutName } from './naming.ts';
import { Paths } from './paths.ts';
import { findRoot, gatherRoots, type Root } from './root.ts';

export type { BlobId, Blobs, BlobWriter } from './blobs.ts';
export type { Entry, Hold, Root };

export interface NameOptions {
  readonly signal?: AbortSignal | undefined;
  /** `repository@sha256:…` to remember, familiar or full: a registry has the image there. */
  readonly digests?: readonly string[];
}

export interface ChangeOptions {
  readonly after?: () => Promise<void>;
  readonly makeRoom?: (next: IndexFile) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

export class Store {
  /** Absolute. */
  readonly folder: string;
  readonly paths: Paths;
  readonly blobs: Blobs;
  /** What manifests say, by digest. */
  readonly facts: FactsCache;
  #known:
    | {
        readonly version: string | undefined;
        readonly index: IndexFile;
        readonly entries: readonly Entry[];
        readonly roots: readonly Root[];
      }
    | undefined;

  /** Not there yet: to be made with the first write. */
  #isUnmade = false;

  private constructor(folder: string) {
    this.folder = folder;
    this.paths = new Paths(folder);
    this.facts = new FactsCache(folder);
    this.blobs = new FileBlobs(this.paths, () => this.#prepare());
  }

  /**
   * Errors: `unreachable` where there is none, `bad-input`, `unsupported`, `corrupt`, `permission`, `read-only`, see layout.ts.
   * `create`: a folder that is not there is made; `when-needed` makes it with the first write, and is an empty store till then.
   */
  static async open(
    folder: string,
    options: { readonly create?: boolean | 'when-needed' } = {},
  ): Promise<Store> {
    const { create = false } = options;
    const store = new Store(resolve(folder));
    store.#isUnmade = create === 'when-needed' && !(await isThere(store.paths));
    if (!store.#isUnmade) await openLayout(store.paths, create === true);
    return store;
  }

  /** Changes whenever index.json does; undefined where there is none. Errors: `unreachable`. */
  async version(): Promise<FileVersion | undefined> {
    const version = await indexVersion(this.paths);
    if (version !== undefined) this.#isUnmade = false;
    else if (!this.#isUnmade) await expectLayout(this.paths);
    return version;
  }

  /** All entries, in the file's order; the file is read again when it changed. Errors: `corrupt`, `unreachable`. */
  async entries(): Promise<readonly Entry[]> {
    return (await this.#read()).entries;
  }

  /** The images, in the file's order. Errors: as `entries`. */
  async roots(): Promise<readonly Root[]> {
    return (await this.#read()).roots;
  }

  /**
   * One image by name, digest reference, id or unique beginning of an id.
   * Errors: `not-found`, `bad-input` for what can be no name and for an ambiguous beginning.
   */
  async find(image: string): Promise<Root> {
    return findRoot(await this.roots(), image);
  }

  /** Errors: `not-found` where the blob is not here, `corrupt`, `unsupported`. */
  async readManifest(
    descriptor: Pick<Descriptor, 'digest' | 'mediaType'>,
  ): Promise<ImageManifest | ImageIndex> {
    const bytes = await this.blobs.read(descriptor.digest);
    return readManifest(bytes, descriptor.mediaType, `the manifest ${shortDigest(descriptor.digest)}`);
  }

  /**
   * Gives an image a name (full or familiar, `latest` where no tag is said), once all its blobs are here.
   * The image that had it loses it, and stays as a dangling one where that was its last: `moved` is its id.
   * Errors: `bad-input`, `no-space`, `read-only`, `permission`, `corrupt`.
   */
  async setName(
    reference: string,
    root: Descriptor,
    options: NameOptions = {},
  ): Promise<{ readonly moved?: string; readonly changed: boolean }> {
    const name = parseNewName(reference).familiar();
    let moved: string | undefined;
    const changed = await this.change(async (index) => {
      await this.#expect(root);
      const holder = readEntries(index, this.folder).find(
        (entry) => entry.reference === name && entry.descriptor.digest !== root.digest,
      );
      let next = index;
      if (holder !== undefined) {
        moved = holder.descriptor.digest;
        const left = withoutName(namesOf(index, this.folder, moved) ?? NO_NAMES, name);
        next = withNames(next, this.folder, holder.descriptor, left);
      }
      const names = namesOf(next, this.folder, root.digest) ?? NO_NAMES;
      return withNames(next, this.folder, root, {
        references: [...new Set([...names.references, name])],
        digests: [...new Set([...names.digests, ...familiarDigests(options)])].sort(),
      });
    }, options);
    return { changed, ...(moved !== undefined && { moved }) };
  }

  /** An image without a name, unless it is there already; a pull by digest remembers where it came from. Errors: as `setName`. */
  async addDangling(root: Descriptor, options: NameOptions = {}): Promise<void> {
    await this.change(async (index) => {
      await this.#expect(root);
      const names = namesOf(index, this.folder, root.digest) ?? NO_NAMES;
      const digests = [...new Set([...names.digests, ...familiarDigests(options)])].sort();
      return withNames(index, this.folder, root, { ...names, digests });
    }, options);
  }

  /**
   * Deletes those of some blobs that no image, running job or unfinished one of the last day needs.
   * Never rejects: what cannot be deleted now goes with a later collection.
   */
  async drop(digests: Iterable<string>): Promise<void> {
    const candidates = [...digests];
    if (candidates.length === 0) return;
    await this.locked(() => dropBlobs(this, candidates)).catch(() => {});
  }

  /**
   * Deletes what no image needs and ended jobs left: what is older than a day, with `young` all of it.
   * Errors: `read-only`, `permission`, `corrupt`.
   */
  async collect(
    options: { readonly young?: boolean; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Collection> {
    return await this.locked(() => collectGarbage(this, options), options.signal);
  }

  /** Keeps blobs from being collected while a job needs them. To be released in any case. */
  async hold(): Promise<Hold> {
    return await this.#writing(() => openHold(this.paths));
  }

  /**
   * Changes index.json under the lock of all processes; what `make` returns unchanged is not written.
   * `after` still runs under the lock, once the change lasts; `makeRoom` before a second try where the disk is full.
   * Tells whether there was a change.
   */
  async change(
    make: (index: IndexFile) => IndexFile | Promise<IndexFile>,
    options: ChangeOptions = {},
  ): Promise<boolean> {
    const { after, makeRoom, signal } = options;
    return await this.locked(async () => {
      // Other tools know no lock: the closer to the change it is read, the better.
      const index = await readIndexFile(this.paths);
      const next = await make(index);
      throwIfAborted(signal);
      const isSame =
        next.manifests.length === index.manifests.length &&
        next.manifests.every((value, at) => value === index.manifests[at]);
      if (!isSame) {
        await writeIndexFile(this.paths, next).catch(async (thrown: unknown) => {
          if (makeRoom === undefined || storeFault(thrown, '').code !== 'no-space') throw thrown;
          await makeRoom(next);
          await writeIndexFile(this.paths, next);
        });
      }
      await after?.();
      return !isSame;
    }, signal);
  }

  /** Runs something while no other process changes index.json or collects. */
  async locked<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return await this.#writing(async () => {
      const lock = await takeLock(this.paths.lock, signal);
      try {
        return await work();
      } finally {
        await lock.release();
      }
    });
  }

  async #writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.#prepare();
      return await work();
    } catch (thrown) {
      throw storeFault(thrown, `write to the store ${this.folder}`);
    }
  }

  /** An image may have been removed by another process meanwhile. */
  async #expect(root: Descriptor): Promise<void> {
    if ((await this.blobs.size(root.digest)) === undefined) throw missing(root.digest);
  }

  async #prepare(): Promise<void> {
    if (this.#isUnmade) await openLayout(this.paths, true);
    this.#isUnmade = false;
    await makeOwnFolder(this.paths);
  }

  async #read() {
    const version = await this.version();
    if (version?.settled && this.#known?.version === version.text) return this.#known;
    const index = await readIndexFile(this.paths);
    const entries: readonly Entry[] = readEntries(index, this.folder);
    this.#known = { version: version?.text, index, entries, roots: gatherRoots(entries) };
    return this.#known;
  }
}

function familiarDigests(options: NameOptions): string[] {
  return (options.digests ?? []).map((text) => {
    const { familiarName, digest } = parseReference(text);
    return `${familiarName}@${digest}`;
  });
}
