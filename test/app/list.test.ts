import { describe, expect, test } from 'vitest';
import { cursorIndex, type Motion, motionTarget, moveTo, windowTop } from '../../src/app/list.ts';
import type { Place } from '../../src/app/state.ts';
import { Random } from './ink/random.ts';

const rowsOf = (count: number): { id: string }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `row ${index}` }));

const MOTIONS: readonly Motion[] = [
  'up',
  'down',
  'top',
  'bottom',
  'half-up',
  'half-down',
  'page-up',
  'page-down',
];

describe('the window over a list', () => {
  test('always shows the cursor, and never leaves rows empty that could be filled', () => {
    for (let seed = 1; seed <= 3_000; seed++) {
      const random = new Random(seed);
      const count = 1 + random.below(60);
      const height = 1 + random.below(30);
      const cursor = random.below(count);
      const top = windowTop(random.below(80), cursor, count, height);
      const where = `seed ${seed}: ${cursor} of ${count} in ${height} from ${top}`;
      expect(top, where).toBeGreaterThanOrEqual(0);
      expect(top, where).toBeLessThanOrEqual(Math.max(0, count - height));
      expect(cursor, where).toBeGreaterThanOrEqual(top);
      expect(cursor, where).toBeLessThan(top + height);
    }
  });

  test('stays where it is while the cursor is well inside', () => {
    expect(windowTop(10, 15, 100, 20)).toBe(10);
    expect(windowTop(10, 28, 100, 20)).toBe(11);
    expect(windowTop(10, 11, 100, 20)).toBe(9);
    expect(windowTop(0, 0, 100, 20)).toBe(0);
    expect(windowTop(80, 99, 100, 20)).toBe(80);
    expect(windowTop(50, 3, 5, 20)).toBe(0);
  });

  test('never has more than the margin between cursor and edge when moving down row by row', () => {
    let place: Place = { cursor: undefined, top: 0 };
    const rows = rowsOf(50);
    for (let index = 0; index < 50; index++) {
      const before = place.top;
      place = moveTo(rows, place, index, 10);
      expect(place.top - before).toBeLessThanOrEqual(1);
    }
    expect(place).toEqual({ cursor: 'row 49', top: 40 });
  });
});

describe('the cursor', () => {
  const rows = rowsOf(5);

  test('is kept by identity', () => {
    expect(cursorIndex(rows, { cursor: 'row 3', top: 0 })).toBe(3);
    expect(cursorIndex([...rows].reverse(), { cursor: 'row 3', top: 0 })).toBe(1);
    expect(cursorIndex(rows, { cursor: 'row 3', top: 0 }, new Map([['row 3', 3]]))).toBe(3);
  });

  test('starts at the top, and is nowhere in an empty list', () => {
    expect(cursorIndex(rows, { cursor: undefined, top: 3 })).toBe(0);
    expect(cursorIndex([], { cursor: 'row 3', top: 0 })).toBe(-1);
    expect(moveTo([], { cursor: 'gone', top: 2 }, 1, 10)).toEqual({ cursor: 'gone', top: 2 });
  });

  test('stays inside the list when its row is gone', () => {
    for (let top = 0; top < 9; top++) {
      const index = cursorIndex(rows, { cursor: 'gone', top });
      expect(index).toBeGreaterThanOrEqual(0);
      expect(index).toBeLessThan(rows.length);
    }
  });
});

test('motions lead inside the list, or moveTo keeps them there', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new Random(seed);
    const rows = rowsOf(1 + random.below(40));
    const height = 1 + random.below(20);
    let place: Place = { cursor: undefined, top: 0 };
    for (let step = 0; step < 30; step++) {
      const index = cursorIndex(rows, place);
      place = moveTo(rows, place, motionTarget(random.pick(MOTIONS), index, rows.length, height), height);
      const now = cursorIndex(rows, place);
      expect(now).toBeGreaterThanOrEqual(place.top);
      expect(now).toBeLessThan(place.top + height);
    }
  }
});

test.each<[Motion, number]>([
  ['up', 9],
  ['down', 11],
  ['top', 0],
  ['bottom', 99],
  ['half-up', 5],
  ['half-down', 15],
  ['page-up', 1],
  ['page-down', 19],
])('%s goes from row 10 of 100 in a window of 10 to %i', (motion, target) => {
  expect(motionTarget(motion, 10, 100, 10)).toBe(target);
});
