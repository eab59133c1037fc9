/** How true freed bytes are, and what differs between stores. */

import { describe, expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../src/engine/cleanup/cleanup-plan.ts';
import { buildForest } from '../../src/engine/forest.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import { cacheHolds } from '../../src/engine/removal-cache.ts';
import { sceneOf } from './cleanup/scenes.ts';
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
      cacheItem('on top', 2, { parents: ['base 0'] }),
    ];
    const stock = stockOf(images, { buildCache: records });
    buildForest(stock);
    // A copy of all layers for each record would not end in the time that a test has.
    const { certain, possible } = cacheHolds(stock);
    expect(possible.size).toBe(301);
    expect([...certain].map((node) => node.layer.size).sort()).toEqual([1, 2]);
  });

  it('says so when the build cache may hold a layer or not', () => {
    // Where no record tells what it stands on, one of size 0 may be any layer.
    const plan = planRemoval(stockOf(FAMILY, { buildCache: [cacheItem('base', 0)] }), whole('lone'));
    expect(plan.freed).toEqual({
      bytes: 7,
      bound: 'about',
      reason: 'the build cache may hold some of these layers',
    });
  });

  it('knows each layer of a local image that was built on', () => {
    const layers = (...names: string[]) => names.map((name, index): [string, number] => [name, index + 5]);
    const images = [
      { name: 'base', tags: ['base:1'], layers: layers('a', 'b', 'c') },
      { name: 'built', tags: ['built:1'], layers: layers('a', 'b', 'c', 'd') },
    ];
    const buildCache = [
      cacheItem('one', 0),
      cacheItem('two', 0, { parents: ['one'] }),
      cacheItem('three', 0, { parents: ['two'] }),
      cacheItem('copy', 8, { parents: ['three'] }),
    ];
    const stock = stockOf(images, { buildCache });
    expect(cacheHolds(stock).certain.size).toBe(4);
    expect(planRemoval(stock, whole('base', 'built')).freed).toEqual({ bytes: 0, bound: 'exact' });
  });

  it('does not know the bytes of local images that only the build cache has kept', () => {
    const kept = cacheItem('kept', 0, { shared: false, description: 'from local ' });
    const scene = sceneOf(stockOf(FAMILY, { buildCache: [kept] }));
    const plan = planCleanup(scene, { ...NO_MARKS, buildCache: [kept] });
    expect(plan.freed).toMatchObject({ bytes: 0, bound: 'at-least' });
    const known = cacheItem('known', 4, { shared: false });
    expect(planCleanup(scene, { ...NO_MARKS, buildCache: [known] }).freed).toEqual({
      bytes: 4,
      bound: 'exact',
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
