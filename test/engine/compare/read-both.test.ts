/** Two images read so that what they share is read once. */
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readBoth } from '../../../src/engine/compare/read-both.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import type { TarEntry } from '../../support/tar.ts';
import { makeImage } from './made-images.ts';

const folder = scratchFolder();
afterAll(() => removeScratch(folder));
let count = 0;
const emptyCache = () => createLayerIndexCache(join(folder, String(count++)));

const file = (name: string): TarEntry => ({ name, content: name });

test('of two, one of which stands on the other, only the upper one is read', async () => {
  const lower = await makeImage([[file('a')], [file('b')]]);
  const upper = await makeImage([[file('a')], [file('b')], [file('c')]]);
  for (const [before, after] of [
    [lower, upper],
    [upper, lower],
  ] as const) {
    const reads = [lower.reads(), upper.reads()];
    const sides: string[] = [];
    const both = await readBoth(
      { before: before.source, after: after.source },
      { cache: emptyCache(), digests: true, onRead: (side) => sides.push(side) },
    );
    expect([lower.reads() - reads[0]!, upper.reads() - reads[1]!]).toEqual([0, 1]);
    expect([both.before.image, both.after.image]).toEqual([before.contents.image, after.contents.image]);
    expect(new Set(sides)).toEqual(new Set(['before', 'after']));
  }
});

test('layers that only one has are asked of that one alone', async () => {
  const [one, other] = await Promise.all([
    makeImage([[file('a')], [file('b')]]),
    makeImage([[file('a')], [file('c')]]),
  ]);
  const wanted: (readonly number[])[] = [];
  const { tars } = other.source;
  const source = {
    ...other.source,
    tars: (layers: ReadonlySet<number>) => {
      wanted.push([...layers]);
      return tars(layers);
    },
  };
  await readBoth({ before: one.source, after: source }, { cache: emptyCache(), digests: false });
  expect(wanted).toEqual([[1]]);
});
