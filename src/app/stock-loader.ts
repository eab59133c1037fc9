/** Reads in the background what the list does not tell: containers, layers, disk usage. */
import type { Container } from '../engine/container.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Engine } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import type { Image } from '../engine/image.ts';
import type { LayerCache } from '../engine/layer-cache.ts';
import { makeStock, readLayers, type Stock, unreadImages, withLayers, withUsage } from '../engine/stock.ts';
import { stateText } from './container-list.ts';
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

export interface StockLoader {
  /** After every listing; `fresh` when the images changed. */
  load(engine: Engine, images: readonly Image[], fresh: boolean): void;
  stop(): void;
}

/** The engine counts disk usage at the cost of a walk over its store: not more often than this, in milliseconds. */
const USAGE_PAUSE = 5_000;
/** How long the ledger waits for the first count, in milliseconds. */
const PATIENCE = 1_000;

export function createStockLoader(
  store: Store<AppState>,
  layerCache: (engine: Engine) => Promise<LayerCache>,
): StockLoader {
  let current = new AbortController();
  let counts = new AbortController();
  let countingOf: Engine | undefined;
  let countedAt = 0;
  let again: NodeJS.Timeout | undefined;
  let counted: Promise<void> = Promise.resolve();

  async function read(engine: Engine, images: readonly Image[], signal: AbortSignal): Promise<void> {
    const containers = await engine.containers?.list({ signal });
    store.stream((state) => ({ ...state, containers: containers ?? [] }));
    const known = store.get().stock;
    let stock: Stock = makeStock({
      kind: engine.info.kind,
      images,
      containers: containers ?? [],
      containersKnown: containers !== undefined,
      buildCache: engine.buildCache === undefined ? [] : undefined,
      ...(known !== undefined && { layers: onlyOf(known.layers, images) }),
    });
    const missing = unreadImages(stock);
    if (missing.length > 0) {
      const cache = await layerCache(engine);
      const found = [];
      const vanished = [];
      for await (const batch of readLayers(engine, missing, { signal, cache })) {
        found.push(...batch.layers);
        vanished.push(...batch.vanished);
        const { done, total } = batch;
        store.stream((state) => ({ ...state, reading: { done, total } }));
      }
      stock = withLayers(stock, { layers: found, vanished });
      void cache.save();
    }
    // The build cache decides what is exact: a short wait for it spares the eye a change of marks.
    if (store.get().usage === undefined)
      await Promise.race([counted, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    if (signal.aborted) return;
    const complete = withCount(stock, engine, store.get().usage);
    store.stream((state) => ({
      ...state,
      stock: {
        ...complete,
        containers: state.containers,
        // They may have been listed while layers were read.
        ...(state.stock?.volumes !== undefined && { volumes: state.stock.volumes }),
      },
      reading: undefined,
    }));
  }

  async function count(engine: Engine): Promise<void> {
    // A listing in between does not end a count: on a large store it would never come to its end.
    if (countingOf === engine) return;
    countingOf = engine;
    try {
      const usage = await engine.diskUsage({ signal: counts.signal });
      countedAt = Date.now();
      store.stream((state) => ({
        ...state,
        usage,
        stock: state.stock === undefined ? undefined : withCount(state.stock, engine, usage),
      }));
    } finally {
      if (countingOf === engine) countingOf = undefined;
    }
  }

  return {
    load(engine, images, fresh) {
      const known = store.get();
      const changed = fresh || known.stock === undefined || current.signal.aborted;
      if (changed) {
        current.abort();
        current = new AbortController();
      }
      const { signal } = current;
      clearTimeout(again);
      if (known.usage === undefined) counted = count(engine).catch(failed);
      else
        again = setTimeout(
          () => void count(engine).catch(failed),
          Math.max(0, countedAt + USAGE_PAUSE - Date.now()),
        );
      if (changed) read(engine, images, signal).catch(failed);
      else refreshContainers(engine, signal).catch(failed);
    },
    stop() {
      current.abort();
      counts.abort();
      counts = new AbortController();
      countingOf = undefined;
      clearTimeout(again);
    },
  };

  async function refreshContainers(engine: Engine, signal: AbortSignal): Promise<void> {
    const containers = (await engine.containers?.list({ signal })) ?? [];
    const before = store.get();
    if (sameHolders(containers, before.containers)) return;
    store.stream((state) => ({
      ...state,
      containers,
      stock: state.stock === undefined ? undefined : { ...state.stock, containers },
    }));
  }

  // A lost engine is the watch's business; anything else leaves the figures out and says why.
  function failed(thrown: unknown): void {
    const error = asEngineError(thrown);
    if (error.code === 'cancelled' || error.code === 'unreachable') return;
    store.stream((state) => ({
      ...state,
      lastError: error,
      reading: undefined,
      toast: { tone: 'bad', text: `${error.message} (! for details)` },
    }));
  }
}

/** The stock with what was counted of build cache and containers. */
function withCount(stock: Stock, engine: Engine, usage: DiskUsage | undefined): Stock {
  if (usage === undefined) return stock;
  return withUsage(stock, engine.buildCache === undefined ? { ...usage, buildCacheItems: [] } : usage);
}

/** Whether the same containers hold the same images in the same state: how long each has been in it is no change. */
function sameHolders(a: readonly Container[], b: readonly Container[]): boolean {
  const text = (list: readonly Container[]): string =>
    list
      .map((each) => `${each.id} ${each.name} ${each.imageId} ${stateText(each)}`)
      .sort()
      .join('\n');
  return text(a) === text(b);
}

function onlyOf<T>(layers: ReadonlyMap<string, T>, images: readonly Image[]): Map<string, T> {
  const kept = new Map<string, T>();
  for (const image of images) {
    const one = layers.get(image.id);
    if (one !== undefined) kept.set(image.id, one);
  }
  return kept;
}
