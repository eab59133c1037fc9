import { describe, expect, test } from 'vitest';
import { type Rows, rowsOf } from '../../src/app/rows.ts';
import { type AppState, SORT_COLUMNS, type SortColumn } from '../../src/app/state.ts';
import type { Image } from '../../src/engine/image.ts';
import { makeStock } from '../../src/engine/stock.ts';
import { hex, random } from '../engine/stock-maker.ts';
import { acmeState } from './acme-app.ts';
import { acmeId, NOW } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };

const shown = (change: Partial<AppState>): Rows => rowsOf(acmeState(SIZE, change));
const names = (change: Partial<AppState>): string[] => shown(change).tagged.rows.map((row) => row.name);

function image(key: string, facts: Partial<Image> = {}): Image {
  return {
    id: `sha256:${hex(key)}`,
    references: [`${key}:1`],
    digests: [],
    parentId: '',
    role: 'tagged',
    created: NOW - 100,
    size: 1_000,
    sharedSize: undefined,
    containers: undefined,
    labels: {},
    ...facts,
  };
}

describe('rows', () => {
  test('stand in the list of their role, with what each alone frees', () => {
    const rows = shown({});
    expect([rows.tagged.all, rows.dangling.all, rows.intermediate.all]).toEqual([13, 1, 28]);
    const own = new Map(rows.tagged.rows.map((row) => [row.name, row.own?.bytes]));
    expect(own.get('acme/ml-train:old')).toBe(6_068_000_160);
    expect(own.get('ghcr.io/acme/web-api:1.5.0')).toBe(81_100_000);
    expect(own.get('node:22-slim')).toBe(0);
  });

  test('count containers', () => {
    const uses = new Map(shown({}).tagged.rows.map((row) => [row.name, row.uses]));
    expect([
      uses.get('ghcr.io/acme/web-api:1.5.0'),
      uses.get('node:22-alpine'),
      uses.get('nginx:1.29'),
    ]).toEqual([3, 2, 0]);
  });

  test('say what the engine says while layers are read, and own nothing where that is not known', () => {
    const images = [image('told', { sharedSize: 400 }), image('untold')];
    const rows = shown({ images, stock: undefined, usage: undefined, containers: [] }).tagged.rows;
    const own = new Map(rows.map((row) => [row.name, row.own]));
    expect(own.get('told:1')).toMatchObject({ bytes: 600, bound: 'about' });
    expect(own.get('untold:1')).toBeUndefined();
  });

  test('are the same object while nothing they depend on changed', () => {
    const state = acmeState(SIZE);
    const before = rowsOf(state);
    expect(rowsOf({ ...state, marks: new Set(), toast: { tone: 'good', text: '' } })).toBe(before);
    expect(rowsOf({ ...state, filter: 'web' })).not.toBe(before);
  });
});

describe('names', () => {
  const nameOf = (one: Image): string | undefined => {
    const stock = makeStock({ kind: 'docker-classic', images: [one] });
    const rows = shown({ images: [one], stock, usage: undefined, containers: [] });
    return [...rows.tagged.rows, ...rows.dangling.rows][0]?.name;
  };

  test('are the first reference, the digest it was pulled by, or the short id', () => {
    const digest = `team/app@sha256:${hex('x')}`;
    expect(nameOf(image('app', { references: ['a:1', 'b:1'] }))).toBe('a:1');
    expect(nameOf(image('app', { references: [], digests: [digest] }))).toBe(digest);
    expect(nameOf(image('app', { references: [], role: 'dangling' }))).toBe(hex('app').slice(0, 12));
  });

  test('of a dangling image are its short id, whatever it was called', () => {
    const digests = [`team/app@sha256:${hex('x')}`];
    expect(nameOf(image('app', { references: [], digests, role: 'dangling' }))).toBe(hex('app').slice(0, 12));
  });
});

