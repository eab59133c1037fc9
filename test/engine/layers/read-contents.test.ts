/** Contents gathered from a source in memory and a real cache on disk. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type {
  ContentImage,
  ContentSource,
  ContentsEvent,
  ImageContents,
  LayerTar,
} from '../../../src/engine/layers/contents.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import {
  type ReadContentsOptions,
  readContents,
  wholeContents,
} from '../../../src/engine/layers/read-contents.ts';
import { run } from '../../support/command.ts';
import { NO_CONFIG } from '../../support/made-contents.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeScratch(folder);
});
function folder(): string {
  const made = scratchFolder();
  folders.push(made);
  return made;
}

const tars = await Promise.all(
  ['base', 'middle', 'top'].map((name) =>
    tarOf(Array.from({ length: 30 }, (_, at) => ({ name: `${name}/${at}`, content: `${name}${at}` }))),
  ),
);
const diffIdOf = (tar: Buffer) => `sha256:${createHash('sha256').update(tar).digest('hex')}`;

interface Made extends ContentSource {
  /** What was asked for, each time. */
  readonly asked: number[][];
  /** How often reading ended, whole or not. */
  ended: number;
}

interface Making {
  /** Tars whose layer the source tells only at its end. */
  readonly unknown?: readonly number[];
  readonly order?: readonly number[];
  readonly chunk?: number;
  /** Awaited after each chunk. */
  readonly pause?: () => Promise<unknown>;
  readonly keptBy?: Readonly<Record<number, string>>;
}

function sourceOf(layers: readonly Buffer[], making: Making = {}): Made {
  const { unknown = [], order = layers.map((_, at) => at), chunk = 700, pause, keptBy = {} } = making;
  const image: ContentImage = {
    name: 'app:1',
    id: 'sha256:id',
    platform: 'linux/amd64',
    config: NO_CONFIG,
    layers: layers.map((tar, at) => {
      const kept = keptBy[at];
      return {
        diffId: diffIdOf(tar),
        createdBy: '',
        step: at + 1,
        ...(kept !== undefined && { keptBy: kept }),
      };
    }),
  };
  async function* bytesOf(tar: Buffer): AsyncGenerator<Buffer> {
    for (let at = 0; at < tar.length; at += chunk) {
      yield tar.subarray(at, at + chunk);
      await pause?.();
    }
  }
  const made: Made = {
    where: 'memory',
    asked: [],
    ended: 0,
    describe: async () => image,
    async *tars(wanted): AsyncGenerator<LayerTar, readonly (number | undefined)[]> {
      made.asked.push([...wanted]);
      const places = order.filter((at) => wanted.has(at) || unknown.includes(at));
      try {
        for (const at of places) {
          const layer = unknown.includes(at) ? undefined : at;
          yield { kind: 'stream', layer, bytes: bytesOf(layers[at]!) };
        }
        return places;
      } finally {
        made.ended++;
      }
    },
  };
  return made;
}

async function told(source: ContentSource, options?: ReadContentsOptions) {
  const events: ContentsEvent[] = [];
  const reading = readContents(source, options);
  for (;;) {
    const step = await reading.next();
    if (step.done) return { events, contents: step.value };
    events.push(step.value);
  }
}

const firsts = ({ indexes }: ImageContents) => indexes.map((index) => index.path(1).toString());
const whole = (events: readonly ContentsEvent[]) =>
  events.flatMap((event) => (event.type === 'layer' && event.whole ? [event.layer] : []));
const ORDER = ['base', 'middle', 'top'];

