/** The trash beside the embedded engine: what is shared, what expires, what is refused, and who else uses it. */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { checkStore } from '../../../src/engine/embedded/check.ts';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { executePlan } from '../../../src/engine/execute.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock } from '../../../src/engine/stock.ts';
import { openTrash, type Trash } from '../../../src/engine/trash/trash.ts';
import { trashEstimate, trashOutlook } from '../../../src/engine/trash/trash-estimate.ts';
import { OciMaker } from '../../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';
import { follow } from '../contract-transfer.ts';
import { startWorker } from '../embedded/processes.ts';
import { SEED } from '../random-ground.ts';
import { times } from '../soak.ts';
import { idOf, random, stockOf } from '../stock-maker.ts';

const DAY = 86_400;
const scratch = scratchFolder();
let made = 0;
let now = 1_800_000_000;
let maker: OciMaker;
let engine: Engine;
let folder: string;

afterAll(() => removeScratch(scratch));
beforeEach(async () => {
  made++;
  folder = join(scratch, `trash${made}`);
  maker = new OciMaker(join(scratch, `store${made}`));
  await maker.init();
  engine = await openEmbeddedEngine(maker.folder, { chosenBy: 'the test says so' });
});

const open = (
  settings: { keep?: number; size?: number } = {},
  clock: () => number = () => now,
): Promise<Trash> => openTrash({ folder, settings: { keep: 7 * DAY, size: 1e9, ...settings }, clock });

const plan = async (...names: string[]) => {
  const stock = await gatherStock(engine);
  const targets = names.map((name) => ({
    id: stock.images.find((one) => one.references.includes(name))!.id,
  }));
  return { stock, plan: planRemoval(stock, targets, { force: true }) };
};
const remove = async (trash: Trash | undefined, ...names: string[]) => {
  const running = executePlan(engine, (await plan(...names)).plan, { trash });
  for (;;) {
    const next = await running.next();
    if (next.done) return next.value;
  }
};
const names = async () => (await engine.list()).flatMap(({ references }) => references).sort();
const wholeness = async (place: string) =>
  (await checkStore(await Store.open(place))).problems.filter(({ severity }) => severity !== 'note');

test('what store and trash both have is one file, and comes back as it was', async () => {
  await maker.base('base:1');
  const id = await maker.layered('base:1', 'app', { tags: ['app:1'], bytes: 50_000 });
  await maker.tag('app:1', 'app:2');
  const { digest } = (await maker.entries()).find((entry) => entry.digest === id)!;
  const trash = await open();
  const inode = statSync(maker.pathOf(digest)).ino;
  const { stock, plan: asked } = await plan('app:1');
  const outlook = await trashOutlook(trash, engine.info, stock, asked, now);
  expect(outlook).toMatchObject({ until: now + 7 * DAY, folder, sameDisk: 'linked', tooLarge: false });

  expect(await remove(trash, 'app:1')).toMatchObject({ outcome: 'done' });
  expect(await names()).toEqual(['base:1']);
  expect(existsSync(maker.pathOf(digest))).toBe(false);
  // An engine shows its images to few.
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const [item] = await trash.list();
  expect(item).toMatchObject({ id, references: ['app:1', 'app:2'], kept: now, until: now + 7 * DAY });
  // Exactly what was told before: the trash has nothing else.
  expect(outlook?.bytes).toEqual({ bytes: item!.size, bound: 'exact' });
  expect((await trash.usage()).bytes).toBe(item!.size);
  expect(await trash.has(id, engine.info)).toBe(true);
  expect(await trash.has(id, { kind: 'podman', address: '' })).toBe(false);
  expect(await wholeness(folder)).toEqual([]);

  const { result } = await follow(trash.restore(engine, id));
  expect(result).toMatchObject({
    id,
    sameId: true,
    references: ['app:1', 'app:2'],
    taken: [],
    leftTrash: true,
  });
  expect(await names()).toEqual(['app:1', 'app:2', 'base:1']);
  expect(statSync(maker.pathOf(digest)).ino).toBe(inode);
  expect(await wholeness(maker.folder)).toEqual([]);
  expect(await trash.usage()).toEqual({ bytes: 0, images: 0, next: undefined });
});