describe('sorting', () => {
  const by = (column: SortColumn, reverse = false): string[] => names({ sort: { column, reverse } });

  test('goes by each column', () => {
    expect(by('own').slice(0, 3)).toEqual(['acme/ml-train:2026-08', 'acme/ml-train:old', 'postgres:17']);
    expect(by('size').slice(0, 4)).toEqual([
      'acme/ml-train:2026-08',
      'acme/ml-train:old',
      'ghcr.io/acme/web-api:1.5.0',
      'ghcr.io/acme/web-api:1.5.0-rc1',
    ]);
    expect(by('age').slice(0, 2)).toEqual(['ghcr.io/acme/web-api:1.5.0', 'ghcr.io/acme/web-api:1.5.0-rc1']);
    expect(by('use').slice(0, 2)).toEqual(['ghcr.io/acme/web-api:1.5.0', 'node:22-alpine']);
    expect(by('name').slice(0, 2)).toEqual(['acme/ml-train:2026-08', 'acme/ml-train:old']);
  });

  test('turns round', () => {
    expect(by('name', true)).toEqual(by('name').reverse());
    expect(by('own', true).at(-1)).toBe('acme/ml-train:2026-08');
  });

  test('does not depend on the order in which the engine listed', () => {
    const images = Array.from({ length: 40 }, (_, index) =>
      image(`image-${index}`, {
        size: 1_000 * (index % 3),
        created: NOW - (index % 4),
        containers: index % 2,
      }),
    );
    for (const column of SORT_COLUMNS) {
      for (const reverse of [false, true]) {
        const sort = { column, reverse };
        const wanted = names({ images, stock: undefined, usage: undefined, containers: [], sort });
        for (let seed = 1; seed <= 5; seed++) {
          const pick = random(seed);
          const shuffled = images.map((one) => [pick(1e9), one] as const).sort((a, b) => a[0] - b[0]);
          const again = shuffled.map(([, one]) => one);
          expect(names({ images: again, stock: undefined, usage: undefined, containers: [], sort })).toEqual(
            wanted,
          );
        }
      }
    }
  });
});

describe('the filter', () => {
  test('finds by parts of a name, best first', () => {
    expect(names({ filter: 'redis' })).toEqual(['redis:8-alpine']);
    expect(names({ filter: 'web 1.4' }).sort()).toEqual([
      'ghcr.io/acme/web-api:1.4.1',
      'ghcr.io/acme/web-api:1.4.2',
    ]);
    expect(names({ filter: 'pstgrs' })).toEqual(['postgres:17']);
    expect(names({ filter: '日本語' })).toEqual(['registry.local:5000/日本語/ツール:最新']);
    expect(names({ filter: 'zzzzqq' })).toEqual([]);
  });

  test('finds an image by any of its names', () => {
    expect(names({ filter: 'web-api:latest' })[0]).toBe('ghcr.io/acme/web-api:1.5.0');
  });

  test('finds by the start of an id', () => {
    expect(names({ filter: 'c31b90' })).toEqual(['ghcr.io/acme/web-api:1.5.0']);
    expect(names({ filter: 'sha256:c31b90e4d7f2' })).toEqual(['ghcr.io/acme/web-api:1.5.0']);
    expect(shown({ filter: 'a91cf06b' }).dangling.rows.map((row) => row.id)).toEqual([acmeId('')]);
  });

  test('understands docker’s terms, with words beside them', () => {
    expect(shown({ filter: 'dangling:true' }).tagged.rows).toEqual([]);
    expect(shown({ filter: 'dangling:true' }).dangling.rows).toHaveLength(1);
    expect(names({ filter: 'ref:ghcr.io/acme/*' })).toHaveLength(4);
    expect(names({ filter: 'ref:ghcr.io/acme/* rc1' })).toEqual(['ghcr.io/acme/web-api:1.5.0-rc1']);
    expect(names({ filter: 'since:node:22-slim' }).sort()).toEqual([
      'ghcr.io/acme/web-api:1.5.0',
      'ghcr.io/acme/web-api:1.5.0-rc1',
    ]);
    expect(names({ filter: 'before:postgres:17' })).toContain('nginx:1.29');
  });

  test('counts what there is without it', () => {
    const { tagged } = shown({ filter: 'redis' });
    expect([tagged.rows.length, tagged.all]).toEqual([1, 13]);
  });

  test('that cannot be read says why', () => {
    expect(shown({ filter: 'dangling:perhaps' }).problem).toContain('perhaps');
    expect(shown({ filter: 'since:nothing-of-that-name' }).problem).toContain('nothing-of-that-name');
    expect(shown({ filter: 'web' }).problem).toBe('');
  });

  test('takes anything a keyboard can type without failing', () => {
    for (const filter of [
      '[',
      '(',
      '\\',
      '*',
      ':',
      'ref:[',
      'label:',
      'label:=',
      '"',
      'a'.repeat(5_000),
      '\u0000',
      ' ',
      '🇯🇵',
    ])
      expect(() => shown({ filter }), filter.slice(0, 20)).not.toThrow();
  });
});
