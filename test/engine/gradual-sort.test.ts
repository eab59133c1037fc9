import { expect, test } from 'vitest';
import { sortGradually } from '../../src/engine/gradual-sort.ts';

/** The same numbers every time. */
function numbers(count: number): { key: number; at: number }[] {
  let seed = 7;
  return Array.from({ length: count }, (_, at) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return { key: seed % 1000, at };
  });
}

test.each([0, 1, 2, 4_095, 4_096, 4_097, 50_000])(
  'sorts %i rows, equal ones in their order',
  async (count) => {
    const rows = numbers(count);
    const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
    expect(await sortGradually(rows, compare)).toEqual([...rows].sort(compare));
  },
);

test('gives others their turn', async () => {
  let turns = 0;
  let isSorting = true;
  const count = (): void => {
    turns += 1;
    if (isSorting) setImmediate(count);
  };
  setImmediate(count);
  await sortGradually(numbers(50_000), (a, b) => a.key - b.key);
  isSorting = false;
  expect(turns).toBeGreaterThan(20);
});
