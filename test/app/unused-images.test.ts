/** What can be reclaimed is one figure, of the plan of all unused images, and says what it counts. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { figureOf } from '../../src/app/planner-figures.ts';
import { sceneOf } from '../../src/app/scene.ts';
import { followUnused, reclaimableOf, unusedOf } from '../../src/app/unused-images.ts';
import { parseRule } from '../../src/engine/cleanup/rule-text.ts';
import { makeStock } from '../../src/engine/stock.ts';
import { AWKWARD } from '../views/awkward-images.ts';
import { acmeApp, acmeState } from './acme-app.ts';
import { STOCK, USAGE } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };
const BOUND = { bytes: 11, bound: 'at-least', reason: 'shared layers come on top' } as const;
/** As the classic store tells it. */
const usage = { ...USAGE, images: { ...USAGE.images, reclaimable: BOUND } };

describe('reclaimable', () => {
  test('is the bound of the engine until layers are known', () => {
    const told = reclaimableOf(usage, undefined);
    expect(told).toMatchObject({ images: BOUND, total: { bound: 'at-least' }, where: '10 unused images' });
  });

  test('is then what the rule about unused images frees', () => {
    const state = acmeState(SIZE);
    const { freed, images } = figureOf(state, sceneOf(state)!, parseRule('unused'));
    const told = reclaimableOf(usage, state.unused);
    expect(told.images).toEqual(freed);
    expect(told.total).toEqual({ bytes: freed.bytes + USAGE.buildCache.reclaimable.bytes, bound: 'exact' });
    expect(told.where).toBe(`${images} unused images`);
  });

  test('tells how many of the unused images it is in, and that more goes with the build cache', () => {
    const known = unusedOf({ stock: STOCK, pins: acmeState(SIZE).pins })!;
    const some = { ...known, unused: { ...known.unused!, count: 8, removable: 7, heldByCache: true } };
    const told = reclaimableOf(usage, some);
    expect(told.where).toBe('7 of 8 unused');
    expect(told.images.bound).toBe('exact');
    expect(told.total).toMatchObject({ bound: 'at-least', reason: expect.stringContaining('build cache') });
  });
});

test('a name that is no reference leaves it to the engine, and does not end the app', () => {
  const stock = makeStock({ kind: 'docker-containerd', images: AWKWARD });
  const known = unusedOf({ stock, pins: acmeState(SIZE).pins });
  expect(known).toMatchObject({ unused: undefined });
  expect(reclaimableOf(usage, known).images).toEqual(BOUND);
});

describe('it is worked out', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('once the keyboard rests, and again only where a plan may differ', () => {
    const { store } = acmeApp({ ...acmeState(SIZE), unused: undefined });
    const stop = followUnused(store);
    store.update((state) => ({ ...state, now: state.now + 1 }));
    expect(store.get().unused).toBeUndefined();
    vi.advanceTimersByTime(50);
    const first = store.get().unused;
    expect(first).toEqual(unusedOf(store.get()));
    // What each count of disk usage makes of the stock.
    store.update((state) => ({ ...state, stock: { ...state.stock!, written: {} } }));
    vi.advanceTimersByTime(50);
    expect(store.get().unused).toBe(first);
    store.update((state) => ({ ...state, stock: { ...state.stock!, containers: [] } }));
    expect(store.get().unused).toBe(first);
    vi.advanceTimersByTime(50);
    expect(store.get().unused?.unused?.count).toBe(14);
    stop();
  });

  test('of many images once nothing goes on, but not never', () => {
    const [image] = STOCK.images;
    const images = Array.from({ length: 1_100 }, (_, at) => ({
      ...image!,
      id: `sha256:${at.toString(16).padStart(64, '0')}`,
      references: [],
    }));
    const stock = { ...STOCK, images };
    const { store } = acmeApp({ ...acmeState(SIZE), unused: undefined });
    const stop = followUnused(store);
    store.update((state) => ({ ...state, stock }));
    const press = (times: number): void => {
      for (let key = 0; key < times; key++) {
        vi.advanceTimersByTime(500);
        store.update((state) => ({ ...state, now: state.now + 1 }));
      }
    };
    press(10);
    expect(store.get().unused).toBeUndefined();
    vi.advanceTimersByTime(1_000);
    expect(store.get().unused?.stock.images).toHaveLength(1_100);

    store.update((state) => ({ ...state, stock: { ...stock, images: images.slice(0, -1) } }));
    press(10);
    expect(store.get().unused?.stock.images).toHaveLength(1_100);
    store.update((state) => ({ ...state, stock: { ...stock, images: [...images] } }));
    press(24);
    expect(store.get().unused?.stock.images).toBe(store.get().stock!.images);
    stop();
  });
});
