/** An engine whose changes are written into the journal: before each is made, and how it ended. */
import type { Readable, Writable } from 'node:stream';
import type { BuildOptions, ImageBuilder } from '../build.ts';
import type { BuildWatcher } from '../build-record.ts';
import type { Containers } from '../container.ts';
import type { BuildCachePruner } from '../disk-usage.ts';
import type {
  CallOptions,
  Engine,
  EngineInfo,
  ListOptions,
  PruneOptions,
  RemovalEntry,
  RemoveOptions,
} from '../engine.ts';
import { matchImages } from '../filters.ts';
import { parseNewName } from '../reference.ts';
import type { ImportOptions, PullOptions, PushOptions, SaveOptions } from '../transfer.ts';
import type { Volumes } from '../volume.ts';
import { type Act, type ChangedImage, imageFromList, newAct } from './change.ts';
import type { ChangeJournal } from './change-journal.ts';
import { missingOf } from './effects.ts';
import { factsOf } from './facts.ts';
import { journaledContainers } from './journaled-containers.ts';
import { journaledVolumes } from './journaled-volumes.ts';
import { movingLoadedNames, movingNames } from './moved-names.ts';
import { Recorder } from './recorder.ts';
import { Seen } from './seen.ts';

/** Everything that names, untags or deletes through the answer is journaled; all else goes straight to `engine`. */
export function journaled(engine: Engine, journal: ChangeJournal): Engine {
  return new JournalingEngine(engine, journal, new Seen(engine), undefined);
}

/** The same engine, all of whose changes are one act; an engine without a journal, or within an act, as it is. */
export function inOneAct(engine: Engine, act?: Act): Engine {
  return engine instanceof JournalingEngine ? engine.within(act) : engine;
}

/** Images looked at beforehand at a time, where many may go at once. */
const CONCURRENCY = 8;

class JournalingEngine implements Engine {
  readonly info: EngineInfo;
  readonly absent: Engine['absent'];
  readonly containers?: Containers;
  readonly volumes?: Volumes;
  readonly buildCache?: BuildCachePruner;
  readonly builder?: ImageBuilder;
  readonly builds?: BuildWatcher;
  readonly #inner: Engine;
  readonly #journal: ChangeJournal;
  readonly #seen: Seen;
  readonly #recorder: Recorder;

  constructor(inner: Engine, journal: ChangeJournal, seen: Seen, act: Act | undefined) {
    this.#inner = inner;
    this.#journal = journal;
    this.#seen = seen;
    this.#recorder = new Recorder(inner, journal, act);
    this.info = inner.info;
    this.absent = inner.absent;
    if (inner.containers !== undefined)
      this.containers = journaledContainers(inner.containers, this.#recorder, this.#seen);
    if (inner.volumes !== undefined)
      this.volumes = journaledVolumes(inner.volumes, this.#recorder, this.#seen);
    if (inner.buildCache !== undefined) this.buildCache = this.#buildCache(inner.buildCache);
    if (inner.builder !== undefined) this.builder = this.#builder(inner.builder);
    if (inner.builds !== undefined) this.builds = inner.builds;
  }

  within(act: Act | undefined): Engine {
    if (act === undefined && this.#recorder.act !== undefined) return this;
    return new JournalingEngine(this.#inner, this.#journal, this.#seen, act ?? newAct());
  }

  async list(options?: ListOptions) {
    const images = await this.#inner.list(options);
    this.#seen.noteImages(images);
    return images;
  }

  async inspect(image: string, options?: CallOptions) {
    const detail = await this.#inner.inspect(image, options);
    this.#seen.noteDetail(image, detail);
    return detail;
  }

  history(image: string, options?: CallOptions) {
    return this.#inner.history(image, options);
  }

  layers(image: string, options?: CallOptions) {
    return this.#inner.layers(image, options);
  }

  contents(image: string) {
    return this.#inner.contents(image);
  }

  async tag(image: string, reference: string, options: CallOptions = {}) {
    const call = () => this.#change(() => this.#inner.tag(image, reference, options));
    const name = parseNewName(reference).familiar();
    const [target, holder] = await Promise.all([
      this.#seen.image(image, options),
      this.#seen.holder(name, options),
    ]);
    // What is not there is refused, and what has the name already changes nothing.
    if (target === undefined || holder?.id === target.id) return await call();
    await this.#recorder.around(
      {
        action: 'tag',
        subject: image,
        images: holder === undefined ? [target] : [target, holder],
        names: [{ name, image: holder?.id ?? '' }],
      },
      call,
      { signal: options.signal, answer: () => ({ given: [{ name, image: target.id }] }) },
    );
  }

  async remove(image: string, options: RemoveOptions = {}) {
    const call = () => this.#change(() => this.#inner.remove(image, options));
    const target = await this.#seen.image(image, options);
    if (target === undefined) return await call();
    return await this.#recorder.around({ action: 'remove', subject: image, images: [target] }, call, {
      signal: options.signal,
      answer: (entries) => ({ entries }),
      wentAnyway: () => this.#missing([target]),
    });
  }

  async prune(options: PruneOptions = {}) {
    const images = await this.#pruned(options);
    return await this.#recorder.around(
      { action: 'prune', subject: '', images },
      () => this.#change(() => this.#inner.prune(options)),
      {
        signal: options.signal,
        answer: ({ removed, freed }) => ({ entries: removed, freed: freed.bytes }),
        wentAnyway: () => this.#missing(images),
      },
    );
  }

