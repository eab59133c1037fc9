/** What the unused images would give back: the plan's own figure, worked out when the keyboard rests; before, the engine's. */
import type { Pins } from '../engine/cleanup/pins.ts';
import { type UnusedImages, unusedImages } from '../engine/cleanup/unused-images.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Size } from '../engine/engine.ts';
import { EngineError } from '../engine/errors.ts';
import type { Stock } from '../engine/stock.ts';
import { grouped, plural } from './format.ts';
import type { KnownPins } from './pin-book.ts';
import { pinsOf } from './pins.ts';
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

/** The figure of this stock and these pins. */
export interface UnusedFigure {
  readonly stock: Stock;
  readonly pins: KnownPins;
  /** Undefined where it cannot be planned: a name that is no reference. */
  readonly unused: UnusedImages | undefined;
}

/** Milliseconds after a change: the keyboard has its frame first. */
const REST = 40;
/** While a removal changes what there is with every step, the machine has better things to do. */
const LONG_REST = 1_000;
/** So many images take long to plan: a key should not meet that, so it is put off while anything goes on, but not for ever. */
const MANY = 1_000;
const PATIENCE = 10_000;

/** Keeps `unused` up to date; returns how to stop that. Until there is a newer figure, the last one stands. */
export function followUnused(store: Store<AppState>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let since = 0;
  const unsubscribe = store.subscribe(() => {
    const state = store.get();
    if (state.stock === undefined || isFresh(state)) return;
    const isMany = state.stock.images.length > MANY;
    if (timer === undefined) since = Date.now();
    else if (!isMany || Date.now() - since > PATIENCE) return;
    clearTimeout(timer);
    const isRemoving = state.jobs.some(({ kind, endedAt }) => kind === 'remove' && endedAt === undefined);
    timer = setTimeout(
      () => {
        timer = undefined;
        store.stream((now) => ({ ...now, unused: unusedOf(now) }));
      },
      isRemoving || isMany ? LONG_REST : REST,
    );
  });
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}

export function unusedOf(state: Pick<AppState, 'stock' | 'pins'>): UnusedFigure | undefined {
  const { stock, pins } = state;
  return stock === undefined ? undefined : { stock, pins, unused: planned(stock, pinsOf(state)) };
}

/** Nobody asked for it, so that no fault of it may end the app. */
function planned(stock: Stock, pins: Pins): UnusedImages | undefined {
  try {
    return unusedImages(stock, pins);
  } catch (thrown) {
    if (thrown instanceof EngineError) return undefined;
    throw thrown;
  }
}

/** Disk usage is counted again and again and makes a new stock each time: most often none that would change a plan. */
function isFresh({ stock, pins, unused: known }: AppState): boolean {
  if (stock === undefined || known?.pins !== pins) return false;
  const { images, layers, containers, buildCache } = known.stock;
  return (
    images === stock.images &&
    layers === stock.layers &&
    containers === stock.containers &&
    (buildCache === stock.buildCache || (buildCache?.length === 0 && stock.buildCache?.length === 0))
  );
}

export interface Reclaimable {
  /** Of images alone. */
  readonly images: Size;
  /** Of images and build cache together. */
  readonly total: Size;
  /** `8 unused images`, `7 of 8 unused` where one of them has to stay, `''` without any. */
  readonly where: string;
}

export function reclaimableOf(usage: DiskUsage, known: UnusedFigure | undefined): Reclaimable {
  const { images, buildCache } = usage;
  if (known?.unused === undefined) {
    const total = sumOf(images.reclaimable, buildCache.reclaimable);
    return { images: images.reclaimable, total, where: unusedText(images.count - images.active) };
  }
  const { count, removable, freed, heldByCache } = known.unused;
  const sum = sumOf(freed, buildCache.reclaimable);
  const isPart = removable < count && freed.bytes > 0;
  return {
    images: freed,
    total: heldByCache && sum.bound === 'exact' ? { ...HELD, bytes: sum.bytes } : sum,
    where: isPart ? `${grouped(removable)} of ${grouped(count)} unused` : unusedText(count),
  };
}

const HELD = {
  bound: 'at-least',
  reason: 'layers that images and build cache both hold come on top when both go',
} as const;

function unusedText(count: number): string {
  return count > 0 ? plural(count, 'unused image') : '';
}

/** The looser of two bounds holds for their sum. */
function sumOf(a: Size, b: Size): Size {
  const looser = a.bound === 'exact' ? b : a.bound === 'about' || b.bound === 'exact' ? a : b;
  return { ...looser, bytes: a.bytes + b.bytes };
}
