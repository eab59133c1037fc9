import { describe, expect, test } from 'vitest';
import { basesOf } from '../../src/app/bases.ts';
import { currentForestRow } from '../../src/app/branches.ts';
import { type ForestRow, forestRows } from '../../src/app/forest-rows.ts';
import { layerFacts, layerTotals } from '../../src/app/layer-facts.ts';
import { cursorIndex } from '../../src/app/list.ts';
import { isMarked, marksEffect } from '../../src/app/marks-effect.ts';
import { knownPins } from '../../src/app/pin-book.ts';
import { newPlanner } from '../../src/app/planner.ts';
import { NO_PIN_SETTINGS } from '../../src/engine/cleanup/pins.ts';
import { idOf, stockOf } from '../engine/stock-maker.ts';
import { type AcmeApp, acmeApp, acmeState, DRAWN_MARKS } from './acme-app.ts';
import { acmeId, STOCK } from './acme-store.ts';

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
    expect(layerFacts(state, rows[0]!)).toMatchObject({
      fate: 'stays',
      reasons: ['5 unmarked images still need it.'],
      layers: 1,
      size: { bytes: 78_600_000, bound: 'exact' },
      // Marked: ml-train:old and a91cf06bd3e8 with what they share, and three of web-api.
      going: 7_955_100_160,
    });
    const pip = rows.find((row) => row.label.includes('pip install'))!;
    expect(layerFacts(state, pip)).toMatchObject({ fate: 'goes', reasons: [] });
    expect(layerFacts({ ...state, marks: new Set() }, pip).fate).toBeUndefined();
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

  const cursorRow = (app: AcmeApp): ForestRow | undefined => currentForestRow(app.store.get());

  test('H leaves only the bases, with the cursor on its own; L opens them all', () => {
    const app = acmeApp(acmeState(SIZE, { screen: 'layers' }));
    app.press('j', 'j', 'j', 'H');
    expect(forestRows(app.store.get()).map(({ shape }) => shape)).toEqual([
      'closed',
      'leaf',
      'closed',
      'leaf',
    ]);
    expect(cursorRow(app)?.label).toBe('ADD rootfs.tar.xz /');
    app.press('L');
    expect(forestRows(app.store.get())).toHaveLength(18);
  });

  test('/ goes to the first match from the cursor on, n and N on and round, and only what hides it is opened', () => {
    const app = acmeApp(acmeState(SIZE, { screen: 'layers' }));
    app.press('H', '/');
    app.type('web-api:1.4');
    app.press('enter');
    expect(cursorRow(app)?.target).toBe('→ web-api:1.4.2');
    expect(app.store.get().toast?.text).toBe('match 1 of 2');
    // The way there is open, and so is nothing else.
    expect(forestRows(app.store.get()).filter(({ shape }) => shape === 'open')).toHaveLength(3);
    app.press('n');
    expect(cursorRow(app)?.target).toBe('→ web-api:1.4.1');
    app.press('n');
    expect(cursorRow(app)?.target).toBe('→ web-api:1.4.2');
    app.press('N');
    expect(cursorRow(app)?.target).toBe('→ web-api:1.4.1');
    app.press('esc', 'n');
    expect(app.store.get().toast?.text).toBe('/ searches instructions, names and digests');
    app.press('/');
    app.type('nowhere');
    app.press('enter');
    expect(app.store.get().toast).toEqual({ tone: 'bad', text: '"nowhere" is in no layer' });
    expect(app.store.get().screen).toBe('layers');
  });

  test('T shows every layer, with the cursor on the one that it was on, and back', () => {
    const app = acmeApp(acmeState(SIZE, { screen: 'layers' }));
    app.press('/');
    app.type('npm ci');
    app.press('enter', 'T');
    expect(forestRows(app.store.get())).toHaveLength(35);
    expect(cursorRow(app)).toMatchObject({ label: 'RUN npm ci', bytes: 146_900_000, imageCount: 4 });
    app.press('T');
    expect(cursorRow(app)).toMatchObject({ label: 'RUN npm ci', bytes: 147_300_000 });
  });

  test('s orders the branches of each branch, S the other way round', () => {
    const app = acmeApp(acmeState(SIZE, { screen: 'layers' }));
    const bases = (): string[] =>
      forestRows(app.store.get())
        .filter(({ prefix }) => prefix === '')
        .map(({ label }) => label);
    app.press('s', 's');
    expect(app.store.get().forestView.sort.column).toBe('name');
    expect(bases()).toEqual([
      'ADD alpine-minirootfs.tar.gz /',
      'ADD rootfs.tar.xz /',
      'RUN postgres step 4',
      'ADD base.tar /',
    ]);
    app.press('S');
    expect(bases()[0]).toBe('ADD base.tar /');
  });

  test('a marks all images on a layer, and takes these marks away', () => {
    const app = acmeApp(acmeState(SIZE, { screen: 'layers', marks: new Set([acmeId('nginx:1.29')]) }));
    app.press('/');
    app.type('npm ci');
    app.press('enter', 'a');
    const web = ['1.5.0', '1.5.0-rc1', '1.4.2', '1.4.1'].map((tag) => acmeId(`ghcr.io/acme/web-api:${tag}`));
    expect([...app.store.get().marks].sort()).toEqual([acmeId('nginx:1.29'), ...web].sort());
    app.press('a');
    expect([...app.store.get().marks]).toEqual([acmeId('nginx:1.29')]);
  });

  test('a leaves alone what is pinned, and what a rule marks is left out of it', () => {
    const settings = { names: ['ghcr.io/acme/web-api:1.5*'], labels: [] };
    const pins = knownPins(settings, NO_PIN_SETTINGS);
    const app = acmeApp(acmeState(SIZE, { screen: 'layers', marks: new Set(), pins }));
    app.press('/');
    app.type('npm ci');
    app.press('enter', 'a');
    expect(app.store.get().marks.size).toBe(2);
    expect(app.store.get().toast?.text).toBe('marked 2 images · 2 pinned images left alone');

    const planner = { ...newPlanner(), ticked: new Set(['dangling']) };
    const ruled = acmeApp(acmeState(SIZE, { screen: 'layers', marks: new Set(), planner }));
    ruled.press('/');
    ruled.type('a91cf06');
    ruled.press('enter');
    expect(isMarked(currentForestRow(ruled.store.get())!, marksEffect(ruled.store.get()))).toBe(true);
    ruled.press('a');
    expect([...ruled.store.get().planner.excluded]).toEqual([acmeId('')]);
    expect(marksEffect(ruled.store.get())).toBeUndefined();
  });

  test('space says where no image ends', () => {
    const app = acmeApp(acmeState(SIZE, { screen: 'layers', marks: new Set() }));
    app.press('space');
    expect(app.store.get().marks.size).toBe(0);
    expect(app.store.get().toast?.text).toContain('no image ends here');
  });

  test('enter opens the image that ends here, or else the layer, and esc goes back step by step', () => {
    const app = acmeApp(acmeState({ columns: 80, rows: 24 }, { screen: 'layers' }));
    app.press('enter');
    expect(app.store.get()).toMatchObject({ page: undefined, forestView: { zoomed: true } });
    app.press('esc', 'j', 'enter');
    expect(app.store.get().page?.id).toBe(acmeId('python:3.14-slim'));
    app.press('esc');
    expect(app.store.get()).toMatchObject({ screen: 'layers', page: undefined });
    app.press('esc');
    expect(app.store.get().screen).toBe('images');
  });
});