  pull(reference: string, options: PullOptions = {}) {
    return movingNames(
      this.#recorder,
      this.#seen,
      { action: 'pull', names: [reference], imageOf: ({ id }) => id, ...signalOf(options) },
      () => this.#inner.pull(reference, options),
    );
  }

  push(reference: string, options?: PushOptions) {
    return this.#inner.push(reference, options);
  }

  save(images: readonly string[], sink: Writable, options?: SaveOptions) {
    return this.#inner.save(images, sink, options);
  }

  load(source: Readable, options: CallOptions = {}) {
    return movingLoadedNames(this.#recorder, this.#seen, this.#inner, options, () =>
      this.#inner.load(source, options),
    );
  }

  import(source: Readable, options: ImportOptions = {}) {
    const names = options.reference === undefined ? [] : [options.reference];
    return movingNames(
      this.#recorder,
      this.#seen,
      { action: 'import', names, imageOf: ({ id }) => id, ...signalOf(options) },
      () => this.#inner.import(source, options),
    );
  }

  async diskUsage(options?: CallOptions) {
    const usage = await this.#inner.diskUsage(options);
    if (usage.volumeSizes !== undefined) this.#seen.noteVolumeSizes(usage.volumeSizes);
    return usage;
  }

  events(options?: CallOptions & { readonly onOpen?: () => void }) {
    return this.#inner.events(options);
  }

  ping(options?: CallOptions) {
    return this.#inner.ping(options);
  }

  close() {
    return this.#inner.close();
  }

  #buildCache(inner: BuildCachePruner): BuildCachePruner {
    return {
      prune: (options = {}) =>
        this.#recorder.around(
          { action: 'prune-build-cache', subject: options.filters?.['id']?.join(' ') ?? '', images: [] },
          () => inner.prune(options),
          {
            signal: options.signal,
            answer: ({ deleted, freed }) => ({ records: deleted.length, freed: freed.bytes }),
          },
        ),
    };
  }

  #builder(inner: ImageBuilder): ImageBuilder {
    return {
      kinds: inner.kinds,
      build: (context: Readable, options: BuildOptions = {}) =>
        movingNames(
          this.#recorder,
          this.#seen,
          {
            action: 'build',
            names: options.references ?? [],
            imageOf: ({ id }) => id,
            ...signalOf(options),
          },
          () => inner.build(context, options),
        ),
    };
  }

  /** What was known of images may be different afterwards, however the call ends. */
  async #change<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } finally {
      this.#seen.forget();
    }
  }

  /** What is gone of images although their removal failed. */
  async #missing(images: readonly ChangedImage[]): Promise<RemovalEntry[]> {
    return missingOf(images, await factsOf(this.#inner));
  }

  /** Every image that a prune may take. What else the engine asks of it, it asks itself: rather one too many. */
  async #pruned({ unused = false, filters, signal }: PruneOptions): Promise<ChangedImage[]> {
    const call = signal === undefined ? {} : { signal };
    const all = await this.list({ all: true, ...call });
    const label = filters?.label;
    const images = matchImages(all, label === undefined ? {} : { label }).filter(({ role, containers }) =>
      unused ? (containers ?? 0) <= 0 : role !== 'tagged',
    );
    const read: ChangedImage[] = images.map(imageFromList);
    const queue = images.entries();
    const look = async () => {
      for (const [index, { id }] of queue) read[index] = (await this.#seen.image(id, call)) ?? read[index]!;
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, look));
    return read;
  }
}

function signalOf({ signal }: CallOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
