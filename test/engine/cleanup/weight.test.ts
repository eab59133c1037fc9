/** How a clean-up is confirmed follows from what it takes, and from nothing else. */
import { expect, it } from 'vitest';
import { type CleanupPlan, NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { cleanupWeight } from '../../../src/engine/cleanup/weight.ts';
import { cacheItem, idOf, stockOf } from '../stock-maker.ts';
import { sceneOf } from './scenes.ts';

const stock = stockOf(
  [
    { name: 'pulled', tags: ['pulled:1'], digests: [`pulled@sha256:${'a'.repeat(64)}`], layers: [['p', 5]] },
    { name: 'made', tags: ['made:1', 'made:2'], layers: [['m', 3]] },
  ],
  {
    containers: [{ name: 'job', image: 'pulled' }],
    buildCache: [cacheItem('one', 10, { shared: false })],
  },
);

function planOf(names: readonly string[], more: Partial<typeof NO_MARKS> = {}): CleanupPlan {
  const images = new Map(names.map((name) => [idOf(name), WHOLE] as const));
  return planCleanup(sceneOf(stock), { ...NO_MARKS, images, ...more }, { withContainers: true });
}

it('is nothing where nothing goes', () => {
  expect(cleanupWeight(planOf([]))).toBe('nothing');
});

it('takes the word for what no registry has, unless it is kept', () => {
  expect(cleanupWeight(planOf(['made']))).toBe('irreversible');
  expect(cleanupWeight(planOf(['made']), true)).toBe('pullable');
});

it('takes the word for every container, kept or not: nobody keeps what it wrote', () => {
  const plan = planOf(['pulled']);
  expect(plan.containers).toHaveLength(1);
  expect(plan.images.weight).toBe('pullable');
  expect(cleanupWeight(plan)).toBe('irreversible');
  expect(cleanupWeight(plan, true)).toBe('irreversible');
});

it('takes a yes for build cache, also where only names go besides', () => {
  const cache = { buildCache: stock.buildCache! };
  expect(cleanupWeight(planOf([], cache))).toBe('pullable');
  const names = { images: new Map([[idOf('made'), new Set(['made:2'])]]) };
  expect(cleanupWeight(planOf([], names))).toBe('reversible');
  expect(cleanupWeight(planOf([], { ...names, ...cache }))).toBe('pullable');
});
