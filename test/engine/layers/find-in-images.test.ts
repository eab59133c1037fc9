/** What is found in images, beside what their stacked trees show. */
import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../../src/engine/errors.ts';
import { duplicateFiles } from '../../../src/engine/layers/find-duplicates.ts';
import { findInImages } from '../../../src/engine/layers/find-in-images.ts';
import { largestFiles } from '../../../src/engine/layers/find-largest.ts';
import { parsePathPattern } from '../../../src/engine/layers/path-pattern.ts';
import { wholeContents } from '../../../src/engine/layers/read-contents.ts';
import { ManyContents } from '../../../src/engine/layers/read-many.ts';
import { stackLayers } from '../../../src/engine/layers/stack-layers.ts';
import { folder, whiteout } from '../../support/made-contents.ts';
import { random } from '../stock-maker.ts';
import { find, NOWHERE, told } from './finding.ts';
import { digestOf, file, type MadeImages, manyImages } from './many-images.ts';
import { randomLayer } from './random-layer.ts';

async function ended<Result>(events: AsyncGenerator<unknown, Result, void>): Promise<Result> {
  for (;;) {
    const step = await events.next();
    if (step.done) return step.value;
  }
}

const BASE = [folder('etc'), file('etc/ssl.conf', 'v1'), file('lib/libssl.so.3', 'old'), folder('var')];
const UPDATE = [file('lib/libssl.so.3', 'new'), whiteout('etc/ssl.conf')];
const APP = [folder('etc'), file('app', 'app')];

describe('a search through images', () => {
  test('tells which layer brought what, and which hid it', async () => {
    const { images } = await manyImages({
      base: [BASE],
      updated: [BASE, UPDATE],
      app: [BASE, APP],
      both: [BASE, APP, UPDATE],
    });
    expect(told(await find(images, 'libssl.so.3'))).toEqual([
      'base lib/libssl.so.3 0/',
      'updated lib/libssl.so.3 0/1',
      'updated lib/libssl.so.3 1/',
      'app lib/libssl.so.3 0/',
      'both lib/libssl.so.3 0/2',
      'both lib/libssl.so.3 2/',
    ]);
    expect(told(await find(images, '/etc/ssl.conf'))).toEqual([
      'base etc/ssl.conf 0/',
      'updated etc/ssl.conf 0/1',
      'app etc/ssl.conf 0/',
      'both etc/ssl.conf 0/2',
    ]);
    // A folder is brought once, whoever has it again.
    expect(told(await find(images, '/etc'))).toEqual([
      'base etc 0/',
      'updated etc 0/',
      'app etc 0/',
      'both etc 0/',
    ]);
    expect(told(await find(images, digestOf('new'), true))).toEqual([
      'updated lib/libssl.so.3 1/',
      'both lib/libssl.so.3 2/',
    ]);
  });

  test('reads a layer once for all that share it, and goes on past an image that is damaged', async () => {
    const made = await manyImages({ a: [BASE, APP], broken: [BASE, undefined, APP], b: [BASE, UPDATE] });
    const events = await find(made.images, 'app');
    expect(told(events)).toEqual(['a app 1/', 'broken failed: broken is damaged']);
    expect(events.map(({ done }) => done)).toEqual([1, 2, 3]);
    // Sources hand out what is missing of an image; without a cache on disk the base is handed again.
    expect(made.handed().filter((one) => one.startsWith('a '))).toEqual(['a 0', 'a 1']);
  });

  test('stops when it is told to', async () => {
    const { images } = await manyImages({ a: [BASE], b: [BASE] });
    const stop = new AbortController();
    const search = findInImages(images, parsePathPattern('*'), new ManyContents(NOWHERE), {
      signal: stop.signal,
    });
    await search.next();
    stop.abort();
    await expect(search.next()).rejects.toMatchObject({ code: 'cancelled' } satisfies Partial<EngineError>);
  });

  test('finds what the stacked tree of each image shows, whatever its layers hold', async () => {
    let shown = 0;
    let hidden = 0;
    for (let seed = 0; seed < 60; seed++) {
      const pick = random(seed);
      const layers = Array.from({ length: 6 }, () => randomLayer(pick));
      const made: MadeImages = await manyImages(
        Object.fromEntries(
          ['a', 'b', 'c'].map((name) => [
            name,
            Array.from({ length: 1 + pick(5) }, () => layers[pick(layers.length)]!),
          ]),
        ),
      );
      for (const event of await find(made.images, '**')) {
        if (event.type === 'failed') throw event.error;
        const tree = stackLayers((await wholeContents(event.image.source)).indexes);
        const there: string[] = [];
        const folders: string[] = [];
        for (let entry = 1; entry < tree.count; entry++) {
          if (tree.change(entry) === 'removed') continue;
          if (tree.type(entry) === 'directory') folders.push(`${tree.path(entry)}`);
          else there.push(`${tree.path(entry)} ${tree.source(entry).layer}`);
        }
        const visible = event.hits.filter(({ hiddenBy }) => hiddenBy === undefined);
        shown += visible.length;
        hidden += event.hits.length - visible.length;
        const found = visible.filter((hit) => hit.file.type !== 'directory');
        expect(found.map((hit) => `${hit.file.path} ${hit.layer}`).sort(), `seed ${seed}`).toEqual(
          there.sort(),
        );
        // Folders that only lie on the way to something have no entry of their own.
        const foundFolders = visible.filter((hit) => hit.file.type === 'directory');
        const paths = foundFolders.map((hit) => `${hit.file.path}`);
        expect(new Set(paths).size, `seed ${seed}`).toBe(paths.length);
        expect(folders, `seed ${seed}`).toEqual(expect.arrayContaining(paths));
      }
    }
    expect(shown).toBeGreaterThan(500);
    expect(hidden).toBeGreaterThan(100);
  });
});

