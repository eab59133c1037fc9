/** Choosing what goes so that enough is freed. */
import { describe, expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../../../src/engine/cleanup/free-up.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { matchRules } from '../../../src/engine/cleanup/rule-match.ts';
import { parseRule } from '../../../src/engine/cleanup/rule-text.ts';
import type { EngineKind } from '../../../src/engine/engine.ts';
import { hex, idOf, type MadeImage, random, randomStock, stockOf } from '../stock-maker.ts';
import { DAY, dated, sceneOf, seenSince, withBlobs } from './scenes.ts';

const names = (images: readonly { readonly id: string }[], of: readonly MadeImage[]) =>
  images.map(({ id }) => of.find(({ name }) => idOf(name) === id)!.name).sort();

describe('freeing so much', () => {
  const KINDS: EngineKind[] = ['docker-classic', 'docker-containerd', 'podman', 'embedded'];

  it.each(KINDS)('reaches its goal whenever any set could, and takes nothing in vain: %s', (kind) => {
    let goals = 0;
    for (let seed = 0; seed < 40; seed++) {
      const made = randomStock(seed, kind);
      const stock = kind === 'embedded' ? withBlobs(made) : made;
      const pick = random(seed + 9000);
      const scene = sceneOf(stock, { pins: { names: pick(2) === 0 ? ['app-i2*'] : [] } });
      const images = new Map(stock.images.map((image) => [image.id, WHOLE] as const));
      // The most is what goes with everything that may go.
      const most = planCleanup(scene, { ...NO_MARKS, images }).freed.bytes;
      expect(freeUp(scene, 1e15, NO_MARKS)).toMatchObject({
        reached: false,
        plan: { freed: { bytes: most } },
      });
      for (const part of [0.05, 0.3, 0.7, 0.95, 1]) {
        const goal = Math.floor(most * part);
        if (goal === 0) continue;
        goals++;
        const { plan, reached } = freeUp(scene, goal, NO_MARKS);
        expect({ seed, part, reached }).toEqual({ seed, part, reached: true });
        expect(plan.freed.bytes).toBeGreaterThanOrEqual(goal);
        expect(new Set(plan.images.targets.map(({ id }) => id))).toEqual(new Set(plan.reasons.keys()));
        for (const { id } of plan.images.targets) {
          // An image that others of the plan were built on cannot be left out alone.
          if (stock.images.some((image) => image.parentId === id)) continue;
          const rest = plan.images.targets.filter((target) => target.id !== id);
          const marks = { ...NO_MARKS, images: new Map(rest.map((target) => [target.id, WHOLE] as const)) };
          expect(planCleanup(scene, marks).freed.bytes, `seed ${seed}`).toBeLessThan(goal);
        }
      }
    }
    expect(goals).toBeGreaterThan(100);
  });

  const app = (name: string, bytes: number, facts: Partial<MadeImage> = {}): MadeImage => ({
    name,
    tags: [`${name}:1`],
    layers: [[name, bytes]],
    ...facts,
  });

  it('prefers what is old, unused and can be pulled again', () => {
    const images = [
      app('fresh', 100),
      app('stale', 100),
      app('again', 100, { digests: [`again@sha256:${hex('again')}`] }),
    ];
    const stock = dated(stockOf(images), { fresh: 99, stale: 10, again: 10 });
    const choice = freeUp(sceneOf(stock), 100, NO_MARKS).plan;
    expect(names(choice.images.targets, images)).toEqual(['again']);
    expect([...choice.reasons.values()]).toEqual(['built 90 d ago, can be pulled again']);
    expect(names(freeUp(sceneOf(stock), 200, NO_MARKS).plan.images.targets, images)).toEqual([
      'again',
      'stale',
    ]);
    const uses = seenSince(5, { again: { used: 99.5 * DAY } });
    const seen = freeUp(sceneOf(stock, { uses }), 100, NO_MARKS).plan;
    expect(names(seen.images.targets, images)).toEqual(['stale']);
    expect([...seen.reasons.values()]).toEqual([
      'built 90 d ago and not seen in use for 90 d, is in no registry',
    ]);
  });

  it('takes what has no name first, and not more than is needed', () => {
    const images = [app('small', 50), app('large', 5000), { name: 'lost', layers: [['x', 60]] } as MadeImage];
    const stock = dated(stockOf(images), { small: 10, large: 10, lost: 10 });
    expect(names(freeUp(sceneOf(stock), 40, NO_MARKS).plan.images.targets, images)).toEqual(['lost']);
    expect(names(freeUp(sceneOf(stock), 5020, NO_MARKS).plan.images.targets, images)).toEqual([
      'large',
      'lost',
    ]);
  });

  it('takes what only goes together', () => {
    const shared: [string, number] = ['base', 1000];
    const images = ['a', 'b', 'c'].map((name) => app(name, 0, { layers: [shared, [name, 1]] }));
    images.push(app('apart', 500));
    const { plan, reached } = freeUp(sceneOf(stockOf(images)), 900, NO_MARKS);
    expect(reached).toBe(true);
    expect(names(plan.images.targets, images)).toEqual(['a', 'b', 'c']);
    expect(plan.freed.bytes).toBe(1003);
  });

  it('adds to what rules have marked only what is missing', () => {
    const images = [app('one', 70), app('two', 30), app('three', 30)];
    const scene = sceneOf(stockOf(images, { containers: [{ name: 'c', image: 'three', running: true }] }));
    const marks = matchRules(scene, [parseRule('name=one')]);
    expect(names(freeUp(scene, 70, marks).plan.images.targets, images)).toEqual(['one']);
    const more = freeUp(scene, 80, marks);
    expect(names(more.plan.images.targets, images)).toEqual(['one', 'two']);
    expect([...more.plan.reasons.keys()]).toEqual([idOf('two')]);
    expect(freeUp(scene, 101, marks)).toMatchObject({ reached: false, plan: { freed: { bytes: 100 } } });
  });
});
