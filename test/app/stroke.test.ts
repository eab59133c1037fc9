import { expect, test } from 'vitest';
import { createStroke } from '../../src/app/stroke.ts';

test('a key that comes again at once is held down; another one, or the same later, is a new stroke', () => {
  let now = 0;
  const stroke = createStroke(() => now);
  const hear = (key: string, after: number): boolean => {
    now += after;
    stroke.hear(key);
    return stroke.isRepeat();
  };
  expect(hear('y', 5_000)).toBe(false);
  // A keyboard waits up to two thirds of a second, then repeats thirty times a second.
  expect(hear('y', 660)).toBe(true);
  for (let count = 0; count < 100; count++) expect(hear('y', 33)).toBe(true);
  expect(hear('enter', 10)).toBe(false);
  expect(hear('y', 10)).toBe(false);
  expect(hear('y', 1_500)).toBe(false);
});
