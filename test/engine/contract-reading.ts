/** The contract: one image and its history. */
import { describe, expect, test } from 'vitest';
import { CJK } from '../support/fixtures.ts';
import { allImages, failure, type GetSubject, imageOf, stringsOf } from './contract-subject.ts';

const NO_SUCH_ID = `sha256:${'0123456789abcdef'.repeat(4)}`;
const MALFORMED = [
  '',
  'Upper:1',
  'a b',
  'a::b',
  ':1',
  'app:',
  '../json',
  'app:1?x=y',
  'a\nb',
  '-x',
  `a:${'t'.repeat(129)}`,
];

export function readingContract(get: GetSubject): void {
  describe('inspect', () => {
    test('finds an image by any name, id, id prefix and digest', async () => {
      const { engine, fixtures } = get();
      const hex = fixtures.app.slice('sha256:'.length);
      const { digests } = await imageOf(engine, fixtures.app);
      const full = ['docker.io/library/app:1', 'index.docker.io/team/app:1', 'library/app:one'];
      const ids = [fixtures.app, hex, hex.slice(0, 12), `sha256:${hex.slice(0, 12)}`];
      for (const name of ['app:1', 'app:one', 'team/app:1', ...full, ...ids, ...digests]) {
        expect((await engine.inspect(name)).id, name).toBe(fixtures.app);
      }
      expect((await engine.inspect('localhost:5000/a/b:tag')).id).toBe(fixtures.ported);
    });

    test('tells the same names as the list, and the config', async () => {
      const { engine, fixtures } = get();
      const listed = await imageOf(engine, fixtures.app);
      const detail = await engine.inspect('app:1');
      expect(detail).toMatchObject({
        references: listed.references,
        digests: listed.digests,
        parentId: listed.parentId,
        platform: engine.info.platform,
      });
      expect(Math.abs(Date.parse(detail.created) / 1000 - listed.created)).toBeLessThan(2);
      expect(detail.size).toBeGreaterThan(0);
      expect(detail.sizeMeaning).not.toBe('');
      expect(detail.config.cmd).toEqual(['/bin/sh']);
      expect(detail.config.labels).toMatchObject({ stage: 'test' });
      expect((await engine.inspect('cjk:1')).config.env).toContain(`GREETING=${CJK}`);
      expect(detail.diffIds).toHaveLength(2);
      expect(stringsOf(detail.raw).join()).toContain(fixtures.app.slice('sha256:'.length));
    });

    test('tells no names of an image that has none', async () => {
      const { engine, fixtures } = get();
      const detail = await engine.inspect(fixtures.dangling);
      expect(detail).toMatchObject({ id: fixtures.dangling, references: [], digests: [] });
    });

    test('of every kind of image has lists, not nulls', async () => {
      const { engine } = get();
      for (const id of (await allImages(engine)).keys()) {
        const { config, lastTagged } = await engine.inspect(id);
        for (const key of [
          'cmd',
          'entrypoint',
          'env',
          'exposedPorts',
          'volumes',
          'onBuild',
          'healthcheck',
        ] as const) {
          expect(Array.isArray(config[key]), `${key} of ${id}`).toBe(true);
        }
        for (const key of ['workingDir', 'user', 'stopSignal'] as const)
          expect(typeof config[key]).toBe('string');
        expect(lastTagged).not.toMatch(/^0001-/);
      }
    });

    test('of a command line: all parts of the config', async () => {
      const { engine, maker } = get();
      const id = await maker.build(
        'base:1',
        [
          'ENTRYPOINT ["/bin/sh", "-c"]',
          'EXPOSE 80 53/udp',
          'VOLUME /data',
          'WORKDIR /work',
          'USER 1000:1000',
          'STOPSIGNAL SIGINT',
        ],
        { tags: ['config:1'] },
      );
      const { config } = await engine.inspect(id);
      expect(config).toMatchObject({
        entrypoint: ['/bin/sh', '-c'],
        volumes: ['/data'],
        workingDir: '/work',
        user: '1000:1000',
        stopSignal: 'SIGINT',
      });
      expect([...config.exposedPorts].sort()).toEqual(['53/udp', '80/tcp']);
      await maker.remove('config:1');
    });
  });

  describe('what is not there', () => {
    test('is not-found, and the message names it', async () => {
      const { engine } = get();
      for (const name of [
        'nope:1',
        'nope',
        'localhost:5000/nope:1',
        NO_SUCH_ID,
        NO_SUCH_ID.slice(7),
        'fedcba987654',
      ]) {
        const calls = [
          engine.inspect(name),
          engine.history(name),
          engine.layers(name),
          engine.tag(name, 'never:1'),
          engine.remove(name),
          engine.remove(name, { force: true }),
        ];
        for (const { message } of await Promise.all(calls.map((call) => failure(call, 'not-found')))) {
          expect(message).toContain(name.replace('sha256:', '').slice(0, 12));
        }
      }
    });

    test('is bad-input where it cannot be a name', async () => {
      const { engine } = get();
      for (const name of MALFORMED) {
        const calls = [engine.inspect(name), engine.history(name), engine.layers(name), engine.remove(name)];
        await Promise.all(calls.map((call) => failure(call, 'bad-input')));
        await failure(engine.tag('app:1', name), 'bad-input');
      }
    });
  });

  describe('history', () => {
    test('is newest first and complete', async () => {
      const { engine, fixtures, kind } = get();
      const history = await engine.history('cjk:1');
      const steps = history.map((row) => row.createdBy).join('\n');
      expect(steps).toContain(`GREETING=${CJK}`);
      expect(steps.indexOf('/greeting')).toBeLessThan(steps.indexOf('GREETING='));
      for (const row of history) {
        expect(row.id).toMatch(/^(sha256:[0-9a-f]{64})?$/);
        expect(Number.isSafeInteger(row.size) && row.size >= 0).toBe(true);
        expect(row.references.join()).not.toContain('docker.io/library');
        expect(Math.abs(row.created - Date.now() / 1000)).toBeLessThan(3600);
      }
      if (kind === 'docker-classic') {
        expect(history[0]).toMatchObject({ id: fixtures.cjk, references: ['cjk:1'] });
        const { size } = await imageOf(engine, fixtures.cjk);
        expect(history.reduce((sum, row) => sum + row.size, 0)).toBe(size);
      }
    });

    test('of every image can be read', async () => {
      const { engine } = get();
      for (const id of (await allImages(engine)).keys()) {
        expect((await engine.history(id)).length).toBeGreaterThan(0);
      }
    });
  });
}