describe('what is in an image', () => {
  it('is told layer by layer, in the order in which they come', async () => {
    const source = sourceOf(tars, { order: [2, 0, 1] });
    const { events, contents } = await told(source);
    expect(events[0]).toMatchObject({ type: 'described', image: { name: 'app:1' } });
    expect(whole(events)).toEqual([2, 0, 1]);
    expect(firsts(contents)).toEqual(ORDER);
    expect(source.asked).toEqual([[0, 1, 2]]);
  });

  it('is told while a layer comes, and not where nobody asks for that', async () => {
    const slow = { chunk: 2000, pause: () => sleep(30) };
    const { events } = await told(sourceOf([tars[0]!], slow));
    const partial = events.flatMap((event) =>
      event.type === 'layer' && !event.whole ? [event.index.count] : [],
    );
    expect(partial.length).toBeGreaterThan(0);
    // On a busy machine the last telling has all members, and only the end is to come.
    expect(partial[0]).toBeLessThan(32);
    expect(events.some(({ type }) => type === 'read')).toBe(true);
    const quiet = await told(sourceOf([tars[0]!], slow), { partial: false });
    expect(quiet.events.filter(({ type }) => type === 'layer')).toHaveLength(1);
  });

  it('is put in its places at the end where the source knows them no earlier', async () => {
    const { events, contents } = await told(sourceOf(tars, { unknown: [0, 2], order: [2, 1, 0] }));
    expect(whole(events)).toEqual([1, 2, 0]);
    expect(firsts(contents)).toEqual(ORDER);
  });

  it('is read from files, with what is in them where it is asked for', async () => {
    const path = join(folder(), 'layer.tar');
    await writeFile(path, Buffer.concat([Buffer.from('before'), tars[0]!]));
    const handle = await open(path);
    const { describe: image } = sourceOf([tars[0]!]);
    const source: ContentSource = {
      where: path,
      describe: image,
      async *tars() {
        yield { kind: 'file', layer: 0, handle, start: 6, length: tars[0]!.length };
        return [0];
      },
    };
    const plain = await wholeContents(source);
    expect(plain.indexes[0]!.columns.digests).toBeUndefined();
    const { indexes } = await wholeContents(source, { digests: true });
    const file = indexes[0]!.count - 1;
    const content = `base${indexes[0]!.path(file).toString().split('/')[1]}`;
    expect(Buffer.from(indexes[0]!.digest(file)!).toString('hex')).toBe(
      createHash('sha256').update(content).digest('hex'),
    );
    await handle.close();
  });

  it('that lacks a layer or has a damaged one is corrupt, and tells which', async () => {
    await expect(wholeContents(sourceOf(tars, { order: [0, 2] }))).rejects.toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('layer 2 of 3 is not in app:1'),
    });
    const cut = sourceOf([tars[0]!, tars[1]!.subarray(0, 900)]);
    await expect(wholeContents(cut)).rejects.toMatchObject({
      code: 'corrupt',
      message: 'layer 2 of app:1 cannot be used: it ends in the middle',
    });
    expect(cut.ended).toBe(1);
  });

  it('is read no further by who gives up', async () => {
    const left = sourceOf(tars);
    const reading = readContents(left);
    for await (const event of reading) if (event.type === 'layer') break;
    expect(left.ended).toBe(1);
    const stop = new AbortController();
    const aborted = sourceOf(tars, { pause: async () => stop.abort() });
    await expect(wholeContents(aborted, { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(aborted.ended).toBe(1);
  });
});

describe('layers that are known', () => {
  it('are never asked for again, by any image', async () => {
    const cache = createLayerIndexCache(folder());
    await wholeContents(sourceOf(tars.slice(0, 2)), { cache });
    const more = sourceOf(tars);
    const { events, contents } = await told(more, { cache });
    expect(more.asked).toEqual([[2]]);
    expect(whole(events)).toEqual([0, 1, 2]);
    expect(firsts(contents)).toEqual(ORDER);
    const again = sourceOf(tars);
    await wholeContents(again, { cache });
    expect(again.asked).toEqual([]);
  });

  it('count as unknown where contents are asked for that were not read', async () => {
    const cache = createLayerIndexCache(folder());
    await wholeContents(sourceOf(tars), { cache });
    const hashed = sourceOf(tars);
    await wholeContents(hashed, { cache, digests: true });
    expect(hashed.asked).toEqual([[0, 1, 2]]);
    for (const digests of [true, false]) {
      const again = sourceOf(tars);
      await wholeContents(again, { cache, digests });
      expect(again.asked).toEqual([]);
    }
  });

  it('stay known with their contents where a source hands them out once more', async () => {
    const cache = createLayerIndexCache(folder());
    await wholeContents(sourceOf(tars.slice(0, 2)), { cache, digests: true });
    const { events, contents } = await told(sourceOf(tars, { unknown: [0, 1, 2] }), { cache });
    expect(whole(events)).toEqual([0, 1, 2]);
    expect(contents.indexes.map(({ columns }) => columns.digests !== undefined)).toEqual([true, true, false]);
    expect(await cache.find(diffIdOf(tars[0]!), { digests: true })).toBeDefined();
  });

  it('are kept by what they are in truth where nobody vouches for them', async () => {
    const cache = createLayerIndexCache(folder());
    const truth = `sha256:${'d'.repeat(64)}`;
    const claimed = [tars[0]!, tars[1]!];
    await wholeContents(sourceOf(claimed, { keptBy: { 1: truth } }), { cache });
    expect(await cache.has(diffIdOf(tars[1]!))).toBe(false);
    expect(await cache.has(truth)).toBe(true);
    const again = sourceOf(claimed, { keptBy: { 1: truth } });
    await wholeContents(again, { cache });
    expect(again.asked).toEqual([]);
  });

  it('are read once and for all where an image has one twice', async () => {
    const cache = createLayerIndexCache(folder());
    const twice = sourceOf([tars[0]!, tars[1]!, tars[0]!]);
    const { events, contents } = await told(twice, { cache });
    expect(twice.asked).toEqual([[0, 1]]);
    expect(whole(events)).toEqual([0, 2, 1]);
    expect(firsts(contents)).toEqual(['base', 'middle', 'base']);
  });

  it('are indexed anew where a file of the cache is damaged', async () => {
    const place = folder();
    const cache = createLayerIndexCache(place);
    await wholeContents(sourceOf(tars), { cache });
    const file = join(place, diffIdOf(tars[1]!).replace(':', '-'));
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 0xff;
    writeFileSync(file, bytes);
    const again = sourceOf(tars);
    expect(firsts(await wholeContents(again, { cache }))).toEqual(ORDER);
    expect(again.asked).toEqual([[1]]);
    const repaired = sourceOf(tars);
    await wholeContents(repaired, { cache });
    expect(repaired.asked).toEqual([]);
  });

  it('are kept whole when several read them at the same time', async () => {
    const place = folder();
    const all = await Promise.all(
      Array.from({ length: 6 }, () =>
        wholeContents(sourceOf(tars, { pause: () => sleep(1) }), { cache: createLayerIndexCache(place) }),
      ),
    );
    for (const contents of all) expect(firsts(contents)).toEqual(ORDER);
    expect(readdirSync(place)).toHaveLength(3);
    const again = sourceOf(tars);
    await wholeContents(again, { cache: createLayerIndexCache(place) });
    expect(again.asked).toEqual([]);
  });

  it('are kept whole when several processes index them at the same time', async () => {
    const place = folder();
    const tar = join(place, 'layer.tar');
    await writeFile(tar, tars[0]!);
    const source = new URL('../../../src/engine/layers/', import.meta.url);
    const script = `
      import { open } from 'node:fs/promises';
      const { indexFile } = await import('${source}index-layer.ts');
      const { createLayerIndexCache } = await import('${source}layer-index-cache.ts');
      const cache = createLayerIndexCache(${JSON.stringify(join(place, 'indexes'))});
      const file = await open(${JSON.stringify(tar)});
      let found = 0;
      for (let round = 0; round < 60; round++) {
        await cache.keep('${diffIdOf(tars[0]!)}', await indexFile(file, { length: ${tars[0]!.length} }));
        if ((await cache.find('${diffIdOf(tars[0]!)}'))?.count === 32) found++;
      }
      await file.close();
      console.log(found);`;
    const all = await Promise.all(
      Array.from({ length: 2 }, () => run(process.execPath, ['--input-type=module', '-e', script])),
    );
    expect(all.map((text) => text.trim())).toEqual(['60', '60']);
    expect(readdirSync(join(place, 'indexes'))).toHaveLength(1);
  });
});
