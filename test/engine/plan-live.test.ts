/**
 * Plans against the truth: random sets of images and names on real engines that change all the time.
 * `NACRE_SOAK` is the number of sets on each classic engine.
 */
import { expect, it } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { type ExecutionResult, executePlan } from '../../src/engine/execute.ts';
import type { Image } from '../../src/engine/image.ts';
import type { Blocker, Plan, PlanOptions, Target } from '../../src/engine/plan.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { failure } from './contract-subject.ts';
import { describeStock, gather, lines, onRandomEngine, short } from './random-ground.ts';

const SETS = Number(process.env['NACRE_SOAK'] ?? 40);
const FEW_SETS = Math.ceil(SETS / 4);

/** Each set takes about a second on a busy machine. */
const LIMIT = 60_000 + SETS * 5_000;

for (const name of ['docker20', 'docker26-classic', 'docker28-classic'] as const) {
  onRandomEngine('plans', name, (get) => {
    it(`come true line by line and byte by byte, ${SETS} times`, { timeout: LIMIT }, async () => {
      const ground = get();
      const seen = { deleted: 0, untagged: 0, layers: 0, blocked: new Set<string>(), kept: 0 };
      // Now and then the sets meet too little of what can happen: then more of them follow.
      const metEnough = () => seen.deleted > SETS && seen.untagged > SETS && seen.blocked.size > 1;
      for (let set = 0; set < SETS || (set < 2 * SETS && !metEnough()); set++) {
        await ground.world.stir(14 + ground.pick(12));
        const stock = await gather(ground);
        const options: PlanOptions = {
          ...(ground.pick(6) === 0 && { force: true }),
          ...(ground.pick(6) === 0 && { noPrune: true }),
        };
        const targets = someTargets(stock, ground.pick);
        const plan = planRemoval(stock, targets, options);
        const story = storyOf(set, targets, stock, plan);
        expect(plan.freed.bound, story).toBe('exact');

        const before = await layersTotal(ground.engine);
        const result = await carryOut(ground.engine, plan);
        expect(result, story).toMatchObject({ outcome: 'done', failures: [] });
        expect(lines(result.entries), story).toEqual(lines(plan.calls.flatMap((call) => call.expected)));
        expect(result.freed, story).toEqual(plan.freed);
        // The engine's total leaves out layers that only containers hold; on disk they are still there.
        const onlyHeld = plan.keeps
          .filter((keep) => keep.images.length === 0)
          .reduce((sum, keep) => sum + keep.size, 0);
        expect(before - (await layersTotal(ground.engine)), story).toBe(plan.freed.bytes + onlyHeld);
        if (!options.force)
          for (const blocker of plan.blockers) await expectRefusal(ground.engine, stock, blocker, story);

        for (const entry of result.entries) {
          if (entry.action === 'untagged') seen.untagged++;
          else if (stock.images.some((image) => image.id === entry.id)) seen.deleted++;
          else seen.layers++;
        }
        for (const blocker of plan.blockers) seen.blocked.add(blocker.kind);
        seen.kept += plan.keeps.length;
      }
      // The sets must have met what can happen.
      expect(seen.deleted).toBeGreaterThan(SETS);
      expect(seen.layers).toBeGreaterThan(SETS / 2);
      expect(seen.untagged).toBeGreaterThan(SETS);
      expect(seen.kept).toBeGreaterThan(0);
      expect([...seen.blocked]).toContain('child-image');
      expect(seen.blocked.size).toBeGreaterThan(1);
    });

    it('tell what the build cache keeps', async () => {
      const { engine, world, server } = get();
      await world.maker.clear();
      await world.maker.base('base:1');
      await world.maker.buildKit('base:1', 'file', 'kit:1');
      const stock = await gather(get());
      const plan = planRemoval(
        stock,
        stock.images.map((image) => ({ id: image.id })),
      );
      expect(plan.freed).toEqual({ bytes: 0, bound: 'exact' });
      expect(plan.keeps.length).toBe(2);
      expect(plan.keeps.every((keep) => keep.buildCache)).toBe(true);
      const result = await carryOut(engine, plan);
      expect(lines(result.entries)).toEqual(lines(plan.calls.flatMap((call) => call.expected)));
      const pruned = (await server.api.json('POST', '/build/prune', { query: { all: 'true' } })) as {
        CachesDeleted: unknown[];
      };
      expect(pruned.CachesDeleted.length).toBeGreaterThan(0);
    });
  });
}

