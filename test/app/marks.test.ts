import { describe, expect, test } from 'vitest';
import { marksText } from '../../src/app/marks-cost.ts';
import { currentImage } from '../../src/app/movement.ts';
import { rowsOf } from '../../src/app/rows.ts';
import { type AcmeApp, acmeApp, acmeState, DRAWN_MARKS } from './acme-app.ts';
import { acmeId } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };
const unmarked = (): AcmeApp => acmeApp(acmeState(SIZE, { marks: new Set() }));
const marks = (app: AcmeApp): string[] => [...app.store.get().marks];

describe('what marks cost', () => {
  test('is the figure of the drawing, to the byte', () => {
    expect(marksText(acmeState(SIZE))).toBe('5 marked · frees 7.96 GB (x to review)');
  });

  test('counts a layer that only the set frees', () => {
    const text = (ids: readonly string[]): string => marksText(acmeState(SIZE, { marks: new Set(ids) }));
    expect(text(DRAWN_MARKS.slice(0, 1))).toContain('frees 6.07 GB');
    expect(text(DRAWN_MARKS.slice(1, 2))).toContain('frees 1.09 GB');
    expect(text(DRAWN_MARKS.slice(0, 2))).toContain('frees 7.80 GB');
  });

  test('says what cannot go', () => {
    const state = acmeState(SIZE, { marks: new Set([acmeId('postgres:17'), acmeId('nginx:1.29')]) });
    expect(marksText(state)).toBe('2 marked · frees 118.7 MB · 1 cannot go yet (x to review)');
  });

  test('is nothing without marks, and waits for layers', () => {
    expect(marksText(acmeState(SIZE, { marks: new Set() }))).toBe('');
    expect(marksText(acmeState(SIZE, { stock: undefined }))).toContain('5 marked');
    expect(marksText(acmeState(SIZE, { stock: undefined }))).not.toMatch(/frees \d/);
  });
});

describe('marking', () => {
  test('space marks and goes on, and takes a mark away', () => {
    const app = unmarked();
    app.press('g', 'space', 'space');
    expect(marks(app)).toEqual([acmeId('acme/ml-train:2026-08'), acmeId('acme/ml-train:old')]);
    app.press('k', 'space');
    expect(marks(app)).toEqual([acmeId('acme/ml-train:2026-08')]);
  });

  test('a range holds both its ends, in either direction', () => {
    const app = unmarked();
    app.press('g', 'j', 'v', 'j', 'j', 'space');
    expect(marks(app)).toHaveLength(3);
    app.press('A');
    expect(marks(app)).toEqual([]);
    app.press('v', 'k', 'k', 'v');
    expect(marks(app)).toHaveLength(3);
  });

  test('escape drops a range and keeps what was marked', () => {
    const app = unmarked();
    app.press('g', 'space', 'v', 'j', 'j', 'esc');
    expect(app.store.get().rangeFrom).toBeUndefined();
    expect(marks(app)).toHaveLength(1);
  });

  test('all that is shown is marked, and nothing that is not', () => {
    const app = unmarked();
    app.type('/web');
    app.press('enter', 'a');
    const shown = rowsOf(app.store.get()).tagged.rows.map((row) => row.id);
    expect(marks(app).sort()).toEqual([...shown].sort());
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThan(13);
  });
});

describe('the filter field', () => {
  test('narrows as one types, goes back as one deletes, and escape clears it', () => {
    const app = unmarked();
    const count = (): number => rowsOf(app.store.get()).tagged.rows.length;
    app.type('/redis');
    expect(count()).toBe(1);
    expect(currentImage(app.store.get())).toBe(acmeId('redis:8-alpine'));
    app.press('ctrl+u');
    expect(count()).toBe(13);
    app.type('node');
    app.press('enter');
    expect(app.store.get().field).toBeUndefined();
    expect(app.store.get().filter).toBe('node');
    app.press('esc');
    expect(app.store.get().filter).toBe('');
    expect(count()).toBe(13);
  });

  test('hears every key as text that is bound elsewhere', () => {
    const app = unmarked();
    app.type('/qdx?:1');
    expect(app.store.get().field?.text).toBe('qdx?:1');
    expect(app.calls).toEqual([]);
    expect(app.store.get().overlay).toBeUndefined();
  });

  test('moves on to the list that has the matches', () => {
    const app = unmarked();
    app.type('/a91cf06b');
    expect(app.store.get().focus).toBe('dangling');
    expect(currentImage(app.store.get())).toBe(acmeId(''));
  });
});

describe('one level back', () => {
  test('escape leaves page, screen, filter in this order', () => {
    const app = unmarked();
    app.type('/web');
    app.press('enter', 'i');
    expect(app.store.get().page?.tab).toBe('inspect');
    app.press('esc');
    expect(app.store.get().page).toBeUndefined();
    app.press('3', 'esc');
    expect(app.store.get().screen).toBe('images');
    expect(app.store.get().filter).toBe('web');
    app.press('esc');
    expect(app.store.get().filter).toBe('');
  });

  test('dialogs are closed worlds', () => {
    const app = unmarked();
    app.press('?', '2', 'd', 'j', '/');
    expect(app.store.get().overlay?.kind).toBe('help');
    expect(app.store.get().screen).toBe('images');
    app.press('esc');
    expect(app.store.get().overlay).toBeUndefined();
  });
});

test('what is copied is the name, or the id of what has none', () => {
  const app = unmarked();
  app.press('y', 'tab', 'y');
  expect(app.copied).toEqual(['ghcr.io/acme/web-api:1.5.0', acmeId('')]);
});