test('images go by age, and the oldest of them where the size demands it', async () => {
  const start = now;
  const trash = await open({ size: 250_000 });
  for (const name of ['a', 'b', 'c', 'd']) {
    await maker.importImage(await noise(100_000, name), `${name}:1`);
  }
  await remove(trash, 'a:1');
  now += DAY;
  await remove(trash, 'b:1');
  const kept = async () => (await trash.list()).flatMap(({ references }) => references);
  expect(await kept()).toEqual(['b:1', 'a:1']);
  now += DAY;
  await remove(trash, 'c:1');
  expect(await kept()).toEqual(['c:1', 'b:1']);
  expect((await trash.usage()).bytes).toBeLessThan(250_000);

  now = start + 8 * DAY;
  expect(await kept()).toEqual(['c:1']);
  expect((await trash.expire()).flatMap(({ references }) => references)).toEqual(['b:1']);
  expect(await trash.expire()).toEqual([]);
  // Who lowers the limit means what is there already.
  expect((await (await open({ keep: DAY })).expire()).flatMap(({ references }) => references)).toEqual([
    'c:1',
  ]);
  expect((await trash.usage()).bytes).toBe(0);

  const small = await open({ size: 50_000 });
  const { stock, plan: asked } = await plan('d:1');
  expect((await trashOutlook(small, engine.info, stock, asked))?.tooLarge).toBe(true);
  await expect(remove(small, 'd:1')).rejects.toMatchObject({
    code: 'no-space',
    message: expect.stringMatching(
      /^nothing was deleted: the image takes \d+ bytes, and the trash may have 50000/,
    ),
  });
  expect(await names()).toEqual(['d:1']);
});

test('what was not deleted after all is not left in it', async () => {
  await maker.tiny('one:1');
  await maker.tiny('two:1');
  const trash = await open();
  const { plan: asked } = await plan('one:1', 'two:1');
  const running = executePlan(engine, asked, { trash });
  let outcome: string | undefined;
  while (outcome === undefined) {
    const next = await running.next();
    if (next.done) outcome = next.value.outcome;
    // While it was kept, somebody gave it another name.
    else if (next.value.type === 'keeping') await engine.tag('two:1', 'two:2');
  }
  expect(outcome).toBe('moved');
  expect(await names()).toEqual(['one:1', 'two:1', 'two:2']);
  expect(await trash.usage()).toEqual({ bytes: 0, images: 0, next: undefined });
});

test('what cannot come back is not deleted, and without a trash it is', async () => {
  const id = await maker.layered(await maker.tiny('base:1'), 'app', { tags: ['app:1'], bytes: 5000 });
  const layers = (await engine.layers(id)).layers;
  rmSync(maker.pathOf(layers.at(-1)!.blob!));
  await expect(remove(await open(), 'app:1')).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringContaining('nothing was deleted'),
    hint: expect.stringContaining('--no-trash'),
  });
  expect(await names()).toEqual(['app:1', 'base:1']);
  const own = await openTrash({ folder: maker.folder, settings: { keep: DAY, size: 1e9 } });
  await expect(remove(own, 'base:1')).rejects.toMatchObject({ code: 'bad-input' });
  const off = await openTrash({ folder, settings: undefined });
  expect(await remove(off, 'app:1')).toMatchObject({ outcome: 'done' });
  expect(await off.list()).toEqual([]);
});

test('a folder that is no store stops a deletion that counts on it', async () => {
  await maker.tiny('one:1');
  writeFileSync(folder, 'no folder');
  await expect(remove(await open(), 'one:1')).rejects.toMatchObject({
    message: expect.stringContaining('nothing was deleted'),
    hint: expect.stringMatching(/NACRE_TRASH.*--no-trash/),
  });
  expect(await names()).toEqual(['one:1']);
});

