/** What is read in the background does not undo what was learned meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createStockLoader } from '../../src/app/stock-loader.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { LayerCache } from '../../src/engine/layer-cache.ts';
import { acmeApp, acmeState, INFO } from './acme-app.ts';
import { STOCK, VOLUMES } from './acme-store.ts';

test('volumes that were listed while layers were read are kept', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const fresh = { ...STOCK.images[0]!, id: `sha256:${'f'.repeat(64)}` };
  const engine = {
    info: INFO,
    absent: {},
    containers: { list: async () => [] },
    diskUsage: () => new Promise(() => {}),
    layers: async (id: string) => {
      await released;
      return { id, layers: [], exact: true };
    },
  } as unknown as Engine;
  const { store } = acmeApp(acmeState({ columns: 120, rows: 36 }, { stock: STOCK }), {}, engine);
  const cache = { get: () => undefined, set: () => {}, save: async () => {} } as unknown as LayerCache;
  const loader = createStockLoader(store, async () => cache);
  loader.load(engine, [fresh], true);
  await pause(20);
  store.update((state) => ({ ...state, stock: { ...state.stock!, volumes: VOLUMES } }));
  release();
  await expect.poll(() => store.get().stock?.images).toEqual([fresh]);
  expect(store.get().stock?.volumes).toEqual(VOLUMES);
  loader.stop();
});
