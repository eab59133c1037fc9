/** The contract: giving and moving names. */
import { describe, expect, test } from 'vitest';
import { failure, type GetSubject, imageOf } from './contract-subject.ts';

export function namingContract(get: GetSubject): void {
  describe('tag', () => {
    test('adds a name; without a tag it is latest', async () => {
      const { engine, fixtures, maker } = get();
      await engine.tag('lone:1', 'lone:new');
      await engine.tag(fixtures.lone, 'plain');
      await engine.tag(
        fixtures.lone.slice('sha256:'.length, 'sha256:'.length + 12),
        'docker.io/library/full:1',
      );
      const { references } = await imageOf(engine, fixtures.lone);
      expect(references).toEqual(['full:1', 'lone:1', 'lone:new', 'plain:latest']);
      for (const name of ['full:1', 'lone:new', 'plain']) await maker.remove(name);
    });

    test('takes names with a registry, its port and a path, and keeps their tag', async () => {
      const { engine, fixtures, maker } = get();
      const names = [
        'localhost:5000/a/b:other',
        'registry.example.com/deep/er/path_with.odd--chars:V1_2.3-x',
        '[::1]:5000/six:1',
        `${'n'.repeat(120)}/${'m'.repeat(80)}:${'t'.repeat(50)}`,
      ];
      const taken: string[] = [];
      for (const name of names) {
        // Engines of different ages disagree about IPv6 registries; what they take must come back whole.
        const error = await engine.tag('lone:1', name).then(
          () => undefined,
          (thrown) => thrown,
        );
        if (error === undefined) taken.push(name);
        else expect([name, error.code]).toEqual(['[::1]:5000/six:1', 'bad-input']);
      }
      expect((await imageOf(engine, fixtures.lone)).references).toEqual([...taken, 'lone:1'].sort());
      for (const name of taken) {
        expect((await engine.inspect(name)).id).toBe(fixtures.lone);
        await maker.remove(name);
      }
    });

    test('moves a name that another image carries', async () => {
      const { engine, maker } = get();
      const first = await maker.tiny('moving:1', { salt: 'first' });
      const second = await maker.tiny('second:1', { salt: 'second' });
      await engine.tag('second:1', 'moving:1');
      expect((await imageOf(engine, second)).references).toEqual(['moving:1', 'second:1']);
      expect(await imageOf(engine, first)).toMatchObject({ references: [], role: 'dangling' });
      await engine.tag(second, 'second:1');
      expect((await imageOf(engine, second)).references).toEqual(['moving:1', 'second:1']);
      for (const image of [first, 'moving:1', 'second:1']) await maker.remove(image);
    });

    test('refuses what is no name, and changes nothing', async () => {
      const { engine, fixtures } = get();
      const digest = `lone@sha256:${'0'.repeat(64)}`;
      for (const name of [
        '',
        'Bad:1',
        'bad:tag:2',
        'bad tag',
        'a'.repeat(256),
        `a:${'b'.repeat(129)}`,
        digest,
      ]) {
        await failure(engine.tag('lone:1', name), 'bad-input');
      }
      expect((await imageOf(engine, fixtures.lone)).references).toEqual(['lone:1']);
    });
  });
}
