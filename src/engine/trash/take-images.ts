/** Gets images out of an engine and into the trash's store, where they are held until its index counts on them. */
import { PassThrough } from 'node:stream';
import type { FoundImage } from '../archive/found-image.ts';
import { Ticker } from '../archive/ticker.ts';
import { Catalog } from '../embedded/catalog.ts';
import { takeInto } from '../embedded/load.ts';
import { inParallel } from '../embedded/parallel.ts';
import { type Hold, Store } from '../embedded/store.ts';
import type { Engine } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import type { ImageLayers } from '../image.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortId } from '../reference.ts';
import type { Transfer } from '../transfer.ts';
import { type Batch, batchesOf } from './batches.ts';
import { linkBlobs } from './link-image.ts';
import type { KeepingEvent } from './trash.ts';
import { tooLarge } from './trash-fault.ts';
import { bareRoot, type KeptImage } from './trash-item.ts';

export interface Taking {
  readonly store: Store;
  /** Of the store: what the images need is held by it. */
  readonly hold: Hold;
  /** Gets the digests of what may have come into the store for them. */
  readonly taken: Set<string>;
  /** Bytes that the images may take together at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Manifest or index by image id. */
type Roots = ReadonlyMap<string, Descriptor>;
export type Took = AsyncGenerator<KeepingEvent, Roots, void>;

/** Errors: as `Trash.keep`. */
export function takeImages(engine: Engine, images: readonly KeptImage[], taking: Taking): Took {
  return engine.info.kind === 'embedded'
    ? linkImages(engine, images, taking)
    : streamImages(engine, images, taking);
}

/** The embedded engine's store is a folder like the trash: what both have can be one file. */
async function* linkImages(engine: Engine, images: readonly KeptImage[], taking: Taking): Took {
  const { store, hold, taken, signal } = taking;
  const from = await Store.open(engine.info.address);
  const catalog = new Catalog(from);
  const found = await Promise.all(images.map(({ id }) => catalog.find(id)));
  const blobs = new Map(found.flatMap((image) => image.blobs).map((blob) => [blob.digest, blob]));
  const total = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  if (total > taking.limit) throw tooLarge(images.length, total, taking.limit);
  const progress = new Progress(images.length, total);
  const ticker = new Ticker();
  yield progress.event();
  await hold.add(...blobs.keys());
  for (const image of found) {
    if (image.problem !== undefined) throw image.problem;
    for (const blob of image.blobs) {
      if (!blobs.delete(blob.digest)) continue;
      taken.add(blob.digest);
      await linkBlobs(from, store, [blob], hold, { signal, onBytes: (bytes) => progress.add(bytes) });
      if (ticker.isDue()) yield progress.event();
    }
  }
  yield progress.event();
  return new Map(found.map(({ root }) => [root.id, bareRoot(root.descriptor)]));
}

async function* streamImages(engine: Engine, images: readonly KeptImage[], taking: Taking): Took {
  const { store, limit, signal } = taking;
  const layers = await readLayers(engine, images, signal);
  const batches = batchesOf(
    images.map(({ id }) => id),
    layers,
  );
  const isKnown = batches.every(({ bytes }) => bytes !== undefined);
  const total = isKnown ? batches.reduce((sum, { bytes = 0 }) => sum + bytes, 0) : undefined;
  // A layer's tar is never smaller than the files in it; containerd sends layers packed.
  const least = engine.info.kind === 'docker-classic' ? uniqueBytes(layers) : 0;
  if (least > limit) throw tooLarge(images.length, least, limit);
  const progress = new Progress(images.length, total);
  const roots = new Map<string, Descriptor>();
  const needed = new Set<string>();
  let size = 0;
  yield progress.event();
  for (const batch of batches) {
    const found = yield* streamBatch(engine, batch, taking, progress);
    for (const id of batch.ids) {
      const image = found.find((one) => one.root.digest === id || one.configs.has(id));
      if (image === undefined) throw notSent(id);
      roots.set(id, bareRoot(image.root));
      for (const digest of image.needed) {
        if (needed.has(digest)) continue;
        needed.add(digest);
        size += (await store.blobs.size(digest)) ?? 0;
      }
    }
    if (size > limit) throw tooLarge(images.length, size, limit);
    yield progress.event();
  }
  return roots;
}

/** One stream of an engine, taken in while it comes. */
async function* streamBatch(
  engine: Engine,
  { ids }: Batch,
  { store, hold, taken, signal }: Taking,
  progress: Progress,
): AsyncGenerator<KeepingEvent, readonly FoundImage[], void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const pipe = new PassThrough({ highWaterMark: PIPE });
  const saving = follow(engine.save(ids, pipe, { signal: both }), progress.counter());
  // A failure of it closes the pipe, where it is met.
  saving.catch(() => {});
  const taking = takeInto(store, pipe, { signal: both, touched: taken }, async function* (images) {
    await hold.add(...images.flatMap(({ needed }) => [...needed]));
    yield* [];
    return images;
  });
  const ticker = new Ticker();
  try {
    for (;;) {
      const next = await taking.next();
      if (next.done) return next.value;
      if (ticker.isDue()) yield progress.event();
    }
  } catch (thrown) {
    // Who reads from the pipe only knows that it broke.
    throw pipe.errored instanceof EngineError ? pipe.errored : thrown;
  } finally {
    stop.abort();
    await taking.return([]);
    pipe.destroy();
    await saving.catch(() => {});
  }
}

