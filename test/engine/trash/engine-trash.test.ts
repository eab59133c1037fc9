/** What an engine deletes waits in the trash and comes back as it was. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connect } from '../../../src/engine/connect.ts';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type ExecutionEvent, executePlan } from '../../../src/engine/execute.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock } from '../../../src/engine/stock.ts';
import { openTrash, type Trash } from '../../../src/engine/trash/trash.ts';
import { trashEstimate } from '../../../src/engine/trash/trash-estimate.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { startEngine, type TestEngine } from '../../support/engines.ts';
import { ImageMaker } from '../../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';
import { follow } from '../contract-transfer.ts';
import { startWorker } from '../embedded/processes.ts';
import { SEED } from '../random-ground.ts';
import { times } from '../soak.ts';
import { random } from '../stock-maker.ts';

const WEEK = 7 * 86_400;
const KILLS = times(10);

for (const name of ['docker20', 'docker28-containerd', 'podman43'] as const)
  engineGroup('the trash', name, () => {
    const scratch = scratchFolder();
    let server: TestEngine;
    let engine: Engine;
    let maker: ImageMaker;
    let made = 0;
    let trash: Trash;

    beforeAll(async () => {
      server = await startEngine(name);
      engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] });
      maker = new ImageMaker(server);
    });
    afterAll(async () => {
      await engine?.close();
      await server?.stop();
      await removeScratch(scratch);
    });
    beforeEach(async () => {
      await maker.clear();
      trash = await openTrash({
        folder: join(scratch, `trash${++made}`),
        settings: { keep: WEEK, size: 1e9 },
      });
      await maker.base('base:1');
    });

    const describeImage = async (id: string) => {
      const { config, diffIds, created, references } = await engine.inspect(id);
      return { id, config, diffIds, created, references };
    };
    const planOf = async (...ids: string[]) => {
      const stock = await gatherStock(engine);
      const plan = planRemoval(
        stock,
        ids.map((id) => ({ id })),
      );
      return { stock, plan };
    };
    const remove = async (into: Trash, ids: readonly string[], signal?: AbortSignal) => {
      const { plan, stock } = await planOf(...ids);
      const events: ExecutionEvent[] = [];
      const running = executePlan(engine, plan, { trash: into, ...(signal && { signal }) });
      for (;;) {
        const next = await running.next();
        if (next.done) return { events, result: next.value, estimate: trashEstimate(stock, plan) };
        events.push(next.value);
      }
    };
    const wholeness = async (one: Trash) =>
      (await checkStore(await Store.open(one.folder))).problems.filter(({ severity }) => severity !== 'note');

    test('keeps what goes, whole and shared layers once, and gives it back with its id and names', async () => {
      const ids = [
        await maker.layered('base:1', 'one', { tags: ['one:1'], labels: { a: 'b' }, bytes: 300_000 }),
        await maker.layered('base:1', 'two', { tags: ['two:1'], bytes: 200_000 }),
      ];
      await maker.tag('one:1', 'one:2');
      const dangling = await maker.importImage(await tarOf([{ name: 'file', content: 'lone' }]));
      ids.push(dangling);
      const before = await Promise.all(ids.map(describeImage));

      const { events, result, estimate } = await remove(trash, ids);
      expect(result).toMatchObject({ outcome: 'done', failures: [] });
      const kept = events.findLastIndex(({ type }) => type === 'keeping');
      expect(events.findIndex(({ type }) => type === 'removing')).toBeGreaterThan(kept);
      expect(events[kept]).toMatchObject({ images: 3, done: expect.any(Number) });
      expect((await engine.list()).map(({ references }) => references)).toEqual([['base:1']]);

      expect(await wholeness(trash)).toEqual([]);
      const { bytes, images } = await trash.usage();
      expect(images).toBe(3);
      const sum = (await trash.list()).reduce((all, { size }) => all + size, 0);
      expect(bytes).toBeLessThan(sum);
      // Tars and their manifests are a little more than the files in them.
      expect(bytes).toBeLessThan(estimate.bytes * 1.1 + 100_000);

      for (const image of before) {
        const { result: back } = await follow(trash.restore(engine, image.id));
        expect(back).toMatchObject({
          id: image.id,
          sameId: true,
          references: image.references,
          taken: [],
          leftTrash: true,
        });
        expect(await describeImage(image.id)).toEqual(image);
      }
      expect(await trash.list()).toEqual([]);
      expect((await trash.usage()).bytes).toBe(0);
    });

    test('takes no name from the image that has it by now, and goes into another engine too', async () => {
      const id = await maker.layered('base:1', 'old', { tags: ['app:1'], bytes: 1000 });
      await maker.tag('app:1', 'app:old');
      const { diffIds } = await engine.inspect(id);
      await remove(trash, [id]);
      const other = await maker.tiny('app:1', { salt: 'new' });
      const elsewhere = await openEmbeddedEngine(join(scratch, `store${made}`), {
        chosenBy: 'the test says so',
      });
      const { result: copied } = await follow(trash.restore(elsewhere, id));
      // Only containerd and the embedded engine call an image by its manifest.
      const sameId = engine.info.kind === 'docker-containerd';
      expect(copied).toMatchObject({ sameId, references: ['app:1', 'app:old'], leftTrash: false });
      expect((await elsewhere.inspect('app:1')).diffIds).toEqual(diffIds);
      const { result } = await follow(trash.restore(engine, id));
      expect(result).toMatchObject({ references: ['app:old'], taken: [{ reference: 'app:1', id: other }] });
      expect((await engine.inspect('app:1')).id).toBe(other);
      expect((await engine.inspect('app:old')).id).toBe(id);
    });

    test('gives a name back that another only ends with, and no digest as a name', async () => {
      const id = await maker.layered('base:1', 'short', { tags: ['app:1'], bytes: 1000 });
      const digest = `localhost:1/app@sha256:${'d'.repeat(64)}`;
      const [image] = (await engine.list()).filter((one) => one.id === id);
      const references = [...image!.references, digest];
      const keeping = trash.keep(engine, [{ ...image!, references }]);
      while (!(await keeping.next()).done);
      await engine.remove('app:1');
      const other = await maker.tiny('localhost/app:1', { salt: 'other' });
      const { result } = await follow(trash.restore(engine, id));
      expect(result).toMatchObject({ references: ['app:1'], taken: [] });
      expect(result.lostDigests).toContain(digest);
      expect((await engine.inspect(id)).references).toEqual(['app:1']);
      expect((await engine.inspect(other)).references).toEqual(['localhost/app:1']);
    });

    test('deletes nothing and keeps nothing when its disk is full, it is too small, or it is cancelled', async () => {
      const id = await maker.layered('base:1', 'big', { tags: ['big:1'], bytes: 3_000_000 });
      const disk = join(scratch, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=900k', 'tmpfs', disk]);
      try {
        const full = await openTrash({ folder: join(disk, 'trash'), settings: { keep: WEEK, size: 1e9 } });
        await expect(remove(full, [id])).rejects.toMatchObject({
          code: 'no-space',
          message: `nothing was deleted, because the trash ${full.folder} could not keep it first: the disk is full`,
          hint: expect.stringContaining('--no-trash'),
        });
        expect(await full.usage()).toEqual({ bytes: 0, images: 0, next: undefined });
      } finally {
        execFileSync('umount', [disk]);
      }
      const small = await openTrash({ folder: trash.folder, settings: { keep: WEEK, size: 500_000 } });
      await expect(remove(small, [id])).rejects.toMatchObject({
        code: 'no-space',
        message: expect.stringMatching(
          /^nothing was deleted: the image takes \d+ bytes, and the trash may have 500000/,
        ),
      });
      const stop = new AbortController();
      const { plan } = await planOf(id);
      const running = executePlan(engine, plan, { trash, signal: stop.signal });
      let outcome = '';
      for (let next = await running.next(); outcome === ''; next = await running.next()) {
        if (next.done) outcome = next.value.outcome;
        else if (next.value.type === 'keeping') stop.abort();
      }
      expect(outcome).toBe('cancelled');
      expect((await engine.inspect('big:1')).id).toBe(id);
      expect(await trash.usage()).toEqual({ bytes: 0, images: 0, next: undefined });
    });

    test('loses no image when it is killed', { timeout: 30_000 + KILLS * 20_000 }, async (context) => {
      context.skip(name !== 'docker20', 'the stream of one engine is killed, and that of a store more often');
      await maker.layered('base:1', 'one', { tags: ['one:1', 'one:2'], bytes: 300_000 });
      const ids = new Set((await engine.list()).map(({ id }) => id));
      const pick = random(SEED);
      for (let kill = 0; kill < KILLS; kill++) {
        const worker = startWorker(join(import.meta.dirname, 'trash-worker.ts'), server.host, trash.folder);
        const after = 1 + pick(4);
        while (worker.lines().length < after) await sleep(2);
        await sleep(pick(300));
        worker.process.kill('SIGKILL');
        expect(await worker.ended).toBe('SIGKILL');
        const there = [...(await engine.list()), ...(await trash.list())].map(({ id }) => id);
        for (const id of ids) expect(there, `kill ${kill}`).toContain(id);
        expect(await wholeness(trash), `kill ${kill}`).toEqual([]);
      }
      for (const { key } of await trash.list()) await follow(trash.restore(engine, key));
      expect(new Set((await engine.list()).map(({ id }) => id))).toEqual(ids);
      expect((await engine.list()).flatMap(({ references }) => references).sort()).toEqual([
        'base:1',
        'one:1',
        'one:2',
      ]);
    });
  });
