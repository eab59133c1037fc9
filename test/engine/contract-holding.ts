/** The contract: containers hold their images, and no removal deletes a container. */
import { describe, expect, test } from 'vitest';
import { allImages, failure, type GetSubject, imageOf, needContainers } from './contract-subject.ts';

export function holdingContract(get: GetSubject): void {
  /** An image of its own in a container; the container is taken away again afterwards. */
  const held = async (
    name: string,
    state: 'running' | 'stopped',
    body: (id: string, isThere: () => Promise<boolean>) => Promise<void>,
  ) => {
    const { maker, engine } = get();
    const id = await maker.layered('base:1', name, { tags: [`${name}:1`] });
    const container = await maker.container(`${name}:1`, { name: `${name}-box` });
    if (state === 'stopped') await maker.killContainer(container);
    const isThere = async () => {
      const found = (await engine.containers?.list())?.find((one) => one.id === container);
      return found?.name === `${name}-box` && found.running === (state === 'running');
    };
    expect(await isThere()).toBe(true);
    try {
      await body(id, isThere);
    } finally {
      await maker.removeContainer(container);
      await maker.remove(id, { force: true }).catch(() => {});
    }
    expect((await allImages(engine)).has(id)).toBe(false);
  };

  describe('an image in use', () => {
    for (const state of ['running', 'stopped'] as const) {
      test(`by a ${state} container is not removed without force`, async (context) => {
        const subject = get();
        needContainers(subject, context);
        await held(`held-${state}`, state, async (id, isThere) => {
          for (const target of [`held-${state}:1`, id]) {
            const error = await failure(subject.engine.remove(target), 'in-use');
            expect(error.message).toMatch(new RegExp(`held-${state}|${id.slice(7, 19)}`));
          }
          expect(await isThere()).toBe(true);
          expect((await imageOf(subject.engine, id)).references).toEqual([`held-${state}:1`]);
        });
      });
    }

    test('by a stopped container goes with force on Docker, and the container stays', async (context) => {
      const subject = get();
      needContainers(subject, context);
      const { engine, kind } = subject;
      await held('forced', 'stopped', async (id, isThere) => {
        if (kind === 'podman') await failure(engine.remove('forced:1', { force: true }), 'in-use');
        else {
          const entries = await engine.remove('forced:1', { force: true });
          expect(entries).toContainEqual({ action: 'untagged', reference: 'forced:1' });
          expect((await allImages(engine)).get(id)?.references ?? []).toEqual([]);
        }
        expect(await isThere()).toBe(true);
      });
    });

    test('by a running container loses at most its name with force, and the container runs on', async (context) => {
      const subject = get();
      needContainers(subject, context);
      const { engine, kind } = subject;
      await held('busy', 'running', async (id, isThere) => {
        await failure(engine.remove(id, { force: true }), 'in-use');
        expect(await isThere()).toBe(true);
        if (kind === 'podman') await failure(engine.remove('busy:1', { force: true }), 'in-use');
        else await engine.remove('busy:1', { force: true });
        expect(await isThere()).toBe(true);
        expect((await allImages(engine)).has(id)).toBe(true);
      });
    });

    test('can lose a name while it keeps another', async (context) => {
      const subject = get();
      needContainers(subject, context);
      const { engine, maker } = subject;
      await held('twofold', 'running', async (id, isThere) => {
        await maker.tag('twofold:1', 'twofold:2');
        expect(await engine.remove('twofold:2')).toEqual([{ action: 'untagged', reference: 'twofold:2' }]);
        await maker.tag('twofold:1', 'twofold:3');
        expect(await engine.remove('twofold:3', { force: true })).toEqual([
          { action: 'untagged', reference: 'twofold:3' },
        ]);
        expect((await imageOf(engine, id)).references).toEqual(['twofold:1']);
        expect(await isThere()).toBe(true);
      });
    });

    test('by what a failed build left behind is told so', async (context) => {
      const subject = get();
      const containers = needContainers(subject, context);
      const { engine, maker, kind } = subject;
      const known = new Set((await containers.list()).map((container) => container.id));
      const id = await maker.layered('base:1', 'broken', { tags: ['broken:1'] });
      await maker.failBuild('broken:1');
      const left = (await containers.list()).filter((container) => !known.has(container.id));
      try {
        expect(left).toHaveLength(1);
        expect(left[0]).toMatchObject({ running: false, imageId: id });
        expect(left[0]?.name).not.toBe('');
        await failure(engine.remove('broken:1'), 'in-use');
        if (kind === 'podman') await failure(engine.remove('broken:1', { force: true }), 'in-use');
        expect((await containers.list()).map((container) => container.id)).toContain(left[0]?.id);
      } finally {
        for (const container of left) await maker.removeContainer(container.id);
      }
      await engine.remove('broken:1');
      expect((await allImages(engine)).has(id)).toBe(false);
    });
  });
}
