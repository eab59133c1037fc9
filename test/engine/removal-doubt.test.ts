/** How true freed bytes are, and what differs between stores. */
import { describe, expect, it } from 'vitest';
import { buildForest } from '../../src/engine/forest.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import { cacheHolds } from '../../src/engine/removal-cache.ts';
import { answers, cacheItem, chainOf, FAMILY, hex, idOf, stockOf, whole } from './stock-maker.ts';

describe('how true the freed bytes are', () => {
  it('is a lower bound for images whose layers are not known, with the reason', () => {
    const stock = stockOf([{ name: 'late', tags: ['late:1'] }, ...FAMILY]);
    expect(planRemoval(stock, whole('late')).freed).toMatchObject({ bytes: 0, bound: 'at-least' });
    expect(planRemoval(stock, whole('lone')).freed).toMatchObject({ bytes: 7, bound: 'about' });
  });

  it('does not count what the build cache keeps', () => {
    const records = [
      cacheItem('base', 0),
      cacheItem('s', 20, { parents: ['base'] }),
      cacheItem('a', 3, { parents: ['s'] }),
    ];
    const stock = stockOf(FAMILY, { buildCache: records });
    const plan = planRemoval(stock, whole('child', 'app'));
    expect(plan.freed).toEqual({ bytes: 1, bound: 'exact' });
    expect(plan.keeps.filter((keep) => keep.buildCache).map((keep) => keep.size)).toEqual([20, 3]);
    expect(plan.notes).toEqual(['2 layers stay in the build cache: pruning the build cache frees them.']);
    expect(answers(plan)).not.toContain(`Deleted: ${chainOf(['b', 's', 'a'])}`);
  });

  it('does not weigh every record that may be any layer by all layers', () => {
    const layers = Array.from({ length: 30_000 }, (_, index): [string, number] => [`l${index}`, index + 1]);
    const images = Array.from({ length: 300 }, (_, index) => ({
      name: `i${index}`,
      layers: layers.slice(index * 100, index * 100 + 100),
    }));
    const records = [
      ...Array.from({ length: 300 }, (_, index) => cacheItem(`base ${index}`, 0)),
      cacheItem('on top', 100, { parents: ['base 0'] }),
    ];
    const stock = stockOf(images, { buildCache: records });
    buildForest(stock);
    const start = performance.now();
    const { certain, possible } = cacheHolds(stock);
    // A copy of all layers for each record takes more than a second.
    expect(performance.now() - start).toBeLessThan(300);
    expect(possible.size).toBe(30_000);
    expect([...certain].map((node) => node.layer.size).sort((a, b) => b - a)).toEqual(
      Array.from({ length: 100 }, (_, index) => 100 - index),
    );
  });

  it('says so when the build cache may hold a layer or not', () => {
    // A base of size 0 with nothing on it may end at any layer.
    const plan = planRemoval(stockOf(FAMILY, { buildCache: [cacheItem('base', 0)] }), whole('lone'));
    expect(plan.freed).toEqual({
      bytes: 7,
      bound: 'about',
      reason: 'the build cache may hold some of these layers',
    });
  });

  it('cannot tell the records of the containerd store apart', () => {
    const stock = stockOf(FAMILY, { kind: 'docker-containerd', buildCache: [cacheItem('a', 3)] });
    expect(planRemoval(stock, whole('lone')).freed).toMatchObject({
      bytes: 7,
      bound: 'about',
      reason: expect.stringContaining('the build cache may hold some of these layers'),
    });
  });

  it('ignores records of the build cache that are no image layers', () => {
    const plan = planRemoval(
      stockOf(FAMILY, { buildCache: [cacheItem('x', 7, { shared: false })] }),
      whole('lone'),
    );
    expect(plan.freed).toEqual({ bytes: 7, bound: 'exact' });
  });
});

describe('other stores', () => {
  it('lets an image of containerd go while others were built on it, but keeps it unnamed', () => {
    const plan = planRemoval(stockOf(FAMILY, { kind: 'docker-containerd' }), whole('app'));
    expect(plan.blockers).toEqual([]);
    expect(plan.notes).toEqual(['app:1 loses its name but stays on disk: other images were built on it.']);
  });

  it('does not claim that a digest proves a registry where every tag has one', () => {
    for (const kind of ['docker-containerd', 'podman'] as const) {
      const stock = stockOf(
        [{ name: 'a', tags: ['a:1'], digests: [`a@sha256:${hex('a')}`], layers: [['a', 1]] }],
        { kind },
      );
      const plan = planRemoval(stock, whole('a'));
      expect(plan).toMatchObject({ weight: 'irreversible', lost: [idOf('a')] });
      expect(plan.calls.map((call) => call.target)).toEqual(['a:1']);
    }
  });

  it('lets parents on Podman go although grandchildren are left', () => {
    const plan = planRemoval(stockOf(FAMILY, { kind: 'podman' }), whole('app'));
    expect(plan.steps.filter((step) => step.action === 'delete').map((step) => step.id)).toEqual([
      idOf('app'),
      idOf('step'),
    ]);
    expect(plan.freed.bytes).toBe(0);
  });
});
