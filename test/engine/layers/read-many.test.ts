import { mkdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { cancelled } from '../../../src/engine/errors.ts';
import type { ContentImage } from '../../../src/engine/layers/contents.ts';
import { indexStream } from '../../../src/engine/layers/index-layer.ts';
import { IndexShelf } from '../../../src/engine/layers/index-shelf.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import { ManyContents, type ManyImage, type ReadManyEvent } from '../../../src/engine/layers/read-many.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { passing, type TarEntry, tarOf } from '../../support/tar.ts';
import { file, manyImages } from './many-images.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const made of folders.splice(0)) await removeScratch(made);
});

function cache() {
  const made = scratchFolder();
  folders.push(made);
  mkdirSync(made, { recursive: true });
  return createLayerIndexCache(made);
}

async function readAll(many: ManyContents, images: readonly ManyImage[]): Promise<ReadManyEvent[]> {
  const events: ReadManyEvent[] = [];
  for await (const event of many.read(images)) events.push(event);
  return events;
}

const BASE = [file('base', 20)];
const MIDDLE = [file('middle', 30)];
const TOP = [file('top', 40)];
const OTHER = [file('other', 50)];

describe('many images', () => {
  test('are read so that each layer comes once, and never again', async () => {
    const made = await manyImages({
      base: [BASE],
      middle: [BASE, MIDDLE],
      top: [BASE, MIDDLE, TOP],
      other: [BASE, OTHER],
    });
    const kept = cache();
    const many = new ManyContents(kept);
    const unread = await many.unread(made.images);
    const [, , top, other] = made.images;
    expect(unread.images).toEqual([top, other]);
    expect(unread.known).toEqual([]);
    expect(unread.bytes).toBe(top!.size + other!.size);
    const events = await readAll(many, unread.images);
    expect(made.handed()).toEqual(['top 0', 'top 1', 'top 2', 'other 1']);
    expect(
      events.filter(({ type }) => type === 'image').map((event) => event.type === 'image' && event.done),
    ).toEqual([1, 2]);
    expect(events.at(-1)).toMatchObject({ bytes: unread.bytes });
    const again = new ManyContents(kept);
    expect(await again.unread(made.images)).toEqual({
      known: made.images,
      images: [],
      bytes: 0,
      failed: [],
    });
    for (const image of made.images)
      for (let layer = 0; layer < (await again.describe(image)).layers.length; layer++)
        await again.index(image, layer);
    expect(made.handed()).toEqual([]);
  });

  test('are read anew for digests that nobody has made', async () => {
    const made = await manyImages({ base: [BASE] });
    const kept = cache();
    await readAll(new ManyContents(kept), made.images);
    made.handed();
    const many = new ManyContents(kept, { digests: true });
    expect((await many.unread(made.images)).images).toEqual(made.images);
    expect((await many.index(made.images[0]!, 0)).columns.digests?.length).toBe(32);
    expect(made.handed()).toEqual(['base 0']);
    expect((await many.unread(made.images)).images).toEqual([]);
    // Whether contents were read stands in the head of an index: none is read whole to learn it.
    const headsOnly = { ...kept, find: () => Promise.reject(new Error('an index was read')) };
    expect((await new ManyContents(headsOnly, { digests: true }).unread(made.images)).known).toEqual(
      made.images,
    );
  });

  test('are described for whoever still asks, though the first to ask has had enough', async () => {
    const made = await manyImages({ base: [BASE] });
    const [image] = made.images;
    let asked = 0;
    const describe = ({ signal }: { readonly signal?: AbortSignal } = {}): Promise<ContentImage> =>
      new Promise((resolve, reject) => {
        asked++;
        signal?.addEventListener('abort', () => reject(cancelled()));
        if (asked > 1) resolve(image!.source.describe());
      });
    const slow = { ...image!, source: { ...image!.source, describe } };
    const many = new ManyContents(cache());
    const first = new AbortController();
    const one = many.describe(slow, { signal: first.signal });
    const other = many.describe(slow);
    first.abort();
    await expect(one).rejects.toMatchObject({ code: 'cancelled' });
    expect((await other).name).toBe('base');
    expect(asked).toBe(2);
  });

  test('go on past those that cannot be read or described', async () => {
    const made = await manyImages({ broken: [BASE, undefined], fine: [BASE, TOP] });
    const nobody: ManyImage = {
      ...made.images[0]!,
      id: 'gone',
      name: 'gone',
      source: { ...made.images[0]!.source, describe: () => Promise.reject(new Error('it is gone')) },
    };
    const many = new ManyContents(cache());
    const unread = await many.unread([nobody, ...made.images]);
    expect(unread.failed.map(({ image, error }) => `${image.name}: ${error.message}`)).toEqual([
      'gone: it is gone',
    ]);
    const events = await readAll(many, unread.images);
    expect(
      events.flatMap((event) => (event.type === 'read' ? [] : [`${event.type} ${event.image.name}`])),
    ).toEqual(['failed broken', 'image fine']);
  });

  test('are read again where the cache keeps nothing, within the room that indexes may take', async () => {
    const made = await manyImages({ a: [BASE], b: [TOP] });
    const many = new ManyContents(createLayerIndexCache('/dev/null/nowhere'), { room: 1 });
    const [a, b] = made.images;
    for (const image of [a!, a!, b!, a!]) await many.index(image, 0);
    expect(made.handed()).toEqual(['a 0', 'b 0', 'a 0']);
  });

  test('stop when they are told to', async () => {
    const made = await manyImages({ a: [BASE], b: [TOP] });
    const stop = new AbortController();
    const reading = new ManyContents(cache()).read(made.images, { signal: stop.signal });
    for await (const event of reading) {
      if (event.type !== 'image') continue;
      stop.abort();
      break;
    }
    const many = new ManyContents(cache());
    await expect(many.index(made.images[0]!, 0, { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

test('a shelf of indexes lets go of those that were used longest ago', async () => {
  const made = (entries: readonly TarEntry[]) => tarOf(entries).then((tar) => indexStream(passing(tar)));
  const [one, two, three] = [
    await made([file('a', 1)]),
    await made([file('b', 1)]),
    await made([file('c', 1)]),
  ];
  const alone = new IndexShelf(1);
  alone.put('one', one);
  const shelf = new IndexShelf(alone.bytes * 2);
  shelf.put('one', one);
  shelf.put('two', two);
  expect(shelf.find('one')).toBe(one);
  shelf.put('three', three);
  expect(shelf.find('two')).toBeUndefined();
  expect(shelf.find('one')).toBe(one);
  expect(shelf.find('three')).toBe(three);
  expect(shelf.bytes).toBe(alone.bytes * 2);
});
