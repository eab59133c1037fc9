/** The embedded engine: images on an OCI image layout, without any daemon. */

import { setMaxListeners } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import project from '../../../package.json' with { type: 'json' };
import type {
  CallOptions,
  Engine,
  EngineEventAction,
  EngineInfo,
  ListOptions,
  PruneOptions,
  RemoveOptions,
} from '../engine.ts';
import { cancelled } from '../errors.ts';
import { lazyContents } from '../layers/lazy-contents.ts';
import { HOST_PLATFORM, showPlatform } from '../oci/platform.ts';
import { parseNewName } from '../reference.ts';
import type { ImportOptions, PullOptions, PushOptions, SaveOptions, Transfer } from '../transfer.ts';
import { Catalog } from './catalog.ts';
import { diskUsage } from './disk-usage.ts';
import { Announcements, storeEvents } from './events.ts';
import { throwIfAborted } from './fault.ts';
import { imageHistory } from './history.ts';
import { firstImages, listImages } from './images.ts';
import { inspectImage } from './inspect.ts';
import { imageLayers } from './layers.ts';
import { ListCache } from './list-cache.ts';
import { pruneImages } from './prune.ts';
import { removeImage } from './removal.ts';
import { Store } from './store.ts';

export interface EmbeddedOptions {
  /** Why this engine, one phrase. */
  readonly chosenBy: string;
  /** Registries, as `host:port`, that may be spoken to without TLS or with certificates nobody vouches for. */
  readonly insecureRegistries?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * `folder` is an OCI image layout, or a place for one: it is made with the first write.
 * Errors: `bad-input`, `unsupported`, `corrupt`, `permission`, `cancelled`.
 */
export async function openEmbeddedEngine(folder: string, options: EmbeddedOptions): Promise<Engine> {
  throwIfAborted(options.signal);
  const store = await Store.open(folder, { create: 'when-needed' });
  throwIfAborted(options.signal);
  return new EmbeddedEngine(store, options);
}

class EmbeddedEngine implements Engine {
  readonly info: EngineInfo;
  readonly absent = {
    containers: 'the embedded engine stores images and runs no containers',
    volumes: 'the embedded engine runs no containers, so nothing needs volumes',
    buildCache: 'the embedded engine builds no images, so it has no build cache',
    builder: 'the embedded engine builds no images: use Docker or Podman for that',
    builds: 'the embedded engine builds no images',
  };
  readonly #store: Store;
  readonly #catalog: Catalog;
  readonly #insecure: readonly string[];
  readonly #announcements = new Announcements();
  readonly #closing = new AbortController();
  #hasListed = false;

