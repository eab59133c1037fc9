/** The stock: everything an engine holds that decides who needs which layer. */
import type { Container } from './container.ts';
import type { BuildCacheItem, DiskUsage } from './disk-usage.ts';
import type { Engine, EngineKind } from './engine.ts';
import { asEngineError, cancelled } from './errors.ts';
import type { Image, ImageLayers } from './image.ts';
import type { Volume } from './volume.ts';

/** Never changed once made: a newer view of the engine is a new stock. */
export interface Stock {
  readonly kind: EngineKind;
  /** All images, intermediate ones included. */
  readonly images: readonly Image[];
  /** Layers by image id; an image that is missing here has not been read yet. */
  readonly layers: ReadonlyMap<string, ImageLayers>;
  readonly containers: readonly Container[];
  /** False when the engine cannot list containers: nothing is known of what they hold. */
  readonly containersKnown: boolean;
  /** What the build cache holds; undefined while it has not been read. */
  readonly buildCache: readonly BuildCacheItem[] | undefined;
  /** Bytes that containers have written, by id; undefined where the engine was not asked. */
  readonly written?: Readonly<Record<string, number>>;
  /** Undefined where nobody asked for them: only a rule about volumes needs them. */
  readonly volumes?: readonly Volume[];
  /** Bytes in volumes, by name; undefined where the engine was not asked. */
  readonly volumeSizes?: Readonly<Record<string, number>>;
}

/** Remembers layers by image id: an id never changes its layers. */
export interface LayerMemory {
  get(id: string): ImageLayers | undefined | Promise<ImageLayers | undefined>;
  set(layers: ImageLayers): void;
}

