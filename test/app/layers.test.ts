import { describe, expect, test } from 'vitest';
import { forestRows } from '../../src/app/forest-rows.ts';
import { layerFacts, layerTotals } from '../../src/app/layer-facts.ts';
import { cursorIndex } from '../../src/app/list.ts';
import { acmeApp, acmeState, DRAWN_MARKS } from './acme-app.ts';
import { acmeId } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };

describe('the layer tree', () => {
  test('has shared beginnings once, largest branch first, each image where it ends', () => {
    const rows = forestRows(acmeState(SIZE));
    expect(rows.map((row) => `${row.prefix}${row.shape} ${row.imageCount}`)).toEqual([
      'open 10',
      '├open 4',
      '│├open 2',
      '││├leaf 1',
      '││└leaf 1',
      '│└leaf 1',
      '├open 5',
      '│└open 4',
      '│ ├leaf 1',
      '│ ├leaf 1',
      '│ ├leaf 1',
      '│ └leaf 1',
      '└leaf 1',
      'leaf 1',
      'open 2',
      '├leaf 1',
      '└leaf 1',
      'leaf 1',
    ]);
    expect(rows[0]?.bytes).toBe(78_600_000);
  });

  test('counts each layer once, and every shown image somewhere', () => {
    const state = acmeState(SIZE);
    const rows = forestRows(state);
    expect(rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(layerTotals(state)?.bytes.bytes);
    const images = rows.flatMap((row) => (row.image === undefined ? [] : [row.image]));
    const wanted = state.images.filter((image) => image.role !== 'intermediate').map((image) => image.id);
    expect(images.sort()).toEqual(wanted.sort());
  });

  test('hides what a closed branch holds', () => {
    const state = acmeState(SIZE);
    const first = forestRows(state)[0]!;
    const closed = forestRows({ ...state, closed: new Set([first.id]) });
    expect(closed[0]?.shape).toBe('closed');
    expect(closed).toHaveLength(6);
  });

  test('tells what sharing saves of the images that are shown, build steps left out', () => {
    const saved = layerTotals(acmeState(SIZE))?.saved;
    expect(saved).toEqual({ bytes: 2_549_300_000, bound: 'exact' });
  });

  test('is empty before layers are known', () => {
    const state = acmeState(SIZE, { stock: undefined });
    expect(forestRows(state)).toEqual([]);
    expect(layerTotals(state)).toBeUndefined();
  });
});

describe('a layer', () => {
  test('stays while an unmarked image needs it, and goes when none does', () => {
    const state = acmeState(SIZE, { marks: new Set(DRAWN_MARKS) });
    const rows = forestRows(state);
    expect(layerFacts(state, rows[0]!)).toMatchObject({ goes: false, layers: 1, bytes: 78_600_000 });
    expect(layerFacts(state, rows[0]!).fate).toContain('5 unmarked images');
    const pip = rows.find((row) => row.label.includes('pip install'))!;
    expect(layerFacts(state, pip).goes).toBe(true);
    expect(layerFacts({ ...state, marks: new Set() }, pip).fate).toBe('');
  });
});

describe('the keys of the tree', () => {
  test('close a branch, open it, go up and in', () => {
    const app = acmeApp(acmeState(SIZE, { screen: 'layers' }));
    const at = (): number => cursorIndex(forestRows(app.store.get()), app.store.get().forestPlace);
    app.press('j', 'j', 'j');
    expect(at()).toBe(3);
    app.press('h');
    expect(at()).toBe(2);
    app.press('h');
    expect(forestRows(app.store.get())[2]?.shape).toBe('closed');
    app.press('l');
    expect(forestRows(app.store.get())[2]?.shape).toBe('open');
    app.press('l');
    expect(at()).toBe(3);
  });

  test('L on an image goes to where it ends, through closed branches', () => {
    const app = acmeApp(acmeState(SIZE));
    app.press('L');
    expect(app.store.get().screen).toBe('layers');
    const rows = forestRows(app.store.get());
    expect(rows[cursorIndex(rows, app.store.get().forestPlace)]?.image).toBe(
      acmeId('ghcr.io/acme/web-api:1.5.0'),
    );
  });
});
