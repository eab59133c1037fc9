/** How images are divided among streams. */
import { expect, test } from 'vitest';
import { batchesOf } from '../../../src/engine/trash/batches.ts';
import { idOf, stockOf } from '../stock-maker.ts';

const ids = (...names: readonly string[]) => names.map(idOf);

test('what shares layers comes together, and has them once', () => {
  const images = ['a', 'b', 'c', 'd'].map((name) => ({
    name,
    layers: [[name < 'c' ? 'debian' : 'alpine', 3e9] as const, [`own ${name}`, 1e8] as const],
  }));
  const { layers } = stockOf(images);
  const batches = batchesOf(ids('a', 'c', 'b', 'd'), layers);
  expect(batches.map((batch) => new Set(batch.ids))).toEqual(
    expect.arrayContaining([new Set(ids('a', 'b')), new Set(ids('c', 'd'))]),
  );
  expect(batches.map(({ bytes }) => bytes)).toEqual([3.2e9, 3.2e9]);
});

test('no stream has too many images, and each image is in one', () => {
  const names = Array.from({ length: 70 }, (_, at) => `n${at}`);
  const { layers } = stockOf(names.map((name) => ({ name, layers: [[name, 10] as const] })));
  const batches = batchesOf(ids(...names), layers);
  expect(batches.map((batch) => batch.ids.length)).toEqual([32, 32, 6]);
  expect(new Set(batches.flatMap((batch) => batch.ids))).toEqual(new Set(ids(...names)));
  expect(batches.map(({ bytes }) => bytes)).toEqual([320, 320, 60]);
});

test('an image larger than a stream has one of its own, and one that is not known has no size', () => {
  const { layers } = stockOf([
    { name: 'huge', layers: [['h', 9e9] as const] },
    { name: 'small', layers: [['s', 5] as const] },
  ]);
  const batches = batchesOf(ids('huge', 'small', 'unknown'), layers);
  const of = (name: string) => batches.find((batch) => batch.ids.includes(idOf(name)))!;
  expect(of('huge')).toEqual({ ids: ids('huge'), bytes: 9e9 });
  expect(of('unknown').bytes).toBeUndefined();
});
