/** The trash as a folder: an OCI layout that several processes share, under its store's lock. */
import { mkdir, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { BlobId } from '../embedded/blobs.ts';
import { Catalog } from '../embedded/catalog.ts';
import { collectGarbage, dropBlobs } from '../embedded/collect.ts';
import { diskUsage } from '../embedded/disk-usage.ts';
import { storeFault, throwIfAborted } from '../embedded/fault.ts';
import { type IndexFile, readIndexFile } from '../embedded/index-file.ts';
import { Store } from '../embedded/store.ts';
import { presentBlobs } from '../embedded/survey.ts';
import type { Engine } from '../engine.ts';
import { asEngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Transfer } from '../transfer.ts';
import { restoreImage } from './restore-image.ts';
import { takeImages } from './take-images.ts';
import {
  isOf,
  type KeepingEvent,
  type Kept,
  type Restored,
  type Trash,
  type TrashOptions,
  type TrashSettings,
  type TrashUsage,
} from './trash.ts';
import { keepingFault, notInTrash, openingFault, sameFolder, tooLarge } from './trash-fault.ts';
import {
  type KeptImage,
  newItem,
  readItems,
  type TrashEntry,
  type TrashItem,
  withItem,
  withoutItems,
} from './trash-item.ts';
import { blobsOf, bytesOf, goingBy, untilOf, wholeBlobsOf } from './trash-limits.ts';

interface CallOptions {
  readonly signal?: AbortSignal;
}

export class FolderTrash implements Trash {
  readonly folder: string;
  readonly settings: TrashSettings | undefined;
  readonly #clock: () => number;
  #opened: Promise<Store> | undefined;

  constructor({ folder, settings, clock }: TrashOptions) {
    this.folder = resolve(folder);
    this.settings = settings;
    this.#clock = clock ?? (() => Date.now() / 1000);
  }

  /** Not before it is needed: a folder that cannot be read is no matter to who deletes without it. */
  async #open(): Promise<Store> {
    this.#opened ??= Store.open(this.folder, { create: 'when-needed' });
    try {
      return await this.#opened;
    } catch (thrown) {
      this.#opened = undefined;
      throw openingFault(asEngineError(thrown), this.folder);
    }
  }

  async *keep(
    engine: Engine,
    images: readonly KeptImage[],
    options: CallOptions = {},
  ): AsyncGenerator<KeepingEvent, Kept, void> {
    const { settings } = this;
    if (settings === undefined || images.length === 0) return this.#kept([]);
    const signal = options.signal ?? new AbortController().signal;
    try {
      throwIfAborted(signal);
      const store = await this.#open();
      await this.#expectElsewhere(engine);
      await this.expire();
      await this.#makeFolder();
      const hold = await store.hold();
      const taken = new Set<string>();
      try {
        const taking = { store, hold, taken, limit: settings.size, signal };
        const roots = yield* takeImages(engine, images, taking);
        throwIfAborted(signal);
        return this.#kept(await this.#add(engine, images, roots, settings));
      } finally {
        await hold.release();
        // What the index came to count on stays.
        await store.drop(taken);
      }
    } catch (thrown) {
      throw keepingFault(asEngineError(thrown), this.folder);
    }
  }

  async has(id: string, engine?: TrashItem['engine']): Promise<boolean> {
    return (await this.list()).some((item) => item.id === id && (engine === undefined || isOf(item, engine)));
  }

  async list(): Promise<TrashItem[]> {
    const now = this.#clock();
    return (await this.#entries())
      .map(({ item }) => item)
      .filter((item) => untilOf(item, this.settings) > now);
  }

  async *restore(engine: Engine, which: string, options: CallOptions = {}): Transfer<Restored> {
    const entries = await this.#entries();
    const entry = entries.find(({ item }) => item.key === which) ?? newestOf(entries, engine, which);
    if (entry === undefined) throw notInTrash(which, this.folder);
    const restored = yield* restoreImage(await this.#open(), entry, engine, options);
    const { item } = entry;
    const isBack = restored.sameId && isOf(item, engine.info);
    if (isBack) {
      await this.#remove((other) => other.item.id === item.id && isOf(other.item, engine.info));
    }
    return { ...restored, leftTrash: isBack };
  }

  async expire(now = this.#clock()): Promise<TrashItem[]> {
    const store = await this.#open();
    const index = await readIndexFile(store.paths);
    // Most of the time nothing has to go, and then nothing needs to be written or locked.
    const { gone } = goingBy(now, index, {
      store,
      present: await presentBlobs(store),
      settings: this.settings,
    });
    const items = gone.length === 0 ? [] : (await this.#remove(undefined, now)).items;
    // What a killed nacre left half-written goes after a day, as in every store.
    if ((await collectGarbage(store, { dryRun: true })).freed > 0) await store.collect();
    return items;
  }

  async usage(): Promise<TrashUsage> {
    const items = await this.list();
    const usage = await diskUsage(new Catalog(await this.#open()));
    const next =
      items.length === 0 ? undefined : Math.min(...items.map((item) => untilOf(item, this.settings)));
    return { bytes: usage.images.size.bytes, images: items.length, next };
  }

  async empty(keys?: readonly string[]): Promise<{ items: readonly TrashItem[]; freed: number }> {
    return await this.#remove(({ item }) => keys === undefined || keys.includes(item.key));
  }

  async #entries(): Promise<TrashEntry[]> {
    return readItems(await readIndexFile((await this.#open()).paths));
  }

  /** What an engine shows to few must not be read here by everybody. */
  async #makeFolder(): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
    } catch (thrown) {
      throw storeFault(thrown, `write to the store ${this.folder}`);
    }
  }

  async #expectElsewhere({ info }: Engine): Promise<void> {
    if (info.kind !== 'embedded') return;
    const real = (path: string) => realpath(path).catch(() => path);
    if ((await real(info.address)) === (await real(this.folder))) throw sameFolder(this.folder);
  }

  /** All of them in one step, and the oldest of the others out where they are too much together. */
  async #add(
    engine: Engine,
    images: readonly KeptImage[],
    roots: ReadonlyMap<string, Descriptor>,
    { keep, size }: TrashSettings,
  ): Promise<TrashItem[]> {
    const store = await this.#open();
    const kept = Math.floor(this.#clock());
    const items: TrashItem[] = [];
    let gone: readonly string[] = [];
    await store.change(
      async (index) => {
        const present = await presentBlobs(store);
        const own = new Map<string, BlobId>();
        const added = images.map((image) => {
          const root = roots.get(image.id)!;
          const needed = wholeBlobsOf(store, root, present, image);
          for (const blob of needed) own.set(blob.digest, blob);
          const item = newItem(image, engine.info, { kept, until: kept + keep }, bytesOf(needed));
          items.push(item);
          return withItem(root, item);
        });
        const bytes = bytesOf(own.values());
        if (bytes > size) throw tooLarge(images.length, bytes, size);
        const left = goingBy(kept, index, { store, present, settings: this.settings }, own);
        gone = left.blobs;
        const next = withoutItems(index, left.gone);
        return { ...next, manifests: [...next.manifests, ...added] };
      },
      {
        after: async () => {
          await dropBlobs(store, gone);
        },
      },
    );
    return items;
  }

  /** Without a choice, what must go at `now`. */
  async #remove(
    isChosen: ((entry: TrashEntry) => boolean) | undefined,
    now = this.#clock(),
  ): Promise<{ items: TrashItem[]; freed: number }> {
    const store = await this.#open();
    let gone: readonly TrashEntry[] = [];
    let blobs: readonly string[] = [];
    let freed = 0;
    const drop = async (coming?: IndexFile) => {
      freed += (await dropBlobs(store, blobs, coming)).freed;
    };
    await store.change(
      async (index) => {
        const present = await presentBlobs(store);
        if (isChosen === undefined)
          ({ gone, blobs } = goingBy(now, index, { store, present, settings: this.settings }));
        else {
          gone = readItems(index).filter(isChosen);
          blobs = gone.flatMap(({ root }) => blobsOf(store, root, present).map(({ digest }) => digest));
        }
        return withoutItems(index, gone);
      },
      // On a full disk what is to go goes first.
      { after: () => drop(), makeRoom: drop },
    );
    return { items: gone.map(({ item }) => item), freed };
  }

  #kept(items: readonly TrashItem[]): Kept {
    const discard = async (ids: ReadonlySet<string>) => {
      const keys = new Set(items.filter(({ id }) => ids.has(id)).map(({ key }) => key));
      if (keys.size > 0) await this.#remove(({ item }) => keys.has(item.key));
    };
    return { items, discard };
  }
}

/** Of the engine it is to go into, where that one had it too. */
function newestOf(entries: readonly TrashEntry[], engine: Engine, id: string): TrashEntry | undefined {
  const found = entries.filter(({ item }) => item.id === id);
  return found.find(({ item }) => isOf(item, engine.info)) ?? found[0];
}
