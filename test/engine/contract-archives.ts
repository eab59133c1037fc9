/** The contract: saving, loading and importing archives. */

import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { EngineError } from '../../src/engine/errors.ts';
import { publish } from '../support/registry-image.ts';
import { tinyRootfs } from '../support/rootfs.ts';
import { tarOf } from '../support/tar.ts';
import { allImages, failure, type GetSubject, imageOf } from './contract-subject.ts';
import { cancelWhen, expectEvents, follow } from './contract-transfer.ts';

/** Takes all, at its own pace. */
class Sink extends Writable {
  readonly chunks: Buffer[] = [];
  readonly #delay: number;

  constructor(delay = 0) {
    super();
    this.#delay = delay;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.chunks.push(chunk);
    if (this.#delay === 0) done();
    else setTimeout(done, this.#delay);
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** In pieces, as files and networks give it. */
function sourceOf(
  bytes: Buffer,
  options: { readonly piece?: number; readonly delay?: number } = {},
): Readable {
  const { piece = 65_536, delay = 0 } = options;
  return Readable.from(
    (async function* () {
      for (let at = 0; at < bytes.length; at += piece) {
        if (delay > 0) await sleep(delay);
        yield bytes.subarray(at, at + piece);
      }
    })(),
    { objectMode: false },
  );
}

async function saved(engine: Engine, ...images: string[]): Promise<Buffer> {
  const sink = new Sink();
  const { result } = await follow(engine.save(images, sink));
  expect(result.bytes).toBe(sink.bytes.length);
  expect(sink.writableFinished).toBe(true);
  return sink.bytes;
}

export function archivesContract(get: GetSubject): void {
  const idsOf = async () => [...(await allImages(get().engine)).keys()].sort();

  /** An image of its own under these names, and what engines must keep of it. */
  const made = async (salt: string, ...names: readonly [string, ...string[]]) => {
    const { engine, maker } = get();
    const [first, ...others] = names;
    const id = await maker.layered('base:1', salt, { tags: [first], labels: { salt }, bytes: 200_000 });
    for (const name of others) await maker.tag(first, name);
    const { config, diffIds, created } = await engine.inspect(id);
    return { id, kept: { id, config, diffIds, created } };
  };
  const keptOf = async (name: string) => {
    const { id, config, diffIds, created } = await get().engine.inspect(name);
    return { id, config, diffIds, created };
  };
  const removeAll = async (...names: string[]) => {
    for (const name of names) await get().engine.remove(name);
  };

  describe('an archive', () => {
    test('brings an image back as it was, under its name', async () => {
      const { engine } = get();
      const { id, kept } = await made('trip', 'trip:1');
      const archive = await saved(engine, 'trip:1');
      await removeAll('trip:1');
      const { result, parts } = await follow(engine.load(sourceOf(archive)));
      expect(result).toEqual({ images: [{ id, references: ['trip:1'] }] });
      expect(await keptOf('trip:1')).toEqual(kept);
      expect(parts).toContainEqual(
        expect.objectContaining({
          id: 'archive',
          stage: 'done',
          done: archive.length,
          total: archive.length,
        }),
      );
      expect((await imageOf(engine, id)).references).toEqual(['trip:1']);
    });

    test('holds several images, with all names that were asked for', async () => {
      const { engine } = get();
      const one = await made('several-one', 'several/one:1', 'several/one:2', 'several/one:3');
      const two = await made('several-two', 'several/two:1');
      const archive = await saved(engine, 'several/one:1', 'several/one:2', 'several/two:1');
      await removeAll('several/one:1', 'several/one:2', 'several/one:3', 'several/two:1');
      const { result } = await follow(engine.load(sourceOf(archive)));
      const byId = new Map(result.images.map(({ id, references }) => [id, [...references].sort()]));
      expect(byId).toEqual(
        new Map([
          [one.id, ['several/one:1', 'several/one:2']],
          [two.id, ['several/two:1']],
        ]),
      );
      expect(await keptOf('several/one:2')).toEqual(one.kept);
      expect(await keptOf('several/two:1')).toEqual(two.kept);
      await failure(engine.inspect('several/one:3'), 'not-found');
    });

    test('of an id has no names', async () => {
      const { engine } = get();
      const { id, kept } = await made('nameless', 'nameless:1');
      const archive = await saved(engine, id);
      await removeAll('nameless:1');
      const { result } = await follow(engine.load(sourceOf(archive)));
      expect(result).toEqual({ images: [{ id, references: [] }] });
      expect((await imageOf(engine, id)).references).toEqual([]);
      expect(await keptOf(id)).toEqual(kept);
    });

    test('of what is there already changes nothing but names that moved', async () => {
      const { engine, maker } = get();
      const { id } = await made('again', 'again:1');
      const namesOf = async (image: string) => (await allImages(engine)).get(image)?.references ?? [];
      const archive = await saved(engine, 'again:1');
      await follow(engine.load(sourceOf(archive)));
      expect((await imageOf(engine, id)).references).toEqual(['again:1']);
      const usurper = await maker.tiny('again:1', { salt: 'usurper' });
      expect((await imageOf(engine, usurper)).references).toEqual(['again:1']);
      const { result } = await follow(engine.load(sourceOf(archive)));
      expect(result.images).toEqual([{ id, references: ['again:1'] }]);
      expect((await imageOf(engine, id)).references).toEqual(['again:1']);
      expect(await namesOf(usurper)).toEqual([]);
    });

    test('comes and goes with events', async () => {
      const { engine } = get();
      await made('archive-event', 'archive-event:1');
      const archive = await saved(engine, 'archive-event:1');
      await removeAll('archive-event:1');
      // Engines disagree about what a load is called: some only tell of the name that it gives.
      await expectEvents(engine, ['load', 'tag', 'pull', 'import'], () =>
        follow(engine.load(sourceOf(archive))),
      );
    });
  });

  describe('save', () => {
    test('of what is not there says so, and writes nothing', async () => {
      const { engine } = get();
      for (const names of [['missing:1'], ['lone:1', 'missing:1']]) {
        const sink = new Sink();
        const error = await failure(follow(engine.save(names, sink)), 'not-found');
        expect(error.message).toContain('missing:1');
        expect([sink.bytes.length, sink.destroyed, sink.writableFinished]).toEqual([0, true, false]);
      }
      await failure(follow(engine.save([], new Sink())), 'bad-input');
    });

    test('waits for whom it writes to', async () => {
      const { engine, registries } = get();
      const name = `${registries.open.address}/archive/big:1`;
      await publish(name, { layers: [40_000_000] });
      await follow(engine.pull(name));
      const sink = new Sink();
      const stuck = Promise.withResolvers<void>();
      let release = () => {};
      sink._write = (chunk, _encoding, done) => {
        sink.chunks.push(chunk);
        release = done;
        stuck.resolve();
      };
      const saving = follow(engine.save([name], sink));
      await stuck.promise;
      await sleep(1000);
      expect(sink.chunks).toHaveLength(1);
      expect(sink.writableLength).toBeLessThan(2_000_000);
      sink._write = (chunk, _encoding, done) => {
        sink.chunks.push(chunk);
        done();
      };
      release();
      const { result } = await saving;
      expect(result.bytes).toBeGreaterThan(40_000_000);
      expect(sink.bytes.length).toBe(result.bytes);
    });

    test('fails when what it writes to fails', async () => {
      const { engine } = get();
      for (const [code, wanted] of [
        ['ENOSPC', 'no-space'],
        ['EIO', 'engine'],
      ] as const) {
        const sink = new Writable({
          write: (_chunk, _encoding, done) => done(Object.assign(new Error('it is over'), { code })),
        });
        await failure(follow(engine.save(['base:1'], sink)), wanted);
        expect(sink.destroyed).toBe(true);
      }
      const gone = new Sink();
      gone.destroy();
      await failure(follow(engine.save(['base:1'], gone)), 'engine');
    });

    test('stops in the middle when it is aborted, or nobody wants more', async () => {
      const { engine } = get();
      const sink = new Sink(5);
      const save = cancelWhen(
        (signal) => engine.save(['base:1'], sink, { signal }),
        (event) => event.type === 'part' && event.done > 0,
      );
      await failure(save, 'cancelled');
      expect([sink.destroyed, sink.writableFinished]).toEqual([true, false]);
      const other = new Sink(5);
      for await (const event of engine.save(['base:1'], other))
        if (event.type === 'part' && event.done > 0) break;
      expect([other.destroyed, other.writableFinished]).toEqual([true, false]);
      await failure(
        follow(engine.save(['base:1'], new Sink(), { signal: AbortSignal.abort() })),
        'cancelled',
      );
    });
  });

  describe('load', () => {
    test('of what is no archive of images says so, and leaves nothing', async () => {
      const { engine } = get();
      const before = await idsOf();
      const bad = [
        Buffer.alloc(3_000_000, 'garbage'),
        Buffer.alloc(10_240),
        Buffer.alloc(0),
        await tinyRootfs('no image'),
        await tarOf([{ name: 'manifest.json', content: '[{"Config":"../../etc/passwd","Layers":[]}]' }]),
      ];
      for (const bytes of bad) await failure(follow(engine.load(sourceOf(bytes))), 'bad-input', 'corrupt');
      await failure(follow(engine.load(sourceOf(bad[0]!))), 'bad-input');
      await failure(follow(engine.load(sourceOf(await tinyRootfs('no image')))), 'bad-input');
      expect(await idsOf()).toEqual(before);
    });

    test('of an archive that breaks off fails, and leaves nothing', async () => {
      const { engine } = get();
      await made('broken-off', 'broken-off:1');
      const archive = await saved(engine, 'broken-off:1');
      await removeAll('broken-off:1');
      const before = await idsOf();
      for (const end of [archive.length - 4000, archive.length >> 1, 100_000, 700]) {
        await failure(follow(engine.load(sourceOf(archive.subarray(0, end)))), 'corrupt', 'bad-input');
        expect(await idsOf(), `cut at ${end}`).toEqual(before);
      }
    });

    test('of a source that fails says why, and leaves nothing', async () => {
      const { engine } = get();
      await made('failing', 'failing:1');
      const archive = await saved(engine, 'failing:1');
      await removeAll('failing:1');
      const before = await idsOf();
      const source = Readable.from(
        (async function* () {
          yield archive.subarray(0, 100_000);
          throw new Error('the disk is on fire');
        })(),
      );
      const error = await failure(follow(engine.load(source)), 'bad-input', 'corrupt', 'engine');
      expect(error.message).toContain('the disk is on fire');
      expect(source.destroyed).toBe(true);
      expect(await idsOf()).toEqual(before);
    });

    test('stops in the middle when it is aborted, and leaves nothing', async () => {
      const { engine } = get();
      await made('stopped', 'stopped:1');
      const archive = await saved(engine, 'stopped:1');
      await removeAll('stopped:1');
      const before = await idsOf();
      const slow = sourceOf(archive, { piece: 20_000, delay: 20 });
      const load = cancelWhen(
        (signal) => engine.load(slow, { signal }),
        (event) => event.type === 'part' && event.done > 0,
      );
      await failure(load, 'cancelled');
      expect(slow.destroyed).toBe(true);
      // Nothing more ever comes from this one.
      const silent = new Readable({ read() {} });
      silent.push(archive.subarray(0, 50_000));
      const stop = new AbortController();
      const waiting = follow(engine.load(silent, { signal: stop.signal }));
      setTimeout(() => stop.abort(), 200);
      await failure(waiting, 'cancelled');
      expect(await idsOf()).toEqual(before);
      const { result } = await follow(engine.load(sourceOf(archive)));
      expect(result.images[0]?.references).toEqual(['stopped:1']);
    });

    test('takes no more than the engine takes', async () => {
      const { engine } = get();
      // Nobody pulls its events, so it stands still.
      let given = 0;
      const endless = new Readable({
        read() {
          given += 65_536;
          this.push(Buffer.alloc(65_536));
        },
      });
      const transfer = engine.load(endless);
      await transfer.next();
      await sleep(500);
      expect(given).toBeLessThan(8_000_000);
      await transfer.return(undefined as never);
    });
  });

  describe('import', () => {
    test('makes an image of one layer, with a name, a message and changes', async () => {
      const { engine } = get();
      const changes = [
        'CMD ["/bin/app", "--now"]',
        'ENV MODE=fast',
        'WORKDIR /srv',
        'LABEL colour="dark green"',
      ];
      const rootfs = await tinyRootfs('import', 300_000);
      const { result, parts } = await follow(
        engine.import(sourceOf(rootfs), { reference: 'imported:1', message: 'by hand', changes }),
      );
      expect(result.reference).toBe('imported:1');
      const detail = await engine.inspect('imported:1');
      expect(detail).toMatchObject({ id: result.id, comment: 'by hand' });
      expect(detail.diffIds).toHaveLength(1);
      expect(detail.config).toMatchObject({
        cmd: ['/bin/app', '--now'],
        env: ['MODE=fast'],
        workingDir: '/srv',
        labels: { colour: 'dark green' },
      });
      expect(parts).toEqual([
        { type: 'part', id: 'archive', stage: 'done', done: rootfs.length, total: rootfs.length },
      ]);
      expect((await imageOf(engine, result.id)).references).toEqual(['imported:1']);
    });

    test('without a name leaves it dangling; with one that is taken it moves', async () => {
      const { engine } = get();
      const first = await follow(engine.import(sourceOf(await tinyRootfs('import-a'))));
      expect(first.result.reference).toBe('');
      expect(await imageOf(engine, first.result.id)).toMatchObject({ references: [], role: 'dangling' });
      const second = await follow(
        engine.import(sourceOf(await tinyRootfs('import-b')), { reference: 'taken' }),
      );
      expect(second.result.reference).toBe('taken:latest');
      const third = await follow(
        engine.import(sourceOf(await tinyRootfs('import-c')), { reference: 'taken' }),
      );
      expect((await engine.inspect('taken')).id).toBe(third.result.id);
      expect((await allImages(engine)).get(second.result.id)?.references ?? []).toEqual([]);
    });

    test('takes the platform it is told', async () => {
      const { engine } = get();
      for (const platform of ['linux/amd64', 'linux/arm64']) {
        const rootfs = sourceOf(await tinyRootfs(`import ${platform}`));
        const id = await follow(engine.import(rootfs, { platform })).then(
          ({ result }) => result.id,
          (thrown: EngineError) => {
            // Old engines make images for their own alone.
            expect([platform === engine.info.platform, thrown.code]).toEqual([false, 'unsupported']);
            return '';
          },
        );
        if (id !== '') expect((await engine.inspect(id)).platform).toMatch(new RegExp(`^${platform}`));
      }
    });

    test('refuses what it cannot use, and leaves nothing', async () => {
      const { engine } = get();
      const before = await idsOf();
      const rootfs = await tinyRootfs('refused', 100_000);
      const load = (bytes: Buffer, options: Parameters<Engine['import']>[1]) =>
        follow(engine.import(sourceOf(bytes), options));
      await failure(load(Buffer.alloc(200_000, 'garbage'), { reference: 'refused:1' }), 'bad-input');
      await failure(load(Buffer.alloc(200_000, 'garbage'), {}), 'bad-input');
      await failure(load(rootfs.subarray(0, 60_000), { reference: 'refused:1' }), 'corrupt', 'bad-input');
      await failure(load(rootfs, { reference: 'refused:1', changes: ['FROB x'] }), 'bad-input');
      await failure(load(rootfs, { reference: 'refused:1', changes: ['RUN x'] }), 'bad-input');
      await failure(load(rootfs, { reference: 'Refused:1' }), 'bad-input');
      await failure(load(rootfs, { reference: `a@sha256:${'0'.repeat(64)}` }), 'bad-input');
      await failure(load(rootfs, { reference: 'refused:1', platform: 'no such' }), 'bad-input');
      expect(await idsOf()).toEqual(before);
    });

    test('stops in the middle when it is aborted, and leaves nothing', async () => {
      const { engine } = get();
      const before = await idsOf();
      const slow = sourceOf(await tinyRootfs('import-slow', 400_000), { piece: 20_000, delay: 20 });
      const running = cancelWhen(
        (signal) => engine.import(slow, { reference: 'import-slow:1', signal }),
        (event) => event.type === 'part' && event.done > 0,
      );
      await failure(running, 'cancelled');
      expect(slow.destroyed).toBe(true);
      await sleep(300);
      expect(await idsOf()).toEqual(before);
      await failure(engine.inspect('import-slow:1'), 'not-found');
    });
  });
}
