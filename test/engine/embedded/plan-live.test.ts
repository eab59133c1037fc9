/** Plans for the embedded engine's store come true to the byte. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planPrune } from '../../../src/engine/cleanup/prune-plan.ts';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type ExecutionResult, executePlan } from '../../../src/engine/execute.ts';
import { buildLedger } from '../../../src/engine/ledger.ts';
import type { Plan, Target } from '../../../src/engine/plan.ts';
import { planReferences, planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock, type Stock } from '../../../src/engine/stock.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { describeStock, lines, SEED, short } from '../random-ground.ts';
import { random } from '../stock-maker.ts';
import { RandomLayout } from './random-layout.ts';

const SETS = Number(process.env['NACRE_SOAK'] ?? 40);

describe('plans on the embedded engine', () => {
  const scratch = scratchFolder();
  const pick = random(SEED);
  const world = new RandomLayout(join(scratch, 'store'), pick);
  let engine: Engine;

  beforeAll(async () => {
    await world.init();
    engine = await openEmbeddedEngine(world.maker.folder, { chosenBy: 'the test says so' });
  });
  afterAll(async () => {
    await engine.close();
    await removeScratch(scratch);
  });

  it(`come true line by line and byte by byte, ${SETS} times`, {
    timeout: 30_000 + SETS * 1000,
  }, async () => {
    const seen = { deleted: 0, untagged: 0, freed: 0, kept: 0, digests: 0 };
    for (let set = 0; set < SETS; set++) {
      await world.stir(6 + pick(12));
      const stock = await gatherStock(engine);
      const { plan, wanted } = somePlan(stock, pick);
      const story = [`set ${set}`, ...describeStock(stock), ...wanted, ...lines(expectedOf(plan))].join('\n');
      expect(plan.freed.bound, `${plan.freed.reason}\n${story}`).toBe('exact');

      const before = await world.bytesOnDisk();
      const totalBefore = buildLedger(stock).total();
      const result = await carryOut(engine, plan);
      expect(result, story).toMatchObject({ outcome: 'done', failures: [] });
      expect(lines(result.entries), story).toEqual(lines(expectedOf(plan)));
      expect(result.freed, story).toEqual(plan.freed);
      expect(before - (await world.bytesOnDisk()), story).toBe(plan.freed.bytes);

      const left = await gatherStock(engine);
      expect(buildLedger(left).total(), story).toEqual({
        bytes: totalBefore.bytes - plan.freed.bytes,
        bound: 'exact',
      });
      expect((await engine.diskUsage()).layersTotal, story).toEqual(buildLedger(left).total());
      seen.untagged += plan.steps.filter((step) => step.action === 'untag').length;
      seen.deleted += plan.steps.filter((step) => step.action === 'delete').length;
      seen.digests += plan.steps.filter(
        (step) => step.action === 'untag' && step.reference.includes('@'),
      ).length;
      seen.freed += plan.freed.bytes > 0 ? 1 : 0;
      seen.kept += plan.keeps.length;
    }
    // The sets must have met what can happen.
    expect(seen.deleted).toBeGreaterThan(SETS / 2);
    expect(seen.untagged).toBeGreaterThan(SETS);
    expect(seen.digests).toBeGreaterThan(SETS / 20);
    expect(seen.freed).toBeGreaterThan(SETS / 2);
    expect(seen.kept).toBeGreaterThan(SETS / 2);
  });

  it('tell of each image what it costs alone', async () => {
    await world.stir(20);
    const stock = await gatherStock(engine);
    const ledger = buildLedger(stock);
    for (const { id } of stock.images) {
      expect(planRemoval(stock, [{ id }]).freed, short(id)).toEqual(ledger.own(id));
    }
    const sizes = new Map(stock.images.map((image) => [image.id, image.size]));
    for (const { id } of stock.images) {
      expect(ledger.own(id).bytes + ledger.shared(id).bytes).toBe(sizes.get(id));
    }
  });
});

function somePlan(stock: Stock, pick: (below: number) => number): { plan: Plan; wanted: string[] } {
  const images = [...stock.images].sort((a, b) => (a.id < b.id ? -1 : 1));
  const chosen = Array.from({ length: 1 + pick(6) }, () => images[pick(images.length)]!);
  switch (pick(6)) {
    case 0:
      return { plan: planPrune(stock), wanted: ['prune'] };
    case 1: {
      const refs = chosen.map(({ id, references }) => references[0] ?? id);
      const force = pick(2) === 0;
      return { plan: planReferences(stock, [...new Set(refs)], { force }), wanted: ['rmi', ...refs] };
    }
    default: {
      const targets = chosen.map(({ id, references, digests }): Target => {
        const some = [...references, ...digests].filter(() => pick(2) === 0);
        return some.length > 0 && pick(3) === 0 ? { id, references: some } : { id };
      });
      const wanted = targets.map((target) => [short(target.id), ...(target.references ?? [])].join(' '));
      return { plan: planRemoval(stock, targets, { force: pick(3) === 0 }), wanted };
    }
  }
}

function expectedOf(plan: Plan) {
  return plan.calls.flatMap((call) => call.expected);
}

async function carryOut(engine: Engine, plan: Plan): Promise<ExecutionResult> {
  const run = executePlan(engine, plan);
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
  }
}
