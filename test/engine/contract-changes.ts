/** The contract: what a container has changed, and the image that becomes of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ContainerRuns } from './container-runs.ts';
import { failure, type GetSubject, imageOf, needContainers } from './contract-subject.ts';

export function changesContract(get: GetSubject, { leftover, run, runAndRemove }: ContainerRuns): void {
  describe('what it changed', () => {
    const CHANGING = [
      'trap exit TERM',
      'mkdir -p /new/in',
      'echo x >/new/in/file',
      'rm /bin/vi',
      'echo >>/etc/passwd',
      'while :; do sleep 0.2; done',
    ].join('; ');
    let container = '';
    beforeAll(async () => {
      const { engine, maker } = get();
      if (engine.containers === undefined) return;
      container = await maker.container('base:1', { name: 'changing', command: ['sh', '-c', CHANGING] });
      for (let round = 0; round < 100; round++) {
        if ((await engine.containers.changes(container)).some(({ path }) => path === '/etc/passwd')) break;
        await sleep(50);
      }
    });

    test('is listed by path', async (context) => {
      const containers = needContainers(get(), context);
      const changes = await containers.changes('changing');
      expect(changes).toEqual(await containers.changes(container));
      // Engines disagree about folders that something was changed in.
      const files = changes.filter(({ path }) => !['/etc', '/bin', '/run'].includes(path));
      expect(files).toEqual([
        { path: '/bin/vi', kind: 'deleted' },
        { path: '/etc/passwd', kind: 'modified' },
        { path: '/new', kind: 'added' },
        { path: '/new/in', kind: 'added' },
        { path: '/new/in/file', kind: 'added' },
      ]);
      const { container: idle } = await run({ command: ['true'] });
      expect((await containers.changes(idle)).filter(({ path }) => path !== '/etc')).toEqual([]);
      await containers.remove(idle);
      for (const name of ['nobody', 'base', idle]) await failure(containers.changes(name), 'not-found');
      await failure(containers.changes('../images/base:1'), 'bad-input');
    });

    test('becomes an image, as it is described', async (context) => {
      const { engine, kind } = get();
      const containers = needContainers(get(), context);
      const made = await containers.commit(container, {
        reference: 'committed:1',
        author: 'Ann <ann@acme.com>',
        message: 'by händ',
        changes: [
          'CMD ["/bin/sh", "-c", "cat /new/in/file"]',
          'ENV A=1 B="two words"',
          'ENV C=$A/c',
          'EXPOSE 80 53/udp',
          'LABEL one=1 two="2 2"',
          'STOPSIGNAL SIGINT',
          'USER 5',
          'VOLUME /data /more',
          'WORKDIR /srv',
          'WORKDIR app',
          'ONBUILD RUN true',
        ],
      });
      expect(made).toEqual({
        id: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        reference: 'committed:1',
      });
      expect((await imageOf(engine, made.id)).references).toEqual(['committed:1']);
      const { author, comment, config } = await engine.inspect('committed:1');
      expect([author, comment]).toEqual(['Ann <ann@acme.com>', 'by händ']);
      expect(config).toMatchObject({
        cmd: ['/bin/sh', '-c', 'cat /new/in/file'],
        env: expect.arrayContaining(['A=1', 'B=two words', 'C=1/c']),
        exposedPorts: ['53/udp', '80/tcp'],
        labels: { one: '1', two: '2 2' },
        stopSignal: expect.stringMatching(/^(SIGINT|2)$/),
        user: '5',
        volumes: ['/data', '/more'],
        workingDir: '/srv/app',
      });
      // Podman keeps it, and leaves it out of what it tells.
      if (kind !== 'podman') expect(config.onBuild).toEqual(['RUN true']);
      const ran = await runAndRemove({ image: 'committed:1', workdir: '/' });
      expect(ran).toMatchObject({ exitCode: 0, output: 'x\n' });
    });

    test('becomes an image without a name, and with one that another image had', async (context) => {
      const { engine, maker } = get();
      const containers = needContainers(get(), context);
      const nameless = await containers.commit('changing', { pause: false });
      expect(nameless.reference).toBe('');
      expect((await imageOf(engine, nameless.id)).references).toEqual([]);
      await maker.tag('base:1', 'moving:1');
      const named = await containers.commit('changing', { reference: 'moving:1', message: 'second' });
      expect((await engine.inspect('moving:1')).id).toBe(named.id);
    });

    test('becomes none where something is wrong with what was asked', async (context) => {
      const { engine } = get();
      const containers = needContainers(get(), context);
      const before = (await engine.list({ all: true })).length;
      await failure(containers.commit('nobody', { reference: 'none:1' }), 'not-found');
      await failure(containers.commit(container, { reference: 'Not:a:name' }), 'bad-input');
      await failure(
        containers.commit(container, { reference: `none@sha256:${'0'.repeat(64)}` }),
        'bad-input',
      );
      const error = await failure(containers.commit(container, { changes: ['RUN true'] }), 'bad-input');
      expect(error.message).toContain('RUN true');
      await failure(containers.commit(container, { signal: AbortSignal.abort() }), 'cancelled');
      expect(await engine.list({ all: true })).toHaveLength(before);
    });

    test('goes with the container, once that has been stopped', async (context) => {
      const containers = needContainers(get(), context);
      await failure(containers.remove('changing'), 'in-use');
      await containers.stop!('changing');
      await containers.stop!('changing');
      await containers.remove('changing');
      await failure(containers.stop!('changing'), 'not-found');
      expect(await leftover()).toEqual([]);
    });
  });
}
