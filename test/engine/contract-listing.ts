/** The contract: what a list of images tells. */
import { describe, expect, test } from 'vitest';
import { allImages, failure, type GetSubject, imageOf } from './contract-subject.ts';

export function listingContract(get: GetSubject): void {
  describe('list', () => {
    test('has every image once, with all its names in familiar form', async () => {
      const { engine, fixtures } = get();
      const images = await engine.list();
      const byId = new Map(images.map((image) => [image.id, image]));
      expect(byId.size).toBe(images.length);
      const references = (id: string) => byId.get(id)?.references;
      const pushed = fixtures.pushed === '' ? [] : [fixtures.pushed];
      expect(references(fixtures.app)).toEqual([...pushed, 'app:1', 'app:one', 'team/app:1'].sort());
      expect(references(fixtures.base)).toEqual(['base:1']);
      expect(references(fixtures.child)).toEqual(['app:2']);
      expect(references(fixtures.successor)).toEqual(['twice:1']);
      expect(references(fixtures.dangling)).toEqual([]);
      expect(references(fixtures.ported)).toEqual(['localhost:5000/a/b:tag']);
      const { base, app, child, side, dangling, successor, ported, cjk, hostile, lone } = fixtures;
      const made = [base, app, child, side, dangling, successor, ported, cjk, hostile, lone];
      expect(images.map((image) => image.id).sort()).toEqual(made.sort());
    });

    test('never says <none>, and normalises ids, digests and numbers', async () => {
      const { engine } = get();
      for (const image of await engine.list({ all: true })) {
        expect(image.id).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect(image.parentId).toMatch(/^(sha256:[0-9a-f]{64})?$/);
        expect(JSON.stringify(image)).not.toMatch(/<none>|<missing>|docker\.io\/library/);
        for (const digest of image.digests) expect(digest).toMatch(/^[^@]+@sha256:[0-9a-f]{64}$/);
        expect([...image.references].sort()).toEqual(image.references);
        expect([...image.digests].sort()).toEqual(image.digests);
        expect(Number.isSafeInteger(image.size) && image.size >= 0).toBe(true);
        expect(image.sharedSize ?? 0).toBeGreaterThanOrEqual(0);
        expect(image.containers ?? 0).toBeGreaterThanOrEqual(0);
        expect(Math.abs(image.created - Date.now() / 1000)).toBeLessThan(3600);
      }
    });

    test('tells the roles: tagged, dangling, and with all also intermediate', async () => {
      const { engine, fixtures } = get();
      const all = await allImages(engine);
      const parents = new Set([...all.values()].map((image) => image.parentId));
      for (const image of all.values()) {
        const named = image.references.length + image.digests.length > 0;
        const role = named ? 'tagged' : parents.has(image.id) ? 'intermediate' : 'dangling';
        expect(image.role, image.id).toBe(role);
      }
      expect(all.get(fixtures.dangling)?.role).toBe('dangling');
      const listed = await engine.list();
      expect(listed.filter((image) => image.role === 'intermediate')).toEqual([]);
      expect(listed.filter((image) => all.get(image.id)?.role !== image.role)).toEqual([]);
    });

    test('knows what an image was built on', async (context) => {
      const { engine, fixtures, kind } = get();
      context.skip(kind === 'embedded', 'an OCI layout keeps no parents');
      const all = await allImages(engine);
      const ancestors = (id: string): string[] => {
        const parent = all.get(id)?.parentId ?? '';
        return parent === '' ? [] : [parent, ...ancestors(parent)];
      };
      expect(ancestors(fixtures.child)).toContain(fixtures.app);
      expect(ancestors(fixtures.child)).toContain(fixtures.base);
      expect(ancestors(fixtures.lone)).toEqual([]);
      expect([...all.values()].some((image) => image.role === 'intermediate')).toBe(true);
    });

    test('has labels as they were given, CJK too', async () => {
      const { engine, fixtures } = get();
      expect((await imageOf(engine, fixtures.app)).labels).toMatchObject({ stage: 'test' });
      expect((await imageOf(engine, fixtures.cjk)).labels).toMatchObject({ 説明: '漢字かな交じり文' });
      expect((await imageOf(engine, fixtures.lone)).labels).toEqual({});
    });

    test('has the registry digest of what was pushed', async (context) => {
      const { engine, fixtures } = get();
      context.skip(fixtures.pushed === '', 'there is no registry to push to');
      const repository = fixtures.pushed.slice(0, fixtures.pushed.lastIndexOf(':'));
      const { digests } = await imageOf(engine, fixtures.app);
      expect(digests.filter((digest) => digest.startsWith(`${repository}@`))).toHaveLength(1);
    });

    test('answers the same many times at once', async () => {
      const { engine } = get();
      const lists = await Promise.all(Array.from({ length: 20 }, () => engine.list({ all: true })));
      const ids = lists.map((images) => images.map((image) => image.id).sort());
      for (const list of ids) expect(list).toEqual(ids[0]);
    });
  });

  describe('filters', () => {
    const filtered = async (filters: Parameters<ReturnType<GetSubject>['engine']['list']>[0]) =>
      (await get().engine.list(filters)).map((image) => image.id).sort();

    test('dangling', async () => {
      const { fixtures } = get();
      expect(await filtered({ filters: { dangling: true } })).toEqual([fixtures.dangling]);
      const others = await filtered({ filters: { dangling: false } });
      expect(others).not.toContain(fixtures.dangling);
      expect(others).toHaveLength(9);
    });

    test('label: with and without a value, all must match', async () => {
      const { app, child, side } = get().fixtures;
      expect(await filtered({ filters: { label: ['stage=test'] } })).toEqual([app, child].sort());
      expect(await filtered({ filters: { label: ['color'] } })).toEqual([side]);
      expect(await filtered({ filters: { label: ['stage', 'more=yes'] } })).toEqual([child]);
      expect(await filtered({ filters: { label: ['stage=other'] } })).toEqual([]);
    });

    test('since and before an image, by name and by id', async () => {
      const { fixtures } = get();
      for (const pivot of ['app:1', fixtures.app]) {
        const since = await filtered({ filters: { since: pivot } });
        expect(since).toEqual(expect.arrayContaining([fixtures.child, fixtures.lone]));
        expect(since).not.toContain(fixtures.base);
        expect(since).not.toContain(fixtures.app);
        const before = await filtered({ filters: { before: pivot } });
        expect(before).toContain(fixtures.base);
        expect(before).not.toContain(fixtures.child);
        expect(before).not.toContain(fixtures.app);
      }
    });

    test('reference: patterns, one must match', async () => {
      const { app, child, side, ported } = get().fixtures;
      expect(await filtered({ filters: { reference: ['app'] } })).toEqual([app, child].sort());
      expect(await filtered({ filters: { reference: ['ap*:1'] } })).toEqual([app]);
      expect(await filtered({ filters: { reference: ['team/*'] } })).toEqual([app]);
      expect(await filtered({ filters: { reference: ['app:2', 'side'] } })).toEqual([child, side].sort());
      expect(await filtered({ filters: { reference: ['localhost:5000/a/b:tag'] } })).toEqual([ported]);
      expect(await filtered({ filters: { reference: ['no-such-*'] } })).toEqual([]);
    });

    test('until: seconds, RFC 3339 and a duration', async () => {
      const soon = Math.floor(Date.now() / 1000) + 60;
      expect(await filtered({ filters: { until: String(soon) } })).toHaveLength(10);
      expect(await filtered({ filters: { until: new Date(soon * 1000).toISOString() } })).toHaveLength(10);
      expect(await filtered({ filters: { until: '24h' } })).toEqual([]);
      expect(await filtered({ filters: { until: '2001-02-03T04:05:06Z' } })).toEqual([]);
    });

    test('together: all must match', async () => {
      const { app } = get().fixtures;
      const filters = { label: ['stage=test'], reference: ['*:one'], dangling: false, until: '0s' };
      expect(await filtered({ filters })).toEqual([app]);
      expect(await filtered({ filters: { ...filters, before: 'base:1' } })).toEqual([]);
    });

    test('keep all the names of what they find', async () => {
      const { engine, fixtures } = get();
      const [found] = await engine.list({ filters: { reference: ['app:one'] } });
      expect(found).toEqual((await engine.list()).find((image) => image.id === fixtures.app));
    });

    test('that make no sense are bad input', async () => {
      const { engine } = get();
      await failure(engine.list({ filters: { until: 'yesterday' } }), 'bad-input');
      const error = await failure(engine.list({ filters: { since: 'nope:1' } }), 'bad-input', 'not-found');
      expect(error.message).toContain('nope:1');
    });
  });
}