/** Bytes on their way from the engine to the store. */
const PIPE = 1024 * 1024;

async function follow(saving: Transfer<unknown>, count: (done: number) => void): Promise<void> {
  for await (const event of saving) {
    if (event.type === 'part' && event.id === 'archive') count(event.done);
  }
}

/** Requests under way at once. */
const AT_ONCE = 8;

/** What is not told of an image only makes the progress less exact. */
async function readLayers(
  engine: Engine,
  images: readonly KeptImage[],
  signal: AbortSignal,
): Promise<Map<string, ImageLayers>> {
  const layers = new Map<string, ImageLayers>();
  await inParallel(images, AT_ONCE, signal, async ({ id }, both) => {
    try {
      layers.set(id, await engine.layers(id, { signal: both }));
    } catch (thrown) {
      const { code } = asEngineError(thrown);
      if (code === 'unreachable' || code === 'cancelled' || code === 'not-found') throw thrown;
    }
  });
  return layers;
}

function uniqueBytes(layers: ReadonlyMap<string, ImageLayers>): number {
  const sizes = new Map(
    [...layers.values()].flatMap((one) => one.layers).map((one) => [one.diffId, one.size]),
  );
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

class Progress {
  readonly #images: number;
  readonly #total: number | undefined;
  #done = 0;
  #since: number | undefined;

  constructor(images: number, total: number | undefined) {
    this.#images = images;
    this.#total = total;
  }

  add(bytes: number): void {
    if (bytes > 0) this.#since ??= performance.now();
    this.#done += bytes;
  }

  /** For one stream, which tells how much of it came so far. */
  counter(): (done: number) => void {
    let before = 0;
    return (done) => {
      this.add(done - before);
      before = done;
    };
  }

  event(): KeepingEvent {
    const seconds = this.#since === undefined ? 0 : (performance.now() - this.#since) / 1000;
    return {
      type: 'keeping',
      done: this.#done,
      // The tar of a layer is a little larger than what is in it.
      total: this.#total === undefined ? undefined : Math.max(this.#total, this.#done),
      rate: seconds > 0 ? Math.round(this.#done / seconds) : 0,
      images: this.#images,
    };
  }
}

function notSent(id: string): EngineError {
  return new EngineError({
    code: 'engine',
    message: `the engine was asked for ${shortId(id)} to keep it in the trash, and sent something else`,
    hint: 'Nothing was deleted. To delete it without the trash: --no-trash.',
  });
}
