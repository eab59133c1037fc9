import { describe, expect, test } from 'vitest';
import { contains, type Layout, layoutOf, type Rect, stackHeights } from '../../src/app/layout.ts';

/** One letter a rectangle, `-` for rows of lines: a window at a tenth of its columns. */
function pictureOf(layout: Layout): string[] {
  const rects: readonly [string, Rect][] = [
    ['h', layout.header],
    ['l', layout.left],
    ['r', layout.right],
    ['d', layout.disk],
    ['s', layout.status],
    ['k', layout.hints],
  ];
  return Array.from({ length: layout.rows }, (_, y) =>
    Array.from({ length: layout.columns / 10 }, (_, x) => {
      const at = rects.filter(([, rect]) => contains(rect, x * 10 + 5, y)).map(([letter]) => letter);
      expect(at.length).toBeLessThanOrEqual(1);
      return at[0] ?? '-';
    }).join(''),
  );
}

test('a wide and high window has list, detail and disk line', () => {
  expect(pictureOf(layoutOf(120, 36))).toEqual([
    'hhhhhhhhhhhh',
    ...Array.from({ length: 30 }, () => 'lllllllrrrrr'),
    '------------',
    'dddddddddddd',
    '------------',
    'ssssssssssss',
    'kkkkkkkkkkkk',
  ]);
});

test('a narrow window leaves detail and disk line out', () => {
  expect(pictureOf(layoutOf(80, 24))).toEqual([
    'hhhhhhhh',
    ...Array.from({ length: 20 }, () => 'llllllll'),
    '--------',
    'ssssssss',
    'kkkkkkkk',
  ]);
});

test('a wide window without height leaves the disk line out', () => {
  const layout = layoutOf(120, 29);
  expect(layout.wide).toBe(true);
  expect(layout.disk.height).toBe(0);
  expect(layout.left).toEqual({ x: 0, y: 1, width: 72, height: 25 });
  expect(layout.right).toEqual({ x: 73, y: 1, width: 47, height: 25 });
});

test.each([
  [60, 15, false],
  [59, 15, true],
  [60, 14, true],
  [1, 1, true],
  [300, 100, false],
])('%i×%i: too small is %s', (columns, rows, tooSmall) => {
  expect(layoutOf(columns, rows).tooSmall).toBe(tooSmall);
});

test('everything that is drawn adds up to the window, whatever its size', () => {
  for (let columns = 60; columns <= 220; columns++) {
    for (let rows = 15; rows <= 70; rows++) {
      const layout = layoutOf(columns, rows);
      const footer = 1 + (layout.disk.height > 0 ? layout.disk.height + 1 : 0) + 2;
      expect(1 + layout.body.height + footer).toBe(rows);
      const beside = layout.wide ? layout.left.width + 1 + layout.right.width : layout.left.width;
      expect(beside).toBe(columns);
      expect(layout.right.width > 0).toBe(layout.wide);
    }
  }
});

describe('the three stacked lists', () => {
  const PANES = ['tagged', 'dangling', 'intermediate'] as const;
  const COUNTS = [0, 1, 2, 3, 5, 8, 40, 10_000];

  test('always add up, and every title stays', () => {
    for (let height = 5; height <= 60; height++) {
      for (const focus of PANES) {
        for (const tagged of COUNTS) {
          for (const dangling of COUNTS) {
            for (const intermediate of COUNTS) {
              const heights = stackHeights(height, focus, { tagged, dangling, intermediate });
              const where = JSON.stringify({ height, focus, tagged, dangling, intermediate, heights });
              expect(heights.tagged + heights.dangling + heights.intermediate, where).toBe(height);
              for (const pane of PANES) expect(heights[pane], where).toBeGreaterThanOrEqual(1);
            }
          }
        }
      }
    }
  });

  test('the focused list shows a row of what it has, in any window that is big enough', () => {
    for (let rows = 15; rows <= 60; rows++) {
      const height = layoutOf(80, rows).left.height;
      for (const focus of PANES) {
        const heights = stackHeights(height, focus, { tagged: 9, dangling: 9, intermediate: 9 });
        expect(heights[focus], `${focus} in ${height}`).toBeGreaterThanOrEqual(focus === 'tagged' ? 3 : 2);
      }
    }
  });

  test.each<[string, number, (typeof PANES)[number], [number, number, number], [number, number, number]]>([
    ['the drawing', 30, 'tagged', [13, 1, 37], [26, 2, 2]],
    ['empty ones are titles', 30, 'tagged', [9, 0, 0], [28, 1, 1]],
    ['the focused one takes what it needs', 30, 'dangling', [40, 12, 37], [15, 13, 2]],
    ['and no more than the others can spare', 30, 'intermediate', [40, 12, 37], [6, 5, 19]],
    ['the last gives up its glimpse first', 11, 'tagged', [40, 12, 37], [6, 4, 1]],
  ])('%s', (_, height, focus, [tagged, dangling, intermediate], [first, second, third]) => {
    expect(stackHeights(height, focus, { tagged, dangling, intermediate })).toEqual({
      tagged: first,
      dangling: second,
      intermediate: third,
    });
  });
});