  constructor(store: Store, { chosenBy, insecureRegistries = [] }: EmbeddedOptions) {
    this.#store = store;
    this.#catalog = new Catalog(store);
    this.#insecure = insecureRegistries;
    setMaxListeners(0, this.#closing.signal);
    this.info = {
      kind: 'embedded',
      name: 'embedded',
      version: project.version,
      apiVersion: '',
      address: store.folder,
      chosenBy,
      platform: showPlatform(HOST_PLATFORM),
      storage: 'oci-layout',
      rootless: false,
      imageSize: {
        bound: 'exact',
        meaning: 'all its blobs as they are stored: manifests, configs, compressed layers',
      },
    };
  }

  list(options: ListOptions = {}) {
    const isFirst = !this.#hasListed;
    this.#hasListed = true;
    return this.#read(options, (signal) =>
      isFirst
        ? firstImages(this.#catalog, new ListCache(this.#store.folder), { ...options, signal })
        : listImages(this.#catalog, { ...options, signal }),
    );
  }

  inspect(image: string, options: CallOptions = {}) {
    return this.#read(options, () => inspectImage(this.#catalog, image));
  }

  history(image: string, options: CallOptions = {}) {
    return this.#read(options, () => imageHistory(this.#catalog, image));
  }

  layers(image: string, options: CallOptions = {}) {
    return this.#read(options, () => imageLayers(this.#catalog, image));
  }

  contents(image: string) {
    return lazyContents(`the store ${this.#store.folder}`, async () => {
      const { storedContents } = await import('./contents.ts');
      return storedContents(this.#catalog, image);
    });
  }

  async tag(image: string, reference: string, options: CallOptions = {}) {
    const signal = this.#signal(options);
    throwIfAborted(signal);
    const name = parseNewName(reference).full();
    const { descriptor } = await this.#read(options, () => this.#store.find(image));
    await this.#store.setName(name, descriptor, { signal });
    this.#announcements.tell('tag', name);
  }

  async remove(image: string, options: RemoveOptions = {}) {
    const signal = this.#signal(options);
    throwIfAborted(signal);
    // What is not there needs no lock, and no store that can be written.
    await this.#read(options, () => this.#store.find(image));
    const entries = await removeImage(this.#store, image, { ...options, signal });
    for (const entry of entries) {
      if (entry.action === 'untagged') this.#announcements.tell('untag', entry.reference);
      else this.#announcements.tell('delete', entry.id);
    }
    return entries;
  }

  async prune(options: PruneOptions = {}) {
    const signal = this.#signal(options);
    throwIfAborted(signal);
    const result = await pruneImages(this.#catalog, { ...options, signal });
    if (result.removed.length > 0) this.#announcements.tell('prune', '');
    return result;
  }

  diskUsage(options: CallOptions = {}) {
    return this.#read(options, (signal) => diskUsage(this.#catalog, signal));
  }

  pull(reference: string, options: PullOptions = {}) {
    return this.#move('pull', reference, options, async (signal) => {
      const { pullInto } = await import('./pull.ts');
      return pullInto(this.#store, reference, { ...options, signal, insecure: this.#insecure });
    });
  }

  push(reference: string, options: PushOptions = {}) {
    return this.#move('push', reference, options, async (signal) => {
      const { pushFrom } = await import('./push.ts');
      return pushFrom(this.#store, reference, { ...options, signal, insecure: this.#insecure });
    });
  }

  save(images: readonly string[], sink: Writable, options: SaveOptions = {}) {
    return this.#move('save', images[0] ?? '', options, async (signal) => {
      const { saveFrom } = await import('./save.ts');
      return saveFrom(this.#store, images, sink, { ...options, signal });
    });
  }

  load(source: Readable, options: CallOptions = {}) {
    return this.#move('load', '', options, async (signal) => {
      const { loadInto } = await import('./load.ts');
      return loadInto(this.#store, source, { ...options, signal });
    });
  }

  import(source: Readable, options: ImportOptions = {}) {
    return this.#move('import', options.reference ?? '', options, async (signal) => {
      const { importInto } = await import('./import.ts');
      return importInto(this.#store, source, { ...options, signal });
    });
  }

  events(options: CallOptions & { readonly onOpen?: () => void } = {}) {
    return storeEvents(this.#store, this.#announcements, { ...options, signal: this.#signal(options) });
  }

  async ping(options: CallOptions = {}) {
    await this.#read(options, () => this.#store.roots());
  }

  async close() {
    this.#closing.abort();
  }

  #signal({ signal }: CallOptions): AbortSignal {
    const closing = this.#closing.signal;
    return signal === undefined ? closing : AbortSignal.any([signal, closing]);
  }

  /** Who gives up on a read is told so at once; a change, once begun, is told as it went. */
  async #read<T>(options: CallOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = this.#signal(options);
    throwIfAborted(signal);
    const result = work(signal);
    const stop = Promise.withResolvers<never>();
    const abort = () => stop.reject(cancelled());
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([result, stop.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async *#move<Result>(
    action: EngineEventAction,
    subject: string,
    options: CallOptions,
    begin: (signal: AbortSignal) => Promise<Transfer<Result>>,
  ): Transfer<Result> {
    const signal = this.#signal(options);
    throwIfAborted(signal);
    const result = yield* await begin(signal);
    this.#announcements.tell(action, subject);
    return result;
  }
}
