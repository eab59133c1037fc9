import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { ImageLayers } from '../../src/engine/image.ts';
import { type LayerBatch, readLayers, withLayers } from '../../src/engine/stock.ts';
import { idOf, stockOf } from './stock-maker.ts';

const found = (id: string): ImageLayers => ({ id, layers: [], exact: true });

/** Only `layers`, to show faults that no real engine can be made to show at a given moment. */
function layersEngine(answer: (id: string, signal: AbortSignal) => Promise<ImageLayers>): Engine {
  return {
    layers: (id: string, options: { signal: AbortSignal }) => answer(id, options.signal),
  } as unknown as Engine;
}

async function all(batches: AsyncIterable<LayerBatch>) {
  const layers: ImageLayers[] = [];
  const vanished: string[] = [];
  let last: LayerBatch | undefined;
  for await (const batch of batches) {
    layers.push(...batch.layers);
    vanished.push(...batch.vanished);
    last = batch;
  }
  return { layers, vanished, last };
}

const IDS = Array.from({ length: 50 }, (_, index) => idOf(`${index}`));
const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('reading layers', () => {
  it('reads eight at a time, asks the cache first and teaches it', async () => {
    let open = 0;
    let most = 0;
    const asked: string[] = [];
    const cache = new Map(IDS.slice(0, 10).map((id) => [id, found(id)]));
    const engine = layersEngine(async (id) => {
      asked.push(id);
      most = Math.max(most, ++open);
      await pause();
      open--;
      return found(id);
    });
    const memory = {
      get: (id: string) => cache.get(id),
      set: (layers: ImageLayers) => cache.set(layers.id, layers),
    };
    const { layers, last } = await all(readLayers(engine, IDS, { cache: memory }));
    expect(layers.map((one) => one.id).sort()).toEqual([...IDS].sort());
    expect(asked).toHaveLength(40);
    expect(most).toBe(8);
    expect(last).toMatchObject({ done: 50, total: 50 });
    expect(cache.size).toBe(50);
  });

  it('leaves out images that vanish meanwhile and marks those that cannot be read', async () => {
    const engine = layersEngine(async (id) => {
      if (id === IDS[3]) throw new EngineError({ code: 'not-found', message: 'gone', hint: '-' });
      if (id === IDS[4]) throw new EngineError({ code: 'corrupt', message: 'broken config', hint: '-' });
      return found(id);
    });
    const { layers, vanished } = await all(readLayers(engine, IDS));
    expect(vanished).toEqual([IDS[3]]);
    expect(layers.find((one) => one.id === IDS[4])).toMatchObject({ exact: false, reason: 'broken config' });
    expect(layers).toHaveLength(49);
  });

  it('stops at the first sign that the engine is gone', async () => {
    let asked = 0;
    const engine = layersEngine(async () => {
      asked++;
      throw new EngineError({ code: 'unreachable', message: 'no engine', hint: '-' });
    });
    await expect(all(readLayers(engine, IDS))).rejects.toMatchObject({ code: 'unreachable' });
    expect(asked).toBeLessThanOrEqual(8);
  });

  it('ends when it is aborted, and ends its requests', async () => {
    const abort = new AbortController();
    let ended = 0;
    const engine = layersEngine(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            ended++;
            reject(signal.reason);
          });
        }),
    );
    setTimeout(() => abort.abort(), 5);
    await expect(all(readLayers(engine, IDS, { signal: abort.signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(ended).toBe(8);
  });

  it('ends its requests when the reader walks away', async () => {
    let aborted = 0;
    const engine = layersEngine(async (id, signal) => {
      signal.addEventListener('abort', () => aborted++);
      if (id !== IDS[0]) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return found(id);
    });
    for await (const _ of readLayers(engine, IDS)) break;
    expect(aborted).toBeGreaterThanOrEqual(7);
  });
});

describe('a stock', () => {
  it('never changes: more layers make a new one, without the images that vanished', () => {
    const stock = stockOf([{ name: 'a' }, { name: 'b' }]);
    const more = withLayers(stock, { layers: [found(idOf('a'))], vanished: [idOf('b')] });
    expect(stock.layers.size).toBe(0);
    expect(more.layers.size).toBe(1);
    expect(more.images.map((image) => image.id)).toEqual([idOf('a')]);
  });
});
