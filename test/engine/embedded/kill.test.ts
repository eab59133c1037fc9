/** A process can die at any moment: the store opens, is whole, and has all that was finished. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { SEED } from '../random-ground.ts';
import { random } from '../stock-maker.ts';
import { STORE_WORKER, startWorker } from './processes.ts';

const KILLS = 50;
/** Two at a time: they are in each other's way as well. */
const ROUNDS = KILLS / 2;

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));

test(`what was finished survives ${KILLS} kills at random moments`, { timeout: 120_000 }, async () => {
  const folder = join(scratch, 'store');
  const pick = random(SEED);
  const finished = new Map<string, string>();
  let made = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const workers = ['a', 'b'].map((side) => startWorker(STORE_WORKER, 'churn', folder, `${side}${round}`));
    await Promise.all(
      workers.map(async (worker) => {
        // Now in its first moments, now in the middle of its work, however slow the disk is.
        const after = pick(4);
        while (worker.lines().length <= after) await sleep(5);
        await sleep(pick(60));
        worker.process.kill('SIGKILL');
        expect(await worker.ended).toBe('SIGKILL');
      }),
    );
    for (const [sign, name = '', id = ''] of workers
      .flatMap((worker) => worker.lines())
      .map((line) => line.split(' '))) {
      if (sign === '+') {
        finished.set(name, id);
        made++;
      } else if (sign === '-') finished.delete(name);
    }
    const store = await Store.open(folder, { create: true });
    const has = async () =>
      new Map((await store.roots()).flatMap((root) => root.references.map((name) => [name, root.id])));
    const isWhole = async () =>
      (await checkStore(store)).problems.filter((problem) => problem.severity !== 'note');
    expect(await isWhole(), `round ${round}`).toEqual([]);
    for (const [name, id] of finished) expect((await has()).get(name), `${name} in round ${round}`).toBe(id);
    if (pick(3) === 0) {
      await store.collect({ young: pick(2) === 0 });
      expect(await isWhole(), `after a collection in round ${round}`).toEqual([]);
    }
  }
  expect(made).toBeGreaterThan(KILLS / 2);
  const store = await Store.open(folder);
  for (const name of finished.keys()) expect((await store.find(name)).references).toEqual([name]);
});
