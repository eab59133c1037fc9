/** The contract: volumes, who uses them, what is in them, and that only what nobody uses goes. */
import { describe, expect, test } from 'vitest';
import type { ContainerRuns } from './container-runs.ts';
import { failure, type GetSubject, needContainers } from './contract-subject.ts';

const DATA = 'nacre-data';

export function volumesContract(get: GetSubject, { run }: ContainerRuns): void {
  describe('volumes', () => {
    test('are listed with what uses them, measured, and removed once nothing does', async (context) => {
      const { engine } = get();
      const containers = needContainers(get(), context);
      const volumes = engine.volumes!;
      // Podman keeps those that an image declares when their container is removed, even with its volumes.
      for (const { name } of await volumes.list()) await volumes.remove(name);
      expect(await volumes.list()).toEqual([]);
      const image = await imageWithVolume();
      const command = ['sh', '-c', 'head -c 5000 /dev/zero >/data/file; head -c 700 /dev/zero >/kept/file'];
      const { container } = await run({ image, command, volumes: [`${DATA}:/data`] });
      try {
        const found = await volumes.list();
        const named = found.find(({ name }) => name === DATA)!;
        const nameless = found.find(({ name }) => name !== DATA)!;
        expect(found).toHaveLength(2);
        expect(named).toMatchObject({ driver: 'local', elsewhere: false, anonymous: false, labels: {} });
        expect(nameless).toMatchObject({ driver: 'local', elsewhere: false, anonymous: true });
        for (const one of found) {
          expect(one).toMatchObject({ users: [container], inUse: true });
          expect(Math.abs(one.created - Date.now() / 1000)).toBeLessThan(3600);
          expect(await volumes.inspect(one.name)).toEqual(one);
          expect((await failure(volumes.remove(one.name), 'in-use')).message).toMatch(/a container uses it/);
        }
        const usage = await engine.diskUsage();
        expect(usage.volumeSizes).toEqual({ [DATA]: 5000, [nameless.name]: 700 });
        expect(usage.volumes).toMatchObject({ count: 2, active: 2, size: { bytes: 5700, bound: 'exact' } });

        await containers.remove(container, { keepVolumes: true });
        expect(await volumes.list()).toEqual(found.map((one) => ({ ...one, users: [], inUse: false })));
        expect((await engine.diskUsage()).volumes).toMatchObject({ active: 0, reclaimable: { bytes: 5700 } });
        await volumes.remove(nameless.name);
        expect((await volumes.list()).map(({ name }) => name)).toEqual([DATA]);
        expect((await engine.diskUsage()).volumeSizes).toEqual({ [DATA]: 5000 });
        await volumes.remove(DATA);
      } finally {
        await containers.remove(container).catch(() => {});
        for (const { name } of await volumes.list()) await volumes.remove(name);
        await engine.remove(image, { force: true });
      }
    });

    test('that are not there, or cannot be, are said to be so', async (context) => {
      needContainers(get(), context);
      const volumes = get().engine.volumes!;
      for (const call of [() => volumes.inspect('none'), () => volumes.remove('none')])
        expect((await failure(call(), 'not-found')).message).toBe('there is no volume none on this engine');
      for (const name of ['', '.', '..', '../containers', 'a/../b', '/']) {
        await failure(volumes.inspect(name), 'bad-input');
        await failure(volumes.remove(name), 'bad-input');
      }
      const aborted = { signal: AbortSignal.abort() };
      await failure(volumes.list(aborted), 'cancelled');
      await failure(volumes.inspect('none', aborted), 'cancelled');
    });

    /** Its containers get a volume that nobody names. */
    async function imageWithVolume(): Promise<string> {
      const { engine } = get();
      const { container } = await run({ command: ['true'] });
      const reference = 'with-volume:1';
      await engine.containers!.commit(container, { reference, changes: ['VOLUME /kept'] });
      await engine.containers!.remove(container);
      return reference;
    }
  });
}
