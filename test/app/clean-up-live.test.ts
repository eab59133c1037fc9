/** A clean-up as the planner asks for it, through the app's own actions, on a real engine. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reviewCleanup } from '../../src/app/clean-up-review.ts';
import { entryOf } from '../../src/app/planner.ts';
import type { RemovalRecord } from '../../src/app/removal-record.ts';
import { ticksVolumes } from '../../src/app/volume-loading.ts';
import { connect } from '../../src/engine/connect.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { gatherStock } from '../../src/engine/stock.ts';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { VolumeMaker } from '../support/volume-maker.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';

engineGroup('a clean-up through the app', 'docker20', () => {
  let server: TestEngine;
  let engine: Engine;

  beforeAll(async () => {
    server = await startEngine('docker20');
    engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] });
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
  });

  const totals = async () => {
    const usage = await engine.diskUsage();
    return {
      images: usage.layersTotal.bytes,
      containers: usage.containers.size.bytes,
      cache: usage.buildCache.size.bytes,
      volumes: usage.volumes.size.bytes,
    };
  };

  const until = async (app: AcmeApp, reached: () => boolean): Promise<void> => {
    for (let tries = 0; !reached(); tries++) {
      if (tries > 1_000) throw new Error(`it does not come to that: ${app.store.get().toast?.text}`);
      await pause(20);
    }
  };

  test('ends with the bytes that were shown, by the page and by the engine', {
    timeout: 60_000,
  }, async () => {
    const maker = new ImageMaker(server);
    await maker.base('base:1');
    // Two that share a layer, one of which a stopped container holds, and one that stays.
    await maker.layered('base:1', 'shared', { tags: ['shared:1'], bytes: 300_000 });
    await maker.layered('shared:1', 'one', { tags: ['one:1'], bytes: 20_000 });
    await maker.layered('shared:1', 'two', { tags: ['two:1'], bytes: 10_000 });
    await maker.buildKit('base:1', 'kit', 'kit:1');
    const job = await maker.container('one:1', {
      name: 'job',
      command: ['sh', '-c', 'head -c 5000 /dev/zero > /written'],
    });
    await maker.waitContainer(job);
    const volumes = new VolumeMaker(server);
    await volumes.volume({ bytes: 40_000 });
    await volumes.volume({ name: 'named', bytes: 7_000 });
    const before = await totals();
    expect(before.containers).toBeGreaterThan(0);
    expect(before.cache).toBeGreaterThan(0);

    const stock = await gatherStock(engine);
    const marked = ['shared:1', 'one:1', 'two:1', 'kit:1'];
    const state = acmeState(
      { columns: 120, rows: 36 },
      {
        connection: { status: 'connected', info: engine.info },
        images: stock.images,
        containers: stock.containers,
        stock,
        usage: undefined,
        details: undefined,
        screen: 'disk',
        marks: new Set(
          stock.images.flatMap(({ id, references }) =>
            references.some((name) => marked.includes(name)) ? [id] : [],
          ),
        ),
      },
    );
    const { planner } = state;
    const entries = ['stopped-containers', 'build-cache', 'unused-volumes'].map(entryOf);
    const ticked = new Set(entries.map(({ text }) => text));
    const app = acmeApp({ ...state, planner: { ...planner, entries, ticked } }, {}, engine);
    // What was made just now is nothing to the rules of an app that lives before.
    Object.assign(app, { clock: () => Date.now() + 60_000 });
    app.session.freshStock = () => gatherStock(engine, { volumes: ticksVolumes(app.store.get()) });
    reviewCleanup(app);
    await until(app, () => {
      const { overlay } = app.store.get();
      return (
        overlay?.kind === 'plan' &&
        overlay.dialog.shown !== undefined &&
        app.clock() > overlay.dialog.deafUntil
      );
    });
    app.type('delete');
    app.press('enter');
    const record = (): RemovalRecord | undefined => app.store.get().jobs[0]?.removal;
    await until(app, () => record()?.totals.after !== undefined);

    const { shown, freed, parts, items, totals: told, outcome } = record()!;
    expect(outcome).toBe('done');
    expect(items.map((item) => `${item.status} ${item.name}`)).toContain('done container job');
    expect(items.every((item) => item.status === 'done')).toBe(true);
    const after = await totals();
    expect(shown.plan.freed.bound).toBe('exact');
    expect(freed).toEqual(shown.plan.freed);
    expect(parts).toEqual(shown.plan.parts);
    expect(parts.images.bytes).toBeGreaterThan(330_000);
    expect({
      images: before.images - after.images,
      containers: before.containers - after.containers,
      cache: before.cache - after.cache,
      volumes: before.volumes - after.volumes,
    }).toEqual({
      images: parts.images.bytes,
      containers: parts.containers.bytes,
      cache: parts.buildCache.bytes,
      volumes: 40_000,
    });
    expect((await volumes.volumes()).map(({ Name }) => Name)).toEqual(['named']);
    expect(told.before!.layersTotal.bytes).toBe(before.images);
    expect(told.after!.layersTotal.bytes).toBe(after.images);
    expect(app.store.get().result).toBeDefined();
    expect(items.filter(({ kind }) => kind === 'image').reduce((sum, item) => sum + item.freed, 0)).toBe(
      parts.images.bytes,
    );
    expect((await maker.images()).flatMap(({ RepoTags }) => RepoTags ?? [])).toEqual(['base:1']);
  });
});
