/** What must hold for any plan. */
import { describe, expect, it } from 'vitest';
import type { EngineKind } from '../../src/engine/engine.ts';
import { buildForest } from '../../src/engine/forest.ts';
import type { Plan, Target } from '../../src/engine/plan.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { random, randomStock, stockOf } from './stock-maker.ts';

describe('plans for random stocks', () => {
  const KINDS: EngineKind[] = ['docker-classic', 'docker-containerd', 'podman'];

  it.each(KINDS)(
    'free what the store has less afterwards, in whatever order they were asked for: %s',
    (kind) => {
      for (let seed = 0; seed < 300; seed++) {
        const stock = randomStock(seed, kind);
        const pick = random(seed + 1000);
        const targets = stock.images
          .filter(() => pick(3) === 0)
          .map((image): Target => {
            const names = image.references.filter(() => pick(2) === 0);
            return pick(3) === 0 && names.length > 0 ? { id: image.id, references: names } : { id: image.id };
          });
        const plan = planRemoval(stock, targets);
        const left = after(stock, plan);
        expect(plan.freed.bytes).toBe(buildForest(stock).bytes - buildForest(left).bytes);

        const shuffled = [...targets].sort(() => pick(2) - 0.5);
        const again = planRemoval(stock, shuffled);
        expect(again.freed).toEqual(plan.freed);
        expect(deletedBy(again)).toEqual(deletedBy(plan));

        for (const blocker of plan.blockers) {
          const touched = plan.steps.filter((step) => step.id === blocker.id);
          expect(
            touched.filter(
              (step) =>
                step.action === 'delete' ||
                targets.some((target) => target.id === step.id && !target.references),
            ),
          ).toEqual([]);
        }
        const gone = new Set(deletedBy(plan));
        for (const container of stock.containers) expect(gone.has(container.imageId)).toBe(false);
        for (const target of targets) {
          const blocked = plan.blockers.some((blocker) => blocker.id === target.id);
          const hidden = kind === 'docker-containerd' && !target.references;
          if (!target.references && !blocked && !hidden) expect(gone.has(target.id)).toBe(true);
        }
        for (const keep of plan.keeps) expect(keep.images.length).toBeGreaterThan(0);
      }
    },
  );

  it('plans ten thousand images in a moment', () => {
    const layers = (index: number): [string, number][] =>
      Array.from({ length: 10 }, (_, layer): [string, number] => [
        layer < 6 ? `b${index % 40}-${layer}` : `${index}-${layer}`,
        10,
      ]);
    const stock = stockOf(
      Array.from({ length: 10_000 }, (_, index) => ({
        name: `${index}`,
        tags: [`a:${index}`],
        layers: layers(index),
      })),
    );
    const plan = planRemoval(
      stock,
      stock.images.map((image) => ({ id: image.id })),
    );
    expect(plan.freed.bytes).toBe(40 * 60 + 10_000 * 40);
  });
});

function deletedBy(plan: Plan): string[] {
  return plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])).sort();
}

/** The stock with the plan carried out, by nothing but its steps. */
function after(stock: Stock, plan: Plan): Stock {
  const gone = new Set(deletedBy(plan));
  return { ...stock, images: stock.images.filter((image) => !gone.has(image.id)) };
}
