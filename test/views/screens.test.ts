import stringWidth from 'string-width';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectGolden } from './golden.ts';
import { type Picture, pictureOf } from './picture.tsx';
import { SCENES, type Size } from './scenes.ts';

const SIZES: readonly Size[] = [
  { columns: 120, rows: 36 },
  { columns: 80, rows: 24 },
];
/** Sizes at which something leaves or comes, for what must hold at any. */
const OTHER_SIZES: readonly Size[] = [
  { columns: 60, rows: 15 },
  { columns: 99, rows: 40 },
  { columns: 100, rows: 30 },
  { columns: 101, rows: 29 },
  { columns: 211, rows: 60 },
];

const COLOURS = /\u001b\[[0-9;]*m/g;

beforeAll(() => {
  // The drawings show wall clock times.
  process.env['TZ'] = 'UTC';
});

const plain = (row: string): string => row.replace(COLOURS, '');

const widths = new Map<string, number>();

/** Of a row without its colours; most rows are measured more than once. */
function widthOf(row: string): number {
  const text = plain(row);
  const known = widths.get(text);
  if (known !== undefined) return known;
  const cells = stringWidth(text);
  widths.set(text, cells);
  return cells;
}

/** Every row is exactly as wide as its screen or window, and all of it is inside. */
function expectFull({ lines, window, rows }: Picture, { columns, rows: height }: Size): void {
  expect(lines).toHaveLength(height);
  expectWide(lines, columns);
  expect(rows).toHaveLength(height);
  for (const row of rows) expect(widthOf(row), row).toBeLessThanOrEqual(columns);
  if (window === undefined) return;
  expectWide(window.lines, window.width);
  expect(window.x + window.width).toBeLessThanOrEqual(columns);
  expect(window.y + window.lines.length).toBeLessThanOrEqual(height);
}

function expectWide(rows: readonly string[], cells: number): void {
  const wrong = rows.filter((row) => widthOf(row) !== cells);
  expect(wrong).toEqual([]);
}

describe.each(Object.entries(SCENES))('%s', (name, scene) => {
  test.each(SIZES)('at $columns×$rows is as drawn', async (size) => {
    const picture = pictureOf(await scene(size));
    expectGolden(`${name}-${size.columns}x${size.rows}`, picture.rows);
    expectFull(picture, size);
  });

  test.each(OTHER_SIZES)('fills $columns×$rows', async (size) => {
    const picture = pictureOf(await scene(size));
    expectFull(picture, size);
    const header = picture.rows[0]!;
    for (const name of ['Images', 'Layers', 'Disk', 'Jobs']) expect(header, 'a tab').toContain(name);
  });

  test('says the same in colour, and in ASCII with as many cells', async () => {
    for (const size of SIZES) {
      const app = await scene(size);
      const coloured = pictureOf(app, { colour: true });
      expectFull(coloured, size);
      expect(coloured.rows.map((row) => plain(row).trimEnd())).toEqual(
        pictureOf(app).rows.map((row) => row.trimEnd()),
      );
      expectFull(pictureOf(app, { ascii: true }), size);
    }
  });
});

test('nothing that is drawn needs more than ASCII with --ascii, names apart', async () => {
  for (const [name, scene] of Object.entries(SCENES)) {
    const text = pictureOf(await scene(SIZES[0]!), { ascii: true }).rows.join('\n');
    const others = new Set(text.match(/[^\u0000-\u007f]/gu) ?? []);
    // Names, labels and instructions are shown as they are.
    const drawn = [...others].filter((sign) => !/[\p{L}\p{M}\p{N}\p{Emoji}\u200d]/u.test(sign));
    expect(drawn, name).toEqual([]);
  }
});

test('a window too small for anything says so, and nothing else', async () => {
  for (const size of [
    { columns: 52, rows: 11 },
    { columns: 59, rows: 40 },
    { columns: 120, rows: 14 },
    { columns: 8, rows: 2 },
  ]) {
    for (const scene of Object.values(SCENES)) {
      const picture = pictureOf(await scene(size));
      expect(picture.rows).toHaveLength(size.rows);
      const text = `needs 60×15, is ${size.columns}×${size.rows}`.slice(0, size.columns);
      expect(picture.rows.map((row) => row.trimEnd()).filter((row) => row !== '')).toEqual([text]);
    }
  }
});
