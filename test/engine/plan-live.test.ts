/** Clean-ups against the truth: random ones on real engines that change all the time, pins among what changes. */
import { expect, it } from 'vitest';
import { type CleanupPlan, cleanupOf } from '../../src/engine/cleanup/cleanup-plan.ts';
import { type CleanupResult, executeCleanup } from '../../src/engine/cleanup/execute-cleanup.ts';
import { createPins } from '../../src/engine/cleanup/pins.ts';
import { NO_USES } from '../../src/engine/cleanup/uses.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Image } from '../../src/engine/image.ts';
import type { Blocker, PlanOptions } from '../../src/engine/plan.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import type { Stock } from '../../src/engine/stock.ts';
import type { EngineName } from '../support/engines.ts';
import { LayerBytes } from '../support/layer-bytes.ts';
import { failure } from './contract-subject.ts';
import { randomCleanup, randomTargets } from './random-cleanup.ts';
import { describeStock, type Ground, gather, lines, onRandomEngine, short } from './random-ground.ts';
import { type RandomPins, randomPins } from './random-pins.ts';
import { IS_SOAK, isOver, record, timeLimit, times } from './soak.ts';

/** Sets on each engine in a soak and otherwise; the embedded engine has its own. */
const CLASSIC: readonly (readonly [EngineName, number])[] = [
  ['docker20', times(200, 20)],
  ['docker26-classic', times(150, 12)],
  ['docker28-classic', times(150, 12)],
];
const OTHERS: readonly (readonly [EngineName, number])[] = [
  ['docker26-containerd', times(60, 6)],
  ['docker28-containerd', times(60, 6)],
  ['podman43', times(80, 8)],
];

/** What random sets met in all. */
class Met {
  readonly seen = { sets: 0, images: 0, names: 0, layers: 0, containers: 0, cache: 0, kept: 0, pinned: 0 };
  readonly blocked = new Set<string>();
  exact = 0;

  add(set: SomeSet, result: CleanupResult): void {
    const { seen } = this;
    const images = new Set(set.stock.images.map((image) => image.id));
    seen.sets++;
    for (const entry of result.images?.entries ?? []) {
      if (entry.action === 'untagged') seen.names++;
      else if (images.has(entry.id)) seen.images++;
      else seen.layers++;
    }
    seen.containers += result.containers.length;
    seen.cache += result.buildCache.length;
    seen.kept += set.plan.images.keeps.length;
    seen.pinned += set.plan.spared.filter(({ why }) => why === 'pinned').length;
    for (const blocker of set.plan.images.blockers) this.blocked.add(blocker.kind);
    if (set.plan.freed.bound === 'exact') this.exact++;
  }
}

for (const [name, sets] of CLASSIC) {
  onRandomEngine(
    'clean-ups',
    name,
    (get) => {
      it(`come true line by line and byte by byte, ${sets} times`, {
        timeout: timeLimit(3 * sets),
      }, async () => {
        const ground = get();
        const disk = new LayerBytes(ground.server);
        const met = new Met();
        const isEnough = () => {
          const { images, names, layers, kept, pinned } = met.seen;
          return images > sets && names > sets && layers > sets / 2 && kept > 0 && pinned > 0;
        };
        for (let number = 0; !isOver(number, sets, isEnough); number++) {
          await ground.world.stir(14 + ground.pick(12));
          const set = await someSet(ground, number);
          const { plan, stock, story } = set;
          const before = { disk: disk.total(), usage: await usageOf(ground.engine) };
          const result = await carryOut(ground.engine, plan);
          expectDone(result, set);
          if (plan.freed.bound === 'exact') expect(result.freed, story).toEqual(plan.freed);

          const after = await usageOf(ground.engine);
          const layers = plan.parts.images.bytes + plan.parts.buildCache.bytes;
          if (plan.freed.bound === 'exact') {
            await expect.poll(() => before.disk - disk.total(), { message: story }).toBe(layers);
            expect(before.usage.written - after.written, story).toBe(plan.parts.containers.bytes);
          }
          // The engine's total leaves out layers that only containers or the build cache hold.
          const onlyHeld = plan.images.keeps
            .filter((keep) => keep.images.length === 0)
            .reduce((sum, keep) => sum + keep.size, 0);
          expect(before.usage.layers - after.layers, story).toBe(plan.parts.images.bytes + onlyHeld);
          await expectPinned(ground.engine, set);
          if (set.isRefused) {
            for (const blocker of plan.images.blockers)
              await expectRefusal(ground.engine, stock, blocker, story);
          }
          met.add(set, result);
        }
        // The sets must have met what can happen.
        expect(isEnough(), JSON.stringify(met.seen)).toBe(true);
        // A few sets may do without the rarer things.
        if (IS_SOAK) {
          expect(Math.min(met.seen.containers, met.seen.cache)).toBeGreaterThan(sets / 30);
          expect([...met.blocked]).toEqual(expect.arrayContaining(['child-image', 'running-container']));
        }
        expect(met.exact).toBeGreaterThan(met.seen.sets / 2);
        record('sets', name, { ...met.seen, exact: met.exact });
      });
    },
    { cached: true },
  );
}

