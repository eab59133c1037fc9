import { describe, expect, test } from 'vitest';
import { allForestRows, type ForestRow, forestRows } from '../../src/app/forest-rows.ts';
import { forestMatches } from '../../src/app/forest-search.ts';
import { FOREST_COLUMNS, FOREST_VIEW, type ForestView } from '../../src/app/forest-view.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { chainOf, hex, idOf, type MadeImage, random, randomStock, stockOf } from '../engine/stock-maker.ts';

const IMAGES: MadeImage[] = [
  { name: 'base', tags: ['reg.io/base:1'], layers: [['b', 100]] },
  {
    name: 'app',
    tags: ['app:1', 'other/name:x'],
    layers: [
      ['b', 100],
      ['s', 20],
      ['t', 30],
    ],
  },
  {
    name: 'twin',
    tags: ['twin:1'],
    layers: [
      ['b', 100],
      ['s', 20],
      ['t', 30],
    ],
  },
  {
    name: 'big',
    layers: [
      ['b', 100],
      ['u', 400],
    ],
  },
  { name: 'lone', tags: ['lone:1'], layers: [['l', 7]] },
];
const STOCK = stockOf(IMAGES);

function looked(stock: Stock, view: Partial<ForestView> = {}, closed: readonly string[] = []) {
  return { stock, closed: new Set(closed), forestView: { ...FOREST_VIEW, ...view } };
}

const drawn = (rows: readonly ForestRow[]): string[] =>
  rows.map(
    ({ prefix, shape, label, target, bytes, total, imageCount }) =>
      `${prefix}${shape} ${label}${target} ${bytes}/${total} ${imageCount}`,
  );

describe('the tree', () => {
  test('has runs, bases by name, twins below the oldest, and what each subtree takes', () => {
    expect(drawn(forestRows(looked(STOCK)))).toEqual([
      'open base:1 100/550 4',
      `├leaf made u→ <none> ${hex('image big').slice(0, 12)} 400/400 1`,
      '└open app:1 50/50 2',
      ' └leaf → twin:1 0/0 1',
      'leaf made l→ lone:1 7/7 1',
    ]);
  });

  test('hides what stands on a closed branch, and knows it all the same', () => {
    const closed = [chainOf(['b'])];
    const rows = forestRows(looked(STOCK, {}, closed));
    expect(drawn(rows)).toEqual(['closed base:1 100/550 4', 'leaf made l→ lone:1 7/7 1']);
    expect(allForestRows(looked(STOCK, {}, closed))).toHaveLength(5);
  });

  test.each([
    ['images', false, ['base:1', 'app:1', 'made u', 'made l']],
    ['images', true, ['made l', 'base:1', 'made u', 'app:1']],
    ['age', false, ['made l', 'base:1', 'made u', 'app:1']],
    ['age', true, ['base:1', 'app:1', 'made u', 'made l']],
    ['name', false, ['base:1', 'made u', 'app:1', 'made l']],
    ['size', true, ['made l', 'base:1', 'app:1', 'made u']],
  ] as const)('is in the order of %s, reversed: %s', (column, reverse, names) => {
    const rows = forestRows(looked(STOCK, { sort: { column, reverse } }));
    // `big` has no name and is known by its id, which comes before any.
    expect(rows.flatMap(({ label }) => (label === '' ? [] : [label]))).toEqual(names);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('of a random stock has every layer and image once: %i', (seed) => {
    const stock = randomStock(seed);
    const pick = random(seed);
    const shown = stock.images.filter((image) => image.role !== 'intermediate');
    const chains = new Map(
      shown.flatMap(({ id }) => stock.layers.get(id)!.layers.map((layer) => [layer.chainId, layer.size])),
    );
    for (const column of FOREST_COLUMNS) {
      const view = { sort: { column, reverse: pick(2) === 0 } };
      const rows = forestRows(looked(stock, view));
      const layers = rows.flatMap((row) => row.layers.map(({ chainId }) => chainId));
      expect([...layers].sort()).toEqual([...chains.keys()].sort());
      const images = rows.flatMap(({ image }) => image ?? []);
      expect(images.sort()).toEqual(shown.map(({ id }) => id).sort());
      for (const row of rows.filter(({ shape }) => shape === 'open')) {
        const below = rows.filter((one) => {
          for (let at: ForestRow | undefined = one; at; at = at.parent) if (at === row) return true;
          return false;
        });
        expect(row.total).toBe(below.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(row.imageCount).toBe(below.filter(({ image }) => image !== undefined).length);
      }
      const flat = forestRows(looked(stock, { ...view, flat: true }));
      expect(flat.map(({ id }) => id).sort()).toEqual([...chains.keys()].sort());
      for (const { id, bytes } of flat) expect(bytes).toBe(chains.get(id));
    }
  });

  test('is not made anew while nothing changed that it depends on', () => {
    const first = forestRows(looked(STOCK));
    // Another search, and containers that came: the same images with the same layers.
    const again = looked(STOCK, { search: 'app' });
    const sort = FOREST_VIEW.sort;
    expect(forestRows({ ...again, forestView: { ...again.forestView, sort } })).toBe(first);
  });
});

test('flat, every layer is a row, the largest first, with the images on it', () => {
  expect(drawn(forestRows(looked(STOCK, { flat: true })))).toEqual([
    `leaf made u→ <none> ${hex('image big').slice(0, 12)} 400/400 1`,
    'leaf made b→ base:1 100/550 4',
    'leaf made t→ app:1 30/30 2',
    'leaf made s 20/50 2',
    'leaf made l→ lone:1 7/7 1',
  ]);
});

describe('a search', () => {
  const found = (search: string, view: Partial<ForestView> = {}): string[] =>
    forestMatches(looked(STOCK, { ...view, search }, [chainOf(['b'])])).map(
      ({ label, target }) => label + target,
    );

  test('finds instructions of any layer of a run, and what closed branches hide', () => {
    expect(found('MADE S')).toEqual(['app:1']);
    expect(found('made s', { flat: true })).toEqual(['made s']);
  });

  test('finds every name of an image where it ends', () => {
    expect(found('other/na')).toEqual(['app:1']);
    expect(found('twin')).toEqual(['→ twin:1']);
    expect(found('reg.io')).toEqual(['base:1']);
  });

  test('finds digests by how they begin, with or without their algorithm', () => {
    expect(found(hex('diff s').slice(0, 9))).toEqual(['app:1']);
    expect(found(chainOf(['l']))).toEqual(['made l→ lone:1']);
    expect(found(idOf('twin').slice(0, 20))).toEqual(['→ twin:1']);
    expect(found(hex('diff s').slice(1, 12))).toEqual([]);
  });

  test('finds nothing where nothing is asked for or known', () => {
    expect(found('  ')).toEqual([]);
    expect(found('no such thing')).toEqual([]);
  });
});
