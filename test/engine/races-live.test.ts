/** Changes by others between a plan and its end, at any moment: nothing goes that was not listed. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CleanupPlan } from '../../src/engine/cleanup/cleanup-plan.ts';
import { openEmbeddedEngine } from '../../src/engine/embedded/embedded-engine.ts';
import { gatherStock, type Stock } from '../../src/engine/stock.ts';
import type { EngineName } from '../support/engines.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { RandomLayout } from './embedded/random-layout.ts';
import { look, type Race, race, racingPlan, unlisted } from './racing.ts';
import { describeStock, type Ground, gather, onRandomEngine, SEED, short } from './random-ground.ts';
import { ENDS } from './random-world.ts';
import { isOver, record, timeLimit, times } from './soak.ts';
import { random } from './stock-maker.ts';

const ENGINES: readonly (readonly [EngineName, number])[] = [
  ['docker20', times(600)],
  ['docker26-containerd', times(120)],
  ['podman43', times(120)],
];

for (const [name, races] of ENGINES) {
  onRandomEngine(
    'races',
    name,
    (get) => {
      it(`take nothing that was not listed, ${races} times`, { timeout: timeLimit(3 * races) }, async () => {
        const ground = get();
        const canStop = ground.engine.containers?.stop !== undefined;
        await raced(races, name, ground, async () => {
          await ground.world.stir(8 + ground.pick(5));
          const stock = await gather(ground);
          const plan = racingPlan(stock, ground.pick, canStop);
          return { stock, plan, rivals: rivalsOn(ground, stock, plan) };
        });
      });
    },
    { quick: true },
  );
}

it(`races on the embedded engine take nothing that was not listed, ${times(160)} times`, {
  timeout: timeLimit(3 * times(160)),
}, async () => {
  const scratch = scratchFolder();
  const pick = random(SEED);
  const world = new RandomLayout(join(scratch, 'store'), pick);
  await world.init();
  const open = () => openEmbeddedEngine(world.maker.folder, { chosenBy: 'the test says so' });
  const [engine, other] = await Promise.all([open(), open()]);
  try {
    await raced(times(160), 'embedded', { engine, pick }, async () => {
      await world.stir(6 + pick(8));
      const stock = await gatherStock(engine);
      const plan = racingPlan(stock, pick, false);
      const { subject, bystander, names } = victims(stock, plan, pick);
      const rivals: Race[] = [
        { name: 'tag', act: () => other.tag(subject, `late:${pick(1000)}`) },
        { name: 'move a name away', act: async () => names[0] && other.tag(bystander, names[0]) },
        { name: 'untag', act: async () => names.length > 0 && other.remove(names[pick(names.length)]!) },
        { name: 'delete', act: () => other.remove(subject, { force: true }) },
        { name: 'delete another', act: () => other.remove(bystander, { force: true }) },
        { name: 'import under the name', act: async () => names[0] && world.maker.tiny(names[0]) },
      ];
      return { stock, plan, rivals };
    });
  } finally {
    await Promise.all([engine.close(), other.close()]);
    await removeScratch(scratch);
  }
});

/** Races until so many of them have really been run. */
async function raced(
  races: number,
  on: string,
  { engine, pick }: Pick<Ground, 'engine' | 'pick'>,
  prepare: () => Promise<{ stock: Stock; plan: CleanupPlan; rivals: readonly Race[] }>,
): Promise<void> {
  const met: Record<string, number> = { races: 0, stopped: 0, finished: 0, images: 0, names: 0 };
  const kinds = new Set<string>();
  // Some must have been noticed and some must have come too late to matter, or nothing was proven.
  const isEnough = () => met['stopped']! > 0 && met['finished']! > 0 && kinds.size > 3;
  for (let attempt = 0; !isOver(met['races']!, races, isEnough); attempt++) {
    expect(attempt).toBeLessThan(30 * races);
    const { stock, plan, rivals } = await prepare();
    if (plan.images.calls.length + plan.containers.length === 0) continue;
    const rival = rivals[pick(rivals.length)]!;
    const { since, result } = await race(engine, plan, rival, pick);
    if (since === undefined) continue;
    const wrong = unlisted(since, await look(engine), plan, result);
    const calls = plan.images.calls.map((call) => `${call.target} of ${short(call.id)}`);
    const story = [rival.name, ...describeStock(stock), 'calls', ...calls, JSON.stringify(result)].join('\n');
    expect(wrong, story).toEqual([]);
    met['races']!++;
    met[result.outcome === 'done' ? 'finished' : 'stopped']!++;
    for (const entry of result.images?.entries ?? []) {
      met[entry.action === 'untagged' ? 'names' : 'images']!++;
    }
    kinds.add(rival.name);
  }
  expect(isEnough(), JSON.stringify(met)).toBe(true);
  record('races', on, { ...met, kinds: kinds.size });
}

