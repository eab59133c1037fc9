/** Clean-ups of the embedded engine's store come true to the byte. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CleanupPlan, cleanupOf } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { type CleanupResult, executeCleanup } from '../../../src/engine/cleanup/execute-cleanup.ts';
import { createPins } from '../../../src/engine/cleanup/pins.ts';
import { NO_USES } from '../../../src/engine/cleanup/uses.ts';
import { openEmbeddedEngine } from '../../../src/engine/embedded/embedded-engine.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { buildLedger } from '../../../src/engine/ledger.ts';
import { planReferences, planRemoval } from '../../../src/engine/planner.ts';
import { gatherStock, type Stock } from '../../../src/engine/stock.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { randomCleanup, randomTargets } from '../random-cleanup.ts';
import { describeStock, lines, SEED, short } from '../random-ground.ts';
import { type RandomPins, randomPins } from '../random-pins.ts';
import { record, times } from '../soak.ts';
import { random } from '../stock-maker.ts';
import { RandomLayout } from './random-layout.ts';

const SETS = times(300, 36);

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
    const seen = { deleted: 0, untagged: 0, freed: 0, kept: 0, digests: 0, pinned: 0 };
    for (let set = 0; set < SETS; set++) {
      await world.stir(6 + pick(12));
      const stock = await gatherStock(engine);
      const { plan, wanted, pins } = someSet(stock, pick);
      const { images } = plan;
      const foretold = lines(images.calls.flatMap((call) => call.expected));
      const story = [`set ${set}`, ...describeStock(stock), ...wanted, ...foretold].join('\n');
      expect(plan.freed.bound, `${plan.freed.reason}\n${story}`).toBe('exact');

      const before = await world.bytesOnDisk();
      const totalBefore = buildLedger(stock).total();
      const result = await carryOut(engine, plan);
      expect(result, story).toMatchObject({ outcome: 'done', failures: [] });
      expect(lines(result.images!.entries), story).toEqual(foretold);
      expect(result.freed, story).toEqual(plan.freed);
      expect(before - (await world.bytesOnDisk()), story).toBe(plan.freed.bytes);

      const left = await gatherStock(engine);
      expect(buildLedger(left).total(), story).toEqual({
        bytes: totalBefore.bytes - plan.freed.bytes,
        bound: 'exact',
      });
      expect((await engine.diskUsage()).layersTotal, story).toEqual(buildLedger(left).total());
      for (const image of stock.images.filter((one) => pins?.holds(one))) {
        const now = left.images.find(({ id }) => id === image.id);
        expect([...(now?.references ?? []), ...(now?.digests ?? [])], story).toEqual(
          expect.arrayContaining(pins!.heldNames(image)),
        );
      }
      seen.untagged += images.steps.filter((step) => step.action === 'untag').length;
      seen.deleted += images.steps.filter((step) => step.action === 'delete').length;
      seen.digests += images.steps.filter(
        (step) => step.action === 'untag' && step.reference.includes('@'),
      ).length;
      seen.freed += plan.freed.bytes > 0 ? 1 : 0;
      seen.kept += images.keeps.length;
      seen.pinned += plan.spared.filter(({ why }) => why === 'pinned').length;
    }
    // The sets must have met what can happen.
    expect(seen.deleted).toBeGreaterThan(SETS / 2);
    expect(seen.untagged).toBeGreaterThan(SETS);
    expect(seen.digests).toBeGreaterThan(SETS / 20);
    expect(seen.freed).toBeGreaterThan(SETS / 2);
    expect(seen.kept).toBeGreaterThan(SETS / 2);
    expect(seen.pinned).toBeGreaterThan(0);
    const { deleted, untagged, kept, pinned } = seen;
    record('sets', 'embedded', { sets: SETS, images: deleted, names: untagged, kept, pinned, exact: SETS });
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

interface SomeSet {
  readonly plan: CleanupPlan;
  readonly wanted: readonly string[];
  readonly pins?: RandomPins;
}

function someSet(stock: Stock, pick: (below: number) => number): SomeSet {
  const bare = (images: CleanupPlan['images'], wanted: readonly string[]) => ({
    plan: cleanupOf(stock, [], [], { images }),
    wanted,
  });
  const targets = randomTargets(stock, pick);
  switch (pick(6)) {
    case 0: {
      const byId = new Map(stock.images.map((image) => [image.id, image]));
      const refs = [...new Set(targets.map(({ id }) => byId.get(id)!.references[0] ?? id))];
      return bare(planReferences(stock, refs, { force: pick(2) === 0 }), ['rmi', ...refs]);
    }
    case 1: {
      const wanted = targets.map((target) => [short(target.id), ...(target.references ?? [])].join(' '));
      return bare(planRemoval(stock, targets, { force: pick(2) === 0 }), wanted);
    }
    default: {
      const pins = randomPins(stock, pick);
      const now = Math.floor(Date.now() / 1000);
      const scene = { stock, uses: NO_USES, pins: createPins(pins.settings), now };
      const { plan, words } = randomCleanup(scene, pick, false);
      return { plan, wanted: [JSON.stringify(pins.settings), ...words], pins };
    }
  }
}

async function carryOut(engine: Engine, plan: CleanupPlan): Promise<CleanupResult> {
  const run = executeCleanup(engine, plan);
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
  }
}