export interface GatherOptions {
  readonly signal?: AbortSignal;
  readonly cache?: LayerMemory;
  /** Volumes, too, and how much is in them. */
  readonly volumes?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Some layers, as they come in; `vanished` names images that went away meanwhile. */
export interface LayerBatch {
  readonly layers: readonly ImageLayers[];
  readonly vanished: readonly string[];
  readonly done: number;
  readonly total: number;
}

/** Requests under way at once: enough to hide latency, few enough to leave the engine to others. */
const CONCURRENCY = 8;

/** Failures of one image that say something about that image only. */
const OF_ONE_IMAGE = new Set(['corrupt', 'engine', 'unsupported', 'bad-input']);

export function makeStock(
  facts: Pick<Stock, 'kind' | 'images'> & Partial<Omit<Stock, 'kind' | 'images'>>,
): Stock {
  return {
    layers: new Map(),
    containers: [],
    containersKnown: facts.containers !== undefined,
    buildCache: undefined,
    ...facts,
  };
}

/** The same stock with more layers known and without the images that vanished. */
export function withLayers(stock: Stock, batch: Pick<LayerBatch, 'layers' | 'vanished'>): Stock {
  const layers = new Map(stock.layers);
  for (const one of batch.layers) layers.set(one.id, one);
  if (batch.vanished.length === 0) return { ...stock, layers };
  const gone = new Set(batch.vanished);
  return { ...stock, layers, images: stock.images.filter((image) => !gone.has(image.id)) };
}

/** Ids of images whose layers a stock does not have. */
export function unreadImages(stock: Stock): string[] {
  return stock.images.filter((image) => !stock.layers.has(image.id)).map((image) => image.id);
}

/**
 * Images, containers, all layers and the build cache of an engine, at the cost of a request an image
 * that the cache does not know. Errors: `unreachable`, `cancelled`, and what `list` throws.
 */
export async function gatherStock(engine: Engine, options: GatherOptions = {}): Promise<Stock> {
  const { signal, cache, onProgress } = options;
  const call = signal ? { signal } : {};
  const isMeasured = engine.buildCache !== undefined || (options.volumes && engine.volumes !== undefined);
  const [base, usage, volumes] = await Promise.all([
    glance(engine, options),
    isMeasured ? engine.diskUsage(call) : undefined,
    options.volumes ? readVolumes(engine, call) : undefined,
  ]);
  const layers: ImageLayers[] = [];
  const vanished: string[] = [];
  for await (const batch of readLayers(engine, unreadImages(base), {
    ...(signal && { signal }),
    ...(cache && { cache }),
  })) {
    layers.push(...batch.layers);
    vanished.push(...batch.vanished);
    onProgress?.(batch.done, batch.total);
  }
  const stock = withUsage(withLayers(base, { layers, vanished }), usage);
  return volumes === undefined ? stock : { ...stock, volumes };
}

/** An engine without volumes has none. */
export async function readVolumes(
  engine: Engine,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly Volume[]> {
  return (await engine.volumes?.list(options)) ?? [];
}

/** The stock with what disk usage tells of build cache, containers and volumes; undefined: the engine has no build cache. */
export function withUsage(
  stock: Stock,
  usage: Pick<DiskUsage, 'buildCacheItems' | 'written' | 'volumeSizes'> | undefined,
): Stock {
  const { written, volumeSizes } = usage ?? {};
  return {
    ...stock,
    buildCache: usage?.buildCacheItems ?? [],
    ...(written && { written }),
    ...(volumeSizes && { volumeSizes }),
  };
}

/** The cheap part of a stock: images and containers, no layers. Two requests. */
export async function glance(
  engine: Engine,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Stock> {
  const call = options.signal ? { signal: options.signal } : {};
  const [images, containers] = await Promise.all([
    engine.list({ all: true, ...call }),
    engine.containers?.list(call),
  ]);
  return makeStock({
    kind: engine.info.kind,
    images,
    containers: containers ?? [],
    containersKnown: containers !== undefined,
  });
}

/** The build cache's records where the engine has one; slow on large stores, as all disk usage is. */
export async function readBuildCache(
  engine: Engine,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly BuildCacheItem[]> {
  if (!engine.buildCache) return [];
  return (await engine.diskUsage(options)).buildCacheItems;
}

/**
 * Layers of the given images, in batches as they arrive: first all that the cache knows, then from
 * the engine, eight at a time. An image that is gone is reported as vanished, one that cannot be read
 * as layers that are not exact. Errors: `unreachable`, `cancelled`.
 */
export async function* readLayers(
  engine: Engine,
  ids: readonly string[],
  options: Omit<GatherOptions, 'onProgress'> = {},
): AsyncGenerator<LayerBatch, void, void> {
  const { signal, cache } = options;
  const total = ids.length;
  let layers: ImageLayers[] = [];
  let vanished: string[] = [];
  let done = 0;
  const missing: string[] = [];
  for (const id of ids) {
    const known = await cache?.get(id);
    if (known) layers.push(known);
    else missing.push(id);
  }
  done = layers.length;
  if (done > 0) {
    yield { layers, vanished, done, total };
    layers = [];
  }

  let next = 0;
  let open = 0;
  let failure: unknown;
  let wake = () => {};
  const stop = new AbortController();
  const inner = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const read = async () => {
    while (next < missing.length && failure === undefined && !inner.aborted) {
      const id = missing[next++]!;
      try {
        const found = await engine.layers(id, { signal: inner });
        cache?.set(found);
        layers.push(found);
      } catch (thrown) {
        const error = asEngineError(thrown);
        if (error.code === 'not-found') vanished.push(id);
        else if (OF_ONE_IMAGE.has(error.code)) {
          layers.push({ id, layers: [], exact: false, reason: error.message });
        } else failure ??= error;
      }
      done++;
      wake();
    }
    open--;
    wake();
  };
  try {
    for (let worker = 0; worker < CONCURRENCY && worker < missing.length; worker++) {
      open++;
      void read();
    }
    while (open > 0 || layers.length > 0 || vanished.length > 0) {
      if (failure === undefined && signal?.aborted) {
        throw cancelled();
      }
      if (failure !== undefined) throw failure;
      if (layers.length === 0 && vanished.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const batch: LayerBatch = { layers, vanished, done, total };
      layers = [];
      vanished = [];
      yield batch;
    }
    if (failure !== undefined) throw failure;
  } finally {
    // A reader that walks away must not leave requests behind.
    stop.abort();
  }
}