for (const [name, sets] of OTHERS) {
  onRandomEngine(
    'clean-ups',
    name,
    (get) => {
      it(`take exactly the images and names they show, ${sets} times`, {
        timeout: timeLimit(3 * sets),
      }, async () => {
        const ground = get();
        const disk = new LayerBytes(ground.server);
        const met = new Met();
        const isEnough = () => {
          const { images, names } = met.seen;
          return images + names > sets / 2 && Math.min(images, names) > 0;
        };
        for (let number = 0; !isOver(number, sets, isEnough); number++) {
          await ground.world.stir(10 + ground.pick(8));
          const set = await someSet(ground, number);
          const { plan, stock, story } = set;
          const isPodman = stock.kind === 'podman';
          const measure = async () =>
            isPodman ? disk.total() : (await ground.engine.diskUsage()).layersTotal.bytes;

          const before = await measure();
          const result = await carryOut(ground.engine, plan);
          expectDone(result, set);
          const now = await ground.engine.list({ all: true });
          const steps = plan.images.steps;
          const gone = steps.flatMap((step) => (step.action === 'delete' ? [step.id] : []));
          const left = stock.images.filter((image) => !gone.includes(image.id)).map((image) => image.id);
          expect(now.map((image) => image.id).sort(), story).toEqual(left.sort());
          const untagged = steps.flatMap((step) => (step.action === 'untag' ? [step.reference] : []));
          const names = stock.images
            .flatMap((image) => image.references)
            .filter((tag) => !untagged.includes(tag));
          expect(now.flatMap((image) => image.references).sort(), story).toEqual(names.sort());
          const freed = before - (await measure());
          // Podman counts layers as archives, which are never smaller than what is in them.
          if (isPodman) expect(freed, story).toBeLessThanOrEqual(plan.parts.images.bytes);
          else if (plan.freed.bound !== 'about') {
            expect(freed, story).toBeGreaterThanOrEqual(plan.parts.images.bytes);
          }
          await expectPinned(ground.engine, set);
          if (set.isRefused) {
            for (const blocker of plan.images.blockers)
              await expectRefusal(ground.engine, stock, blocker, story);
          }
          met.add(set, result);
        }
        expect(isEnough(), JSON.stringify(met.seen)).toBe(true);
        record('sets', name, { ...met.seen, exact: met.exact });
      });

      if (name !== 'podman43') {
        it('do not promise what the build cache may keep', async () => {
          const { engine, world } = get();
          await world.maker.clear();
          await world.maker.base('base:1');
          await world.maker.buildKit('base:1', 'file', 'kit:1');
          const stock = await gather(get());
          const plan = planRemoval(
            stock,
            stock.images.map((image) => ({ id: image.id })),
          );
          expect(plan.freed).toMatchObject({
            bound: 'about',
            reason: expect.stringContaining('the build cache may hold'),
          });
          const result = await carryOut(engine, cleanupOf(stock, [], [], { images: plan }));
          expect(result).toMatchObject({ outcome: 'done', failures: [] });
          expect(await engine.list({ all: true })).toEqual([]);
        });
      }
    },
    { cached: name !== 'podman43' },
  );
}

interface SomeSet {
  readonly stock: Stock;
  readonly plan: CleanupPlan;
  readonly pins: RandomPins;
  /** What a person needs to understand a failure. */
  readonly story: string;
  /** The engine must refuse what the plan says is blocked. */
  readonly isRefused: boolean;
}

