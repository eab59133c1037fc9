/** Several processes that pull the same images, some of them killed at any moment. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { type BreakingProxy, startBreakingProxy } from '../../support/breaking-proxy.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { publish } from '../../support/registry-image.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { startWorker } from '../embedded/processes.ts';
import { SEED } from '../random-ground.ts';
import { random } from '../stock-maker.ts';

const KILLS = 50;
const WORKER = join(import.meta.dirname, 'pull-worker.ts');
const scratch = scratchFolder();
let registry: TestRegistry;

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  await registry?.stop();
  await removeScratch(scratch);
});

/** Publishes images that share their first layer; their names and digests. */
async function published(count: number): Promise<Map<string, string>> {
  const images = new Map<string, string>();
  for (let at = 0; at < count; at++) {
    const name = `${registry.address}/kill/app-${at}:1`;
    const { digest } = await publish(name, { layers: [300_000, 900_000, 1_500_000], salt: `kill ${at}` });
    images.set(name, digest);
  }
  return images;
}

test(`pulls survive ${KILLS} kills at random moments`, { timeout: 180_000 }, async () => {
  const folder = join(scratch, 'killed');
  const pick = random(SEED);
  const images = await published(10);
  const names = [...images.keys()];
  const finished = new Set<string>();
  let pulled = 0;
  let cut = 0;
  for (let round = 0; round < KILLS / 2; round++) {
    const workers = [0, 1].map(() => startWorker(WORKER, folder, ...names));
    await Promise.all(
      workers.map(async (worker) => {
        // Now in its first moments, now in the middle of its work, however slow the disk is.
        const after = 1 + pick(7);
        while (worker.lines().length < after && worker.process.exitCode === null) await sleep(5);
        await sleep(pick(60));
        worker.process.kill('SIGKILL');
        if ((await worker.ended) === 'SIGKILL') cut++;
      }),
    );
    const store = await Store.open(folder);
    for (const line of workers.flatMap((worker) => worker.lines())) {
      const [sign, name = '', id] = line.split(' ');
      if (sign !== '+') continue;
      expect(id, name).toBe(images.get(name));
      if (!finished.has(name)) pulled++;
      finished.add(name);
    }
    const bad = (await checkStore(store)).problems.filter(({ severity }) => severity !== 'note');
    expect(bad, `round ${round}`).toEqual([]);
    const roots = await store.roots();
    for (const name of finished) {
      const root = roots.find(({ references }) => references.includes(name));
      expect(root?.id, `${name} in round ${round}`).toBe(images.get(name));
    }
    // So that there is something to pull the next time.
    if (finished.size > names.length / 2) {
      finished.clear();
      await store.change((index) => ({ ...index, manifests: [] }));
      await store.collect({ young: true });
    }
  }
  expect(cut).toBeGreaterThan(KILLS / 2);
  expect(pulled).toBeGreaterThan(KILLS / 4);
});

test('two processes that pull the same image ask for each of its layers once', async () => {
  const folder = join(scratch, 'shared');
  const name = `${registry.address}/twice/app:1`;
  const { digest } = await publish(name, { layers: [2_000_000, 3_000_000, 4_000_000] });
  const proxy: BreakingProxy = await startBreakingProxy(registry.address);
  try {
    const through = name.replace(registry.address, proxy.address);
    const workers = [0, 1].map(() => startWorker(WORKER, folder, through));
    for (const worker of workers) expect(await worker.ended).toBe(0);
    for (const worker of workers) expect(worker.lines()).toEqual(['ready', `+ ${through} ${digest}`]);
    const store = await Store.open(folder);
    expect((await checkStore(store)).problems).toEqual([]);
    const manifest = await store.readManifest((await store.find(through)).descriptor);
    if (manifest.kind !== 'manifest') throw new Error('an index came');
    expect(manifest.layers).toHaveLength(3);
    for (const layer of manifest.layers) {
      const asked = proxy.seen.filter(
        ({ method, path }) => method === 'GET' && path.endsWith(`/blobs/${layer.digest}`),
      );
      expect(asked, layer.digest).toHaveLength(1);
    }
  } finally {
    await proxy.stop();
  }
});
