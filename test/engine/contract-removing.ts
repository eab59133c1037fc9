/** The contract: removing names and images. */
import { describe, expect, test } from 'vitest';
import type { RemovalEntry } from '../../src/engine/engine.ts';
import { allImages, failure, type GetSubject, imageOf } from './contract-subject.ts';

const untagged = (entries: readonly RemovalEntry[]) =>
  entries.flatMap((entry) => (entry.action === 'untagged' ? [entry.reference] : []));
const deleted = (entries: readonly RemovalEntry[]) =>
  entries.flatMap((entry) => (entry.action === 'deleted' ? [entry.id] : []));

export function removingContract(get: GetSubject): void {
  describe('remove', () => {
    test('of one name of several only removes the name', async () => {
      const { engine, maker } = get();
      const id = await maker.tiny('several:1');
      await maker.tag('several:1', 'several:2');
      const entries = await engine.remove('several:2');
      expect(entries).toEqual([{ action: 'untagged', reference: 'several:2' }]);
      expect((await imageOf(engine, id)).references).toEqual(['several:1']);
      await maker.remove('several:1');
    });

    test('of the last name removes the image', async () => {
      const { engine, maker, kind } = get();
      const id = await maker.tiny('localhost:5000/x/last:1');
      const entries = await engine.remove('localhost:5000/x/last:1');
      expect(untagged(entries)).toContain('localhost:5000/x/last:1');
      if (kind !== 'podman') expect(deleted(entries)).toContain(id);
      for (const gone of deleted(entries)) expect(gone).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect((await allImages(engine)).has(id)).toBe(false);
      await failure(engine.inspect(id), 'not-found');
    });

    test('answers in familiar names', async () => {
      const { engine, maker } = get();
      await maker.tiny('team/familiar:1');
      const entries = await engine.remove('docker.io/team/familiar:1');
      expect(untagged(entries)).toContain('team/familiar:1');
      expect(JSON.stringify(entries)).not.toMatch(/docker\.io|<none>/);
    });

    test('by id, full or short, takes an image with its one name, or with none', async () => {
      const { engine, maker } = get();
      const [named, nameless] = [await maker.tiny('by-id:1'), await maker.tiny('by-id:2')];
      await maker.tiny('by-id:3');
      await maker.tag('by-id:3', 'by-id:2');
      await engine.remove(named);
      await engine.remove(nameless.slice('sha256:'.length, 'sha256:'.length + 12));
      const left = await allImages(engine);
      expect([named, nameless].filter((id) => left.has(id))).toEqual([]);
      await maker.remove('by-id:2');
      await maker.remove('by-id:3');
    });

    test('by id of an image with several names needs force', async () => {
      const { engine, maker } = get();
      const id = await maker.tiny('many:1');
      await maker.tag('many:1', 'many:2');
      await maker.tag('many:1', 'other/many:1');
      await failure(engine.remove(id), 'several-names');
      expect((await imageOf(engine, id)).references).toEqual(['many:1', 'many:2', 'other/many:1']);
      const entries = await engine.remove(id, { force: true });
      expect(untagged(entries)).toEqual(expect.arrayContaining(['many:1', 'many:2', 'other/many:1']));
      expect((await allImages(engine)).has(id)).toBe(false);
    });

    test('of the last name of a parent leaves its children whole', async () => {
      const { engine, maker, kind } = get();
      const parent = await maker.layered('base:1', 'parent', { tags: ['parent:1'] });
      const child = await maker.layered('parent:1', 'offspring', { tags: ['offspring:1'] });
      const entries = await engine.remove('parent:1');
      expect(untagged(entries)).toContain('parent:1');
      const left = await allImages(engine);
      if (kind === 'docker-classic') {
        expect(deleted(entries)).toEqual([]);
        expect(left.get(parent)).toMatchObject({ role: 'intermediate', references: [] });
      }
      expect(left.get(parent)?.references ?? []).toEqual([]);
      expect(left.get(child)?.references).toEqual(['offspring:1']);
      expect((await engine.layers(child)).layers).toHaveLength(3);
      await engine.remove('offspring:1');
      const after = await allImages(engine);
      expect([parent, child].filter((id) => after.has(id))).toEqual([]);
    });

    test('by id of a parent is refused on a classic store', async (context) => {
      const { engine, fixtures, kind } = get();
      context.skip(kind !== 'docker-classic', 'only classic Docker protects parents');
      const error = await failure(engine.remove(fixtures.base), 'has-children');
      await failure(engine.remove(fixtures.base, { force: true }), 'has-children');
      expect(error.retryable).toBe(false);
      expect((await imageOf(engine, fixtures.base)).references).toEqual(['base:1']);
    });

    test('takes untagged parents along, unless told not to', async (context) => {
      const { engine, maker, kind } = get();
      context.skip(kind === 'embedded', 'an OCI layout keeps no parents');
      const before = new Set((await allImages(engine)).keys());
      const left = async () => [...(await allImages(engine)).keys()].filter((id) => !before.has(id)).length;
      const steps = ['ENV PRUNE=1', 'ENV PRUNE=2', 'ENV PRUNE=3'];
      await maker.build('base:1', steps, { tags: ['steps:1'] });
      expect(await left()).toBeGreaterThan(1);
      await engine.remove('steps:1', { noPrune: true });
      // Podman 4.3 knows no such option.
      if (kind !== 'podman') expect(await left()).toBeGreaterThan(0);
      await maker.build('base:1', steps, { tags: ['steps:1'] });
      await engine.remove('steps:1');
      expect(await left()).toBe(0);
    });

    test('of a digest reference only removes that', async (context) => {
      const { engine, fixtures, kind } = get();
      context.skip(fixtures.pushed === '', 'there is no registry to push to');
      const isAble = kind === 'docker-classic' || kind === 'embedded';
      context.skip(!isAble, 'other stores remove a digest with its repository');
      const { digests, references } = await imageOf(engine, fixtures.app);
      expect(await engine.remove(digests[0] ?? '')).toEqual([{ action: 'untagged', reference: digests[0] }]);
      expect(await imageOf(engine, fixtures.app)).toMatchObject({ digests: [], references });
    });
  });
}