describe('what an image was built on', () => {
  test('is named where a local tag is the beginning of its layers, the nearest first', () => {
    expect(basesOf(STOCK, acmeId('ghcr.io/acme/web-api:1.5.0'))).toEqual(['node:22-slim']);
    expect(basesOf(STOCK, acmeId('node:22-slim'))).toEqual([]);
    expect(basesOf(STOCK, acmeId(''))).toEqual(['python:3.14-slim']);
    expect(basesOf(undefined, acmeId(''))).toEqual([]);
  });

  test('is no image with the very same layers, and none without a name', () => {
    const stock = stockOf([
      { name: 'under', tags: ['under:1'], layers: [['a', 1]] },
      {
        name: 'nameless',
        layers: [
          ['a', 1],
          ['b', 2],
        ],
      },
      {
        name: 'young',
        tags: ['young:1'],
        layers: [
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ],
      },
      {
        name: 'same',
        tags: ['same:1'],
        layers: [
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ],
      },
      {
        name: 'top',
        tags: ['top:1'],
        layers: [
          ['a', 1],
          ['b', 2],
          ['c', 3],
          ['d', 4],
        ],
      },
    ]);
    expect(basesOf(stock, idOf('same'))).toEqual(['under:1']);
    expect(basesOf(stock, idOf('top'))).toEqual(['young:1', 'under:1']);
  });
});