/** A clean-up as people ask for it, or now and then a bare removal, which knows no pins and may force. */
async function someSet(ground: Ground, number: number): Promise<SomeSet> {
  const { pick, engine } = ground;
  const stock = await gather(ground);
  const told = (plan: CleanupPlan, words: readonly string[]) => {
    const calls = plan.images.calls.map((call) => `${call.target}: ${lines(call.expected).join(', ')}`);
    return [`set ${number}`, ...describeStock(stock), 'wanted', ...words, 'calls', ...calls].join('\n');
  };
  if (pick(4) === 0) {
    const targets = randomTargets(stock, pick);
    const isClassic = stock.kind === 'docker-classic';
    const options: PlanOptions = {
      ...(isClassic && pick(3) === 0 && { force: true }),
      ...(isClassic && pick(4) === 0 && { noPrune: true }),
    };
    const plan = cleanupOf(stock, [], [], { images: planRemoval(stock, targets, options) });
    const words = [
      JSON.stringify(options),
      ...targets.map((one) => [short(one.id), ...(one.references ?? [])].join(' ')),
    ];
    const pins: RandomPins = {
      settings: { names: [], labels: [] },
      heldNames: () => [],
      holds: () => false,
    };
    return { stock, plan, pins, story: told(plan, words), isRefused: !options.force };
  }
  const pins = randomPins(stock, pick);
  const now = Math.floor(Date.now() / 1000);
  const scene = { stock, uses: NO_USES, pins: createPins(pins.settings), now };
  const canStop = engine.containers?.stop !== undefined;
  const { plan, words } = randomCleanup(scene, pick, canStop);
  const story = told(plan, [JSON.stringify(pins.settings), ...words]);
  return { stock, plan, pins, story, isRefused: false };
}

/** Everything that was shown was done, and the engine's answers are those that were foretold. */
function expectDone(result: CleanupResult, { plan, stock, story }: SomeSet): void {
  expect(result, story).toMatchObject({ outcome: 'done', failures: [] });
  const foretold = lines(plan.images.calls.flatMap((call) => call.expected));
  const answer = lines(result.images!.entries);
  // Podman tells parents that went along in an order of its own.
  if (stock.kind === 'podman') expect(answer.sort(), story).toEqual(foretold.sort());
  else if (plan.parts.images.bound === 'exact') expect(answer, story).toEqual(foretold);
  else {
    // Layers that the build cache may hold are not sure to go.
    const isLayer = (line: string) =>
      plan.images.steps.some(
        (step) =>
          step.action === 'delete' && step.layers.some(({ chainId }) => line === `Deleted: ${chainId}`),
      );
    expect(
      answer.filter((line) => !isLayer(line)),
      story,
    ).toEqual(foretold.filter((line) => !isLayer(line)));
    expect(foretold, story).toEqual(expect.arrayContaining(answer));
  }
  expect(result.containers, story).toEqual(plan.containers);
  expect(result.buildCache, story).toEqual(plan.buildCache);
}

/** What is pinned is still there, with every name that the pins hold. */
async function expectPinned(engine: Engine, { stock, pins, story }: SomeSet): Promise<void> {
  const now = await engine.list({ all: true });
  const names = new Map(now.map((image) => [image.id, [...image.references, ...image.digests]]));
  for (const image of stock.images.filter((one) => pins.holds(one))) {
    expect([...names.keys()], story).toContain(image.id);
    expect(names.get(image.id), story).toEqual(expect.arrayContaining(pins.heldNames(image)));
  }
}

async function carryOut(engine: Engine, plan: CleanupPlan): Promise<CleanupResult> {
  const run = executeCleanup(engine, plan);
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
  }
}

/** The engine's own figures. */
async function usageOf(engine: Engine): Promise<{ layers: number; written: number }> {
  const { layersTotal, written = {} } = await engine.diskUsage();
  return { layers: layersTotal.bytes, written: Object.values(written).reduce((sum, size) => sum + size, 0) };
}

/** The engine itself says no, and the image keeps all its names. */
async function expectRefusal(engine: Engine, stock: Stock, blocker: Blocker, story: string): Promise<void> {
  const image = stock.images.find((one) => one.id === blocker.id)!;
  // A container is in the way of the last name too, before anything else is looked at.
  const [only, ...others] = [...image.references, ...image.digests];
  const target = blocker.kind !== 'child-image' && others.length === 0 ? (only ?? image.id) : image.id;
  const error = await failure(engine.remove(target), 'in-use', 'has-children', 'several-names');
  const expected = blocker.kind === 'child-image' ? 'has-children' : 'in-use';
  if (others.length === 0) expect(error.code, story).toBe(expected);
  const now = await engine.inspect(image.id);
  // A name by digest alone stands among the tags in a containerd store's list, and not in its inspection.
  const names = (of: Pick<Image, 'references' | 'digests'>) =>
    [...new Set([...of.references, ...of.digests])].sort();
  expect(names(now), story).toEqual(names(image));
}