test('what other tools put there stays, and emptying takes the rest', async () => {
  await maker.tiny('one:1');
  await maker.tiny('two:1');
  const trash = await open();
  await remove(trash, 'one:1', 'two:1');
  const store = await Store.open(folder);
  const [item, other] = await trash.list();
  const root = (await store.roots()).find(({ id }) => id === item!.id)!;
  await store.setName('mine:1', { ...root.descriptor, annotations: {} });
  expect(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')).manifests).toHaveLength(2);
  expect((await trash.empty([other!.key])).items).toEqual([other]);
  expect((await trash.list()).length + (await store.roots()).length).toBe(2);
});

test('who shares it deletes into it and empties it at the same time', async () => {
  const names = Array.from({ length: 6 }, (_, at) => `p${at}:1`);
  await maker.base('base:1');
  const ids = [];
  for (const name of names) ids.push(await maker.layered('base:1', name[1]!, { tags: [name], bytes: 2000 }));
  const others = await Promise.all(names.map(() => open()));
  const ends = await Promise.all(names.map((name, at) => remove(others[at], name)));
  expect(ends.map(({ outcome }) => outcome)).toEqual(names.map(() => 'done'));
  const trash = await open();
  expect(new Set((await trash.list()).map(({ id }) => id))).toEqual(new Set(ids));
  expect(await wholeness(folder)).toEqual([]);
  const items = await trash.list();
  await Promise.all([
    others[0]!.empty([items[0]!.key, items[1]!.key]),
    follow(others[1]!.restore(engine, items[2]!.key)),
    others[2]!.empty([items[1]!.key]),
    follow(others[3]!.restore(engine, items[3]!.key)),
  ]);
  expect((await trash.list()).map(({ key }) => key)).toEqual([items[4]!.key, items[5]!.key]);
  expect(await wholeness(folder)).toEqual([]);
  expect(await wholeness(maker.folder)).toEqual([]);
});

test('the estimate counts what images share once, and leaves out parents that go along', async () => {
  const stock = stockOf([
    { name: 'step', layers: [['a', 5]] },
    {
      name: 'one',
      tags: ['one:1'],
      parent: 'step',
      layers: [
        ['a', 5],
        ['b', 7],
      ],
    },
    {
      name: 'two',
      tags: ['two:1'],
      layers: [
        ['a', 5],
        ['c', 11],
      ],
    },
  ]);
  const asked = planRemoval(stock, [{ id: idOf('one') }, { id: idOf('two') }]);
  expect(asked.steps.some((step) => step.action === 'delete' && step.parent)).toBe(true);
  expect(trashEstimate(stock, asked)).toMatchObject({ bytes: 23, bound: 'about' });
  expect(trashEstimate(stock, planRemoval(stock, []))).toEqual({ bytes: 0, bound: 'exact' });
});

const KILLS = times(40);

test(`an image is in the engine or in the trash, whole, after ${KILLS} kills`, {
  timeout: 30_000 + KILLS * 3000,
}, async () => {
  await maker.base('base:1');
  for (const name of ['one', 'two', 'three']) {
    await maker.layered('base:1', name, { tags: [`${name}:1`, `${name}:2`], bytes: 20_000 });
  }
  const all = await names();
  const ids = new Set((await engine.list()).map(({ id }) => id));
  const pick = random(SEED);
  let changes = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const worker = startWorker(join(import.meta.dirname, 'trash-worker.ts'), maker.folder, folder);
    const after = 1 + pick(12);
    while (worker.lines().length < after) await sleep(2);
    await sleep(pick(30));
    worker.process.kill('SIGKILL');
    expect(await worker.ended).toBe('SIGKILL');
    changes += worker.lines().length;
    const trash = await open({}, () => Date.now() / 1000);
    const there = [...(await engine.list()), ...(await trash.list())];
    expect(new Set(there.map(({ id }) => id)), `kill ${kill}`).toEqual(ids);
    expect(await wholeness(maker.folder), `kill ${kill}`).toEqual([]);
    if (existsSync(folder)) expect(await wholeness(folder), `kill ${kill}`).toEqual([]);
  }
  expect(changes).toBeGreaterThan(KILLS);
  const trash = await open({}, () => Date.now() / 1000);
  for (const { key } of await trash.list()) await follow(trash.restore(engine, key));
  expect(await names()).toEqual(all);
});

/** A tar that no packing makes small. */
async function noise(bytes: number, salt: string): Promise<Buffer> {
  const pick = random(salt.charCodeAt(0));
  const content = Buffer.from(Array.from({ length: bytes }, () => pick(256)));
  return await tarOf([{ name: salt, content }]);
}
