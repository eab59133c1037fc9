/** Folders in the order of size, beside a plain sort of each. */
import { expect, test } from 'vitest';
import { orderBySize } from '../../src/app/size-order.ts';
import { random } from '../engine/stock-maker.ts';

function ordered(sizes: Float64Array, firsts: Uint32Array): { order: Uint32Array; pauses: number } {
  const work = orderBySize(sizes, firsts, sizes.length);
  for (let pauses = 0; ; pauses++) {
    const { done, value } = work.next();
    if (done) return { order: value, pauses };
  }
}

test('each folder has its largest first, those of the same size as they were', () => {
  const pick = random(3);
  for (const lengths of [[], [0], [1, 0, 2], [5, 3, 900], [2_048, 2_049, 1], [4_100, 10_000, 7]]) {
    const bounds = [1];
    for (const length of lengths) bounds.push(bounds.at(-1)! + length);
    const sizes = Float64Array.from({ length: bounds.at(-1)! }, () => pick(50));
    const expected = [0];
    for (const [at, from] of bounds.slice(0, -1).entries()) {
      const folder = Array.from({ length: bounds[at + 1]! - from }, (_, child) => from + child);
      expected.push(...folder.sort((a, b) => sizes[b]! - sizes[a]! || a - b));
    }
    expect([...ordered(sizes, Uint32Array.from(bounds)).order]).toEqual(expected);
  }
});

test('a folder of 100,000 is sorted in many pieces', () => {
  const pick = random(4);
  const sizes = Float64Array.from({ length: 100_001 }, () => pick(1_000_000));
  const { order, pauses } = ordered(sizes, Uint32Array.from([1, 100_001]));
  expect(pauses).toBeGreaterThan(100_000 / 2_048);
  expect(
    [...order.subarray(1, 100_001)].every(
      (entry, at, all) => at === 0 || sizes[all[at - 1]!]! >= sizes[entry]!,
    ),
  ).toBe(true);
});