/** An image that the plan changes, one that it mostly does not, and the names that it takes. */
function victims(stock: Stock, plan: CleanupPlan, pick: (below: number) => number) {
  const ids = [...plan.images.basis.map(({ id }) => id), ...plan.containers.map(({ imageId }) => imageId)];
  const subject = ids[pick(Math.max(1, ids.length))] ?? stock.images[0]!.id;
  const bystander = stock.images[pick(stock.images.length)]!.id;
  const image = stock.images.find(({ id }) => id === subject)!;
  return { subject, bystander, names: [...image.references].sort(() => pick(2) - 0.5) };
}

function rivalsOn({ server, world, pick }: Ground, stock: Stock, plan: CleanupPlan): Race[] {
  const { maker } = world;
  const { subject, bystander, names } = victims(stock, plan, pick);
  const remove = (image: string) => maker.remove(image, { force: true, noPrune: true });
  const others = stock.images.filter(({ id }) => id !== subject && id !== bystander);
  const family = others.filter(({ parentId }) => parentId === subject || parentId === bystander);
  const child = async () => {
    const container = await maker.container(subject, { start: false });
    await maker.commit(container, pick(2) === 0 ? `late:${pick(1000)}` : '', `late ${pick(1e6)}`);
    await maker.removeContainer(container);
  };
  const held = stock.containers.map(({ id }) => id);
  const rivals: Race[] = [
    { name: 'tag', adds: true, act: () => maker.tag(subject, `late:${pick(1000)}`) },
    { name: 'move a name away', act: async () => names[0] !== undefined && maker.tag(bystander, names[0]) },
    {
      name: 'move a name here',
      act: async () => {
        const theirs = stock.images.find(({ id }) => id === bystander)!.references[0];
        return theirs !== undefined && bystander !== subject && maker.tag(subject, theirs);
      },
    },
    { name: 'untag', act: async () => names[0] !== undefined && maker.remove(names[0], { noPrune: true }) },
    { name: 'delete', act: () => remove(subject) },
    { name: 'delete another', act: () => remove(bystander) },
    {
      name: 'delete a relative',
      act: async () => family.length > 0 && remove(family[pick(family.length)]!.id),
    },
    { name: 'make a container', adds: true, act: () => maker.container(subject, { start: false }) },
    {
      name: 'start a container',
      adds: true,
      act: async () => world.bootable.has(subject) && maker.container(subject, { command: ENDS }),
    },
    {
      name: 'start one that was there',
      act: async () =>
        held.length > 0 && server.api.text('POST', `/containers/${held[pick(held.length)]}/start`),
    },
    {
      name: 'remove a container',
      act: async () => held.length > 0 && maker.removeContainer(held[pick(held.length)]!),
    },
    { name: 'build on it', adds: true, act: child },
    { name: 'pull', act: () => world.pull() },
    { name: 'import under the name', act: () => maker.tiny(names[0] ?? 'late:1', { salt: `r${pick(1e9)}` }) },
  ];
  return rivals;
}
