/** Pins: whatever is selected in bulk, what is pinned stays. */
import { describe, expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { planUnpinned } from '../../../src/engine/cleanup/guard.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import { createPins, unknownPins } from '../../../src/engine/cleanup/pins.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import type { Stock } from '../../../src/engine/stock.ts';
import { APP_DIGEST, FAMILY, idOf, stockOf } from '../stock-maker.ts';
import { sceneOf } from './scenes.ts';

const everything = (stock: Stock) => ({
  ...NO_MARKS,
  images: new Map(stock.images.map((image) => [image.id, WHOLE] as const)),
});
const APP = `app@${idOf('app')}`;
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

  it.each(['docker.io/library/app:1', 'docker.io/library/app', 'index.docker.io/library/ap*', 'library/app'])(
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

  it.each(['docker-containerd', 'podman'] as const)(
    'by digest hold the tags that %s makes that digest up from',
    (kind) => {
      const images = [
        { name: 'app', tags: ['app:1', 'docs:1'], digests: [APP, `docs@${idOf('app')}`], layers: [['l', 1]] },
        { name: 'child', tags: ['child:1'], parent: 'app', layers: [['l', 1]] },
      ] as const;
      const scene = sceneOf(stockOf([...images], { kind }), { pins: { names: [APP] } });
      const { images: plan } = planCleanup(scene, everything(scene.stock));
      expect(untagged(plan)).toContain('docs:1');
      expect(untagged(plan)).not.toContain('app:1');
    },
  );

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

  it('hold what they mean when everything is asked for one by one; what blocks the rest is told', () => {
    const images = [
      { name: 'step', labels: { keep: '' }, layers: [['s', 1]] },
      {
        name: 'child',
        parent: 'step',
        layers: [
          ['s', 1],
          ['c', 2],
        ],
      },
      { name: 'free', layers: [['f', 1]] },
      { name: 'used', tags: ['used:1'], layers: [['u', 1]] },
    ] as const;
    const stock = stockOf([...images], { containers: [{ name: 'web', image: 'used', running: true }] });
    const pins = createPins({ names: [], labels: ['keep'] });
    const { plan, spared } = planUnpinned(
      stock,
      stock.images.map(({ id }) => ({ id })),
      pins,
    );
    expect(deleted(plan)).toEqual([idOf('free')]);
    expect(plan.blockers.map(({ id }) => id)).toContain(idOf('used'));
    expect(spared.map(({ id, why }) => [id, why])).toContainEqual([idOf('step'), 'pinned']);
  });

  it('hold everything while they are not known', () => {
    const stock = stockOf(FAMILY.slice(0, 3));
    const plan = planCleanup({ ...sceneOf(stock), pins: unknownPins('a damaged file') }, everything(stock));
    expect(plan.images.calls).toEqual([]);
    expect(new Set(plan.spared.flatMap(({ by }) => by))).toEqual(new Set(['a damaged file']));
  });
});
