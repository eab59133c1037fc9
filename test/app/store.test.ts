import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStore, FRAME_MS } from '../../src/app/store.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const add = (step: number) => (state: number) => state + step;

test('what a person does is told at once', () => {
  const store = createStore(0);
  const seen: number[] = [];
  store.subscribe(() => seen.push(store.get()));
  store.update(add(1));
  store.update(add(1));
  expect(seen).toEqual([1, 2]);
});

test('what a machine reports is known at once, and told once a frame', () => {
  const store = createStore(0);
  const seen: number[] = [];
  store.subscribe(() => seen.push(store.get()));
  for (let event = 0; event < 1_000; event++) store.stream(add(1));
  expect(store.get()).toBe(1_000);
  expect(seen).toEqual([]);
  vi.advanceTimersByTime(FRAME_MS);
  expect(seen).toEqual([1_000]);
  vi.advanceTimersByTime(10 * FRAME_MS);
  expect(seen).toEqual([1_000]);
});

test('a person never waits for a machine, and tells what it held back', () => {
  const store = createStore(0);
  const seen: number[] = [];
  store.subscribe(() => seen.push(store.get()));
  store.stream(add(10));
  store.update(add(1));
  expect(seen).toEqual([11]);
  vi.advanceTimersByTime(FRAME_MS);
  expect(seen).toEqual([11]);
});

test('no change is no news, and who has left hears nothing', () => {
  const store = createStore(0);
  const listener = vi.fn();
  const leave = store.subscribe(listener);
  store.update((state) => state);
  store.stream((state) => state);
  vi.advanceTimersByTime(FRAME_MS);
  expect(listener).not.toHaveBeenCalled();
  leave();
  store.update(add(1));
  expect(listener).not.toHaveBeenCalled();
});
