/** Pins: whatever is selected in bulk, what is pinned stays. */
import { describe, expect, it } from 'vitest';
import { type CleanupPlan, NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../../../src/engine/cleanup/free-up.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { planPrune } from '../../../src/engine/cleanup/prune-plan.ts';
import { matchRules } from '../../../src/engine/cleanup/rule-match.ts';
import { parseRule } from '../../../src/engine/cleanup/rule-text.ts';
import type { EngineKind } from '../../../src/engine/engine.ts';
import { compilePattern } from '../../../src/engine/pattern.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { repositoryOf } from '../../../src/engine/reference.ts';
import type { Stock } from '../../../src/engine/stock.ts';
import { APP_DIGEST, FAMILY, idOf, random, randomStock, stockOf } from '../stock-maker.ts';
import { sceneOf, withBlobs } from './scenes.ts';

const everything = (stock: Stock) => ({
  ...NO_MARKS,
  images: new Map(stock.images.map((image) => [image.id, WHOLE] as const)),
});
const untagged = (plan: Plan) =>
  plan.steps.flatMap((step) => (step.action === 'untag' ? [step.reference] : []));
const deleted = (plan: Plan) => plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : []));

describe('pins', () => {
  it('hold a name and its image; other names of it may go', () => {
    const stock = stockOf(FAMILY.slice(0, 3));
    const plan = planCleanup(sceneOf(stock, { pins: { names: ['reg.io/app'] } }), everything(stock));
    expect(untagged(plan.images)).toEqual(['app:1']);
    expect(deleted(plan.images)).toEqual([]);
    expect(plan.spared).toContainEqual({
      id: idOf('app'),
      name: 'app:1',
      why: 'pinned',
      by: ['reg.io/app'],
      names: ['reg.io/app:1', APP_DIGEST],
    });
  });

  it.each(['docker.io/library/app:1', 'docker.io/library/app', 'index.docker.io/library/ap*'])(
    'hold a name that is told in short: %s',
    (name) => {
      const stock = stockOf([{ name: 'a', tags: ['app:1', 'docs:1'], layers: [['l', 1]] }]);
      const plan = planCleanup(sceneOf(stock, { pins: { names: [name] } }), everything(stock));
      expect(untagged(plan.images)).toEqual(['docs:1']);
    },
  );

  it('keep the digest beside a pinned tag, so that it can be pulled again', () => {
    const stock = stockOf(FAMILY.slice(0, 3));
    const plan = planCleanup(sceneOf(stock, { pins: { names: ['reg.io/app:1'] } }), everything(stock));
    expect(untagged(plan.images)).toEqual(['app:1']);
  });

  it('hold an image by its label, with all its names', () => {
    const stock = stockOf([{ name: 'a', tags: ['a:1', 'b:1'], labels: { keep: '' }, layers: [['l', 1]] }]);
    expect(
      planCleanup(sceneOf(stock, { pins: { labels: ['keep'] } }), everything(stock)).images.calls,
    ).toEqual([]);
    expect(
      planCleanup(sceneOf(stock, { pins: { labels: ['keep=yes'] } }), everything(stock)).freed.bytes,
    ).toBe(1);
  });

  it('hold an untagged parent that would go along', () => {
    const images = [
      { name: 'step', labels: { keep: '' }, layers: [['s', 1]] },
      {
        name: 'app',
        tags: ['app:1'],
        parent: 'step',
        layers: [
          ['s', 1],
          ['a', 2],
        ],
      },
    ] as const;
    for (const kind of ['docker-classic', 'docker-containerd', 'podman'] as const) {
      const stock = stockOf([...images], { kind });
      const plan = planCleanup(sceneOf(stock, { pins: { labels: ['keep'] } }), everything(stock));
      expect(deleted(plan.images)).not.toContain(idOf('step'));
    }
  });

  const KINDS: EngineKind[] = ['docker-classic', 'docker-containerd', 'podman', 'embedded'];
  const RULES = [
    'dangling',
    'unused',
    'superseded',
    'keep-newest=0',
    'keep-newest=1',
    'older-than=1s',
    'name=*:1',
    'name=app*',
    'larger-than=1',
    'unreferenced-build',
    'unused and name=*:0',
    'stopped-containers',
  ];

  it.each(KINDS)('are never crossed by rules, mark-all, prune or free-up: %s', (kind) => {
    let crossings = 0;
    for (let seed = 0; seed < 80; seed++) {
      const pick = random(seed + 4000);
      const drawn = randomStock(seed, kind);
      const made = kind === 'embedded' ? withBlobs(drawn) : drawn;
      // Some images carry a label that is pinned, parents without a name among them.
      const images = made.images.map((image) => (pick(6) === 0 ? { ...image, labels: { keep: '' } } : image));
      const stock: Stock = { ...made, images };
      const names = images.flatMap((image) => [...image.references, ...image.digests]);
      const patterns = Array.from({ length: pick(4) }, () => names[pick(Math.max(1, names.length))] ?? 'x');
      if (pick(3) === 0) patterns.push('app-i1*');
      const scene = sceneOf(stock, { pins: { names: patterns, labels: pick(2) === 0 ? ['keep'] : [] } });
      const rules = RULES.filter(() => pick(3) === 0).map((text) => parseRule(text));
      const options = { withContainers: pick(2) === 0, withChildren: pick(2) === 0, canStop: pick(2) === 0 };
      const plans: CleanupPlan['images'][] = [
        planCleanup(scene, matchRules(scene, rules), options).images,
        planCleanup(scene, everything(stock), options).images,
        freeUp(scene, 1 + pick(500_000), matchRules(scene, rules), options).plan.images,
        freeUp(scene, 1e15, NO_MARKS, options).plan.images,
        planPrune(stock, { unused: pick(2) === 0, pins: scene.pins }),
      ];
      // Found without the code that is tested.
      const isPinnedName = (name: string) =>
        patterns.some((text) => compilePattern(text)(name) || compilePattern(text)(repositoryOf(name)));
      const labels = scene.pins.of(
        { ...images[0]!, labels: { keep: '' }, references: [], digests: [] },
        kind,
      );
      for (const plan of plans) {
        const gone = new Set(deleted(plan));
        for (const image of images) {
          const all = [...image.references, ...image.digests];
          const byLabel = labels !== undefined && Object.hasOwn(image.labels, 'keep');
          if (byLabel || all.some(isPinnedName)) {
            expect(gone.has(image.id), `seed ${seed}`).toBe(false);
            crossings++;
          }
          for (const name of untagged(plan).filter((one) => all.includes(one))) {
            expect(byLabel || isPinnedName(name), `seed ${seed} ${name}`).toBe(false);
          }
        }
      }
    }
    // The pins must have had something to hold.
    expect(crossings).toBeGreaterThan(500);
  });
});
