import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { END_MARK, tarHeader } from '../../../src/engine/archive/tar-block.ts';
import { ROOT } from '../../../src/engine/layers/breadth-tree.ts';
import { indexStream, LayerReading } from '../../../src/engine/layers/index-layer.ts';
import type { LayerIndex } from '../../../src/engine/layers/layer-index.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import { decodeIndex, encodeIndex } from '../../../src/engine/layers/layer-index-file.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { passing, tarOf } from '../../support/tar.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeScratch(folder);
});
function folder(): string {
  const made = scratchFolder();
  folders.push(made);
  return made;
}

async function made(files = 40, digests = false): Promise<LayerIndex> {
  const entries = Array.from({ length: files }, (_, at) => ({ name: `d${at % 5}/f${at}`, content: `${at}` }));
  const tar = await tarOf([...entries, { name: 'link', link: 'd1/f1' }]);
  return indexStream(passing(tar), { digests });
}
const diffId = (digit: string) => `sha256:${digit.repeat(64)}`;

describe('an index in a file', () => {
  it('is the same when it is read, wherever its bytes begin', async () => {
    for (const digests of [false, true]) {
      const index = await made(40, digests);
      const bytes = encodeIndex(index);
      const shifted = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
      for (const each of [bytes, shifted]) {
        const read = decodeIndex(each);
        expect(read.columns.digests === undefined).toBe(!digests);
        for (const [name, column] of Object.entries({ ...index.columns, count: undefined })) {
          const other = name === 'count' ? undefined : read.columns[name as keyof typeof read.columns];
          expect(other && [...(other as Uint8Array)], name).toEqual(column && [...(column as Uint8Array)]);
        }
      }
    }
  });

  it('knows sizes of 4 GiB and more, and their sum', () => {
    const sizes = new Map([
      ['a', 5 * 2 ** 30],
      ['b', 2 ** 32 - 2],
      ['c', 3],
      ['d', 2 ** 32 - 1],
      ['e', 0],
      ['f', 2 ** 32],
    ]);
    const reading = new LayerReading();
    // The last comes first, so that the order changes.
    for (const [name, size] of [...sizes].reverse()) {
      reading.scan.write(tarHeader(name, size));
      // A body of gigabytes is stepped over, as in a file.
      reading.scan.skip(reading.scan.skippable);
    }
    reading.scan.write(END_MARK);
    const index = reading.finish();
    for (const each of [index, decodeIndex(encodeIndex(index))]) {
      const known = [...sizes.keys()].map((name) => [name, each.size(each.child(ROOT, Buffer.from(name))!)]);
      expect(known).toEqual([...sizes]);
      expect(each.bytes).toBe([...sizes.values()].reduce((sum, size) => sum + size, 0));
    }
  });

  it('takes at most 40 bytes an entry beside names', async () => {
    const index = await made(400);
    const { names, targets } = index.columns;
    expect(encodeIndex(index).length - names.length - targets.length).toBeLessThan(40 * index.count);
  });

  it('is refused with any byte changed or cut off', async () => {
    const bytes = encodeIndex(await made(3));
    for (let at = 0; at < bytes.length; at += 5) {
      const wrong = Buffer.from(bytes);
      wrong[at]! ^= 0x10;
      expect(() => decodeIndex(wrong)).toThrow();
      expect(() => decodeIndex(bytes.subarray(0, at))).toThrow();
    }
  });
});

describe('the cache of indexes', () => {
  it('finds what was kept, and nothing that is damaged or knows too little', async () => {
    const place = folder();
    const cache = createLayerIndexCache(place);
    const index = await made();
    expect(await cache.find(diffId('a'))).toBeUndefined();
    await cache.keep(diffId('a'), index);
    await cache.keep('../../escape', index);
    expect(await readdir(place)).toEqual([`sha256-${'a'.repeat(64)}`]);
    expect((await cache.find(diffId('a')))?.count).toBe(index.count);
    expect(await cache.has(diffId('a'))).toBe(true);
    expect(await cache.find(diffId('a'), { digests: true })).toBeUndefined();
    const file = join(place, `sha256-${'a'.repeat(64)}`);
    await writeFile(file, (await readFile(file)).subarray(0, 200));
    expect(await cache.find(diffId('a'))).toBeUndefined();
    await cache.keep(diffId('a'), index);
    expect((await cache.find(diffId('a')))?.count).toBe(index.count);
  });

  it('takes no index of another version for its own, however whole, and keeps a new one in its place', async () => {
    const place = folder();
    const cache = createLayerIndexCache(place);
    const index = await made();
    const bytes = encodeIndex(index);
    const file = join(place, diffId('a').replace(':', '-'));
    await cache.keep(diffId('a'), index);
    for (const version of ['1', '2', '4']) {
      const other = Buffer.from(bytes);
      other.write(version, 'nacreLI'.length);
      other.writeUInt32LE(crc32(other.subarray(0, -4)), other.length - 4);
      await writeFile(file, other);
      expect(await cache.find(diffId('a'))).toBeUndefined();
      await cache.keep(diffId('a'), index);
      expect(await readFile(file)).toEqual(bytes);
    }
  });

  it('never knows less than before, whoever was first', async () => {
    const cache = createLayerIndexCache(folder());
    const [plain, digested] = [await made(), await made(40, true)];
    await cache.keep(diffId('a'), digested);
    await cache.keep(diffId('a'), plain);
    expect((await cache.find(diffId('a'), { digests: true }))?.count).toBe(plain.count);
  });

  it('lets go of what was not used for longest, and does without a folder', async () => {
    const place = folder();
    const index = await made();
    const room = encodeIndex(index).length * 3;
    for (const digit of 'abcdef') {
      await createLayerIndexCache(place, room).keep(diffId(digit), index);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    expect((await readdir(place)).map((name) => name.at(-1)).sort()).toEqual(['d', 'e', 'f']);
    await writeFile(join(place, 'file'), '');
    const nowhere = createLayerIndexCache(join(place, 'file', 'below'));
    await nowhere.keep(diffId('a'), index);
    expect(await nowhere.find(diffId('a'))).toBeUndefined();
  });
});
