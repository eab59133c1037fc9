/** The contract: pruning. It empties the store, so it comes after all that reads it. */
import { describe, expect, test } from 'vitest';
import { allImages, checkSize, type GetSubject, needContainers } from './contract-subject.ts';

export function pruningContract(get: GetSubject): void {
  /** An image that lost its name. */
  const nameless = async (name: string, labels: Record<string, string> = {}) => {
    const { maker } = get();
    const id = await maker.layered('base:1', `${name}-old`, { tags: [`${name}:1`], labels, bytes: 3000 });
    await maker.layered('base:1', `${name}-new`, { tags: [`${name}:1`] });
    return id;
  };

  describe('prune', () => {
    test('of dangling images with a label, or of a certain age, spares the others', async () => {
      const { engine } = get();
      const [labelled, plain] = [await nameless('labelled', { spare: 'no' }), await nameless('plain')];
      const young = await engine.prune({ filters: { until: '24h' } });
      expect(young).toEqual({ removed: [], freed: expect.objectContaining({ bytes: 0 }) });
      await engine.prune({ filters: { label: ['spare=no'] } });
      const left = await allImages(engine);
      expect([left.has(labelled), left.has(plain)]).toEqual([false, true]);
    });

    test('takes the dangling images and nothing else', async () => {
      const { engine, kind } = get();
      const dangling = await nameless('prunable');
      const tagged = (await engine.list({ filters: { dangling: false } })).map((image) => image.id).sort();
      const { removed, freed } = await engine.prune();
      checkSize(freed);
      expect(removed.length).toBeGreaterThan(0);
      expect(JSON.stringify(removed)).not.toMatch(/<none>|docker\.io\/library/);
      if (kind !== 'podman') expect(removed).toContainEqual({ action: 'deleted', id: dangling });
      for (const entry of removed)
        if (entry.action === 'deleted') expect(entry.id).toMatch(/^sha256:[0-9a-f]{64}$/);
      if (kind === 'docker-classic') expect(freed.bytes).toBeGreaterThanOrEqual(3000);
      expect(await engine.list({ filters: { dangling: true } })).toEqual([]);
      expect((await engine.list()).map((image) => image.id).sort()).toEqual(tagged);
    });

    test('of nothing removes nothing', async () => {
      const { engine } = get();
      const { removed, freed } = await engine.prune();
      expect(removed).toEqual([]);
      expect(freed.bytes).toBe(0);
    });

    test('of unused images takes all but those of containers', async (context) => {
      const subject = get();
      needContainers(subject, context);
      const { engine } = subject;
      const { removed, freed } = await engine.prune({ unused: true });
      checkSize(freed);
      expect(removed.length).toBeGreaterThan(0);
      expect(JSON.stringify(removed)).not.toMatch(/<none>|docker\.io\/library/);
      const left = (await engine.list({ all: true })).flatMap((image) => image.references);
      expect(left.sort()).toEqual(['cjk:1', 'side:1']);
      expect((await engine.containers!.list()).map(({ name }) => name).sort()).toEqual(['job', 'web']);
    });
  });

  describe('build cache', () => {
    test('is told and can be pruned', async (context) => {
      const { engine, maker } = get();
      const cache = engine.buildCache;
      context.skip(cache === undefined, `no build cache: ${engine.absent.buildCache}`);
      await maker.tiny('from:1');
      await maker.buildKit('from:1', 'cached', 'cached:1');
      const before = await engine.diskUsage();
      expect(before.buildCacheItems.length).toBeGreaterThan(0);
      expect(before.buildCache.count).toBe(before.buildCacheItems.length);
      for (const item of before.buildCacheItems) {
        expect(item.id).not.toBe('');
        expect(item.type).not.toBe('');
        expect(item.size).toBeGreaterThanOrEqual(0);
        expect(Math.abs(item.created - Date.now() / 1000)).toBeLessThan(3600);
        expect(item.lastUsed === 0 || Math.abs(item.lastUsed - Date.now() / 1000) < 3600).toBe(true);
      }
      await maker.remove('cached:1');
      const { deleted, freed } = await cache!.prune({ all: true });
      checkSize(freed);
      expect(deleted.length).toBeGreaterThan(0);
      expect((await engine.diskUsage()).buildCacheItems).toEqual([]);
      expect(await cache!.prune({ all: true })).toMatchObject({ deleted: [], freed: { bytes: 0 } });
    });
  });
}