for (const name of ['docker26-containerd', 'docker28-containerd', 'podman43'] as const) {
  onRandomEngine('plans', name, (get) => {
    it(`take exactly the images and names they show, ${FEW_SETS} times`, { timeout: LIMIT }, async () => {
      const ground = get();
      let deleted = 0;
      for (let set = 0; set < FEW_SETS; set++) {
        await ground.world.stir(10 + ground.pick(8));
        const stock = await gather(ground);
        const targets = someTargets(stock, ground.pick);
        const plan = planRemoval(stock, targets);
        const story = storyOf(set, targets, stock, plan);

        const before = await layersTotal(ground.engine);
        const result = await carryOut(ground.engine, plan);
        expect(result, story).toMatchObject({ outcome: 'done', failures: [] });
        const now = await ground.engine.list({ all: true });
        const gone = plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : []));
        const left = stock.images.filter((image) => !gone.includes(image.id)).map((image) => image.id);
        expect(now.map((image) => image.id).sort(), story).toEqual(left.sort());
        const untagged = plan.steps.flatMap((step) => (step.action === 'untag' ? [step.reference] : []));
        const names = stock.images
          .flatMap((image) => image.references)
          .filter((tag) => !untagged.includes(tag));
        expect(now.flatMap((image) => image.references).sort(), story).toEqual(names.sort());
        if (stock.kind === 'docker-containerd' && plan.freed.bound !== 'about') {
          expect(before - (await layersTotal(ground.engine)), story).toBeGreaterThanOrEqual(plan.freed.bytes);
        }
        for (const blocker of plan.blockers) await expectRefusal(ground.engine, stock, blocker, story);
        deleted += gone.length;
      }
      expect(deleted).toBeGreaterThan(FEW_SETS);
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
        expect(await carryOut(engine, plan)).toMatchObject({ outcome: 'done', failures: [] });
        expect(await engine.list({ all: true })).toEqual([]);
      });
    }
  });
}

/** A few images, whole or by some of their names. */
function someTargets(stock: Stock, pick: (below: number) => number): Target[] {
  const images = [...stock.images].sort((a, b) => (a.id < b.id ? -1 : 1));
  const count = 1 + pick(8);
  return Array.from({ length: count }, () => images[pick(images.length)]!).map((image): Target => {
    const names =
      stock.kind === 'docker-classic' ? [...image.references, ...image.digests] : image.references;
    const some = names.filter(() => pick(2) === 0);
    return some.length > 0 && pick(3) === 0 ? { id: image.id, references: some } : { id: image.id };
  });
}

/** What a person needs to understand a failure. */
function storyOf(set: number, targets: readonly Target[], stock: Stock, plan: Plan): string {
  const wanted = targets.map((target) => [short(target.id), ...(target.references ?? [])].join(' '));
  const calls = plan.calls.map((call) => `${call.target}: ${lines(call.expected).join(', ')}`);
  return [`set ${set}`, ...describeStock(stock), 'wanted', ...wanted, 'calls', ...calls].join('\n');
}

async function carryOut(engine: Engine, plan: Plan): Promise<ExecutionResult> {
  const run = executePlan(engine, plan);
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
  }
}

async function layersTotal(engine: Engine): Promise<number> {
  return (await engine.diskUsage()).layersTotal.bytes;
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