describe('the largest files of many images', () => {
  test('are each told once, with the images that have them and where they are hidden', async () => {
    const { images } = await manyImages({
      a: [BASE, [file('big', 500), file('small', 2)]],
      b: [BASE, [file('big', 500), file('small', 2)], [file('big', 9)]],
      c: [BASE, [file('middle', 70)]],
      broken: [undefined],
    });
    const { files, failed } = await ended(largestFiles(images, 3, new ManyContents(NOWHERE)));
    expect(
      files.map(
        ({ file: { path, size }, uses }) =>
          `${size} ${path} ${uses.map(({ image, layer, hiddenBy }) => `${image.name}:${layer}/${hiddenBy ?? ''}`)}`,
      ),
    ).toEqual(['500 big a:1/,b:1/2', '70 middle c:1/', '9 big b:2/']);
    expect(failed.map(({ image }) => image.name)).toEqual(['broken']);
  });

  test('are those that sorting all would give', async () => {
    const pick = random(7);
    const layers = Array.from({ length: 9 }, (_, at) =>
      Array.from({ length: 30 }, (_, nth) => file(`d${pick(3)}/${at}-${nth}`, 1 + pick(400))),
    );
    const { images } = await manyImages(
      Object.fromEntries(layers.map((layer, at) => [`i${at}`, [layers[0]!, layer]])),
    );
    const { files } = await ended(largestFiles(images, 5, new ManyContents(NOWHERE)));
    const sizes = layers.flat().map(({ content }) => content!.length);
    expect(files.map(({ file: { size } }) => size)).toEqual(sizes.sort((a, b) => b - a).slice(0, 5));
  });
});

describe('equal files of many images', () => {
  test('are counted by the places where they lie, not by the images that share those', async () => {
    const { images } = await manyImages({
      a: [BASE, [file('x/model', 300)]],
      b: [BASE, [file('y/model', 300), file('y/copy', 300)]],
      c: [BASE, [file('note', 'old'), file('empty', ''), file('void', '')]],
    });
    const { contents, count, bytes } = await ended(
      duplicateFiles(images, 20, new ManyContents(NOWHERE, { digests: true })),
    );
    expect(
      contents.map(
        ({ digest, copies, bytes: more, places }) =>
          `${digest === digestOf('x'.repeat(300))} ${copies} ${more} ${places.map((place) => `${place.file.path}:${place.uses.map(({ image }) => image.name)}`)}`,
      ),
    ).toEqual(['true 3 600 x/model:a,y/copy:b,y/model:b', 'false 2 3 lib/libssl.so.3:a,b,c,note:c']);
    expect({ count, bytes }).toEqual({ count: 2, bytes: 603 });
    const one = await ended(duplicateFiles(images, 1, new ManyContents(NOWHERE, { digests: true })));
    expect(one.contents.map(({ bytes: more }) => more)).toEqual([600]);
    expect(one).toMatchObject({ count: 2, bytes: 603 });
  });

  test('add up to what hashing each file would tell', async () => {
    const pick = random(11);
    const layers = Array.from({ length: 8 }, (_, at) =>
      Array.from({ length: 700 }, (_, nth) =>
        file(`f${at}-${nth}`, `${pick(2500)}`.padEnd(1 + pick(3), '.')),
      ),
    );
    const { images } = await manyImages(Object.fromEntries(layers.map((layer, at) => [`i${at}`, [layer]])));
    const { count, bytes } = await ended(
      duplicateFiles(images, 3, new ManyContents(NOWHERE, { digests: true })),
    );
    const seen = new Map<string, number>();
    for (const { content } of layers.flat()) seen.set(`${content}`, (seen.get(`${content}`) ?? 0) + 1);
    const repeated = [...seen].filter(([, copies]) => copies > 1);
    expect(count).toBe(repeated.length);
    expect(bytes).toBe(repeated.reduce((sum, [text, copies]) => sum + text.length * (copies - 1), 0));
  });
});
