/** Several processes on one store. */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { OciMaker } from '../../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { STORE_WORKER, startWorker } from './processes.ts';

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));

describe('several processes', () => {
  test('give names at once, and none is lost', async () => {
    const maker = new OciMaker(join(scratch, 'names'));
    await maker.init();
    const id = await maker.tiny('first:1');
    const workers = ['a', 'b', 'c', 'd'].map((name) =>
      startWorker(STORE_WORKER, 'tag', maker.folder, name, '50'),
    );
    for (const worker of workers) expect(await worker.ended).toBe(0);
    const { references } = await (await Store.open(maker.folder)).find(id);
    expect(references).toHaveLength(201);
  });

  test('write the same blob at once, and one of them does the work', async () => {
    const folder = join(scratch, 'blob');
    await Store.open(folder, { create: true });
    const workers = ['1', '2', '3'].map(() => startWorker(STORE_WORKER, 'put', folder, 'same'));
    for (const worker of workers) expect(await worker.ended).toBe(0);
    expect(workers.flatMap((worker) => worker.lines().slice(1)).sort()).toEqual(['there', 'there', 'wrote']);
    const { problems } = await checkStore(await Store.open(folder));
    expect(problems.map((problem) => problem.severity)).toEqual(['note']);
  });
});
