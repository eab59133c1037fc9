import { expect, test } from 'vitest';
import { createRate } from '../../../src/app/rate.ts';

/** Bytes every `pause` milliseconds from `from` to `to`, as a share of `perSecond`. */
function feed(
  rate: ReturnType<typeof createRate>,
  from: number,
  to: number,
  perSecond: number,
  pause = 50,
): void {
  for (let at = from; at <= to; at += pause) rate.add((perSecond * pause) / 1000, at);
}

test('a steady stream is told as it is, from its first third of a second on', () => {
  const rate = createRate();
  feed(rate, 1_000, 1_250, 2_000_000);
  expect(rate.perSecond(1_250)).toBeUndefined();
  feed(rate, 1_300, 30_000, 2_000_000);
  for (const at of [30_000, 30_010]) expect(rate.perSecond(at)! / 2_000_000).toBeCloseTo(1, 1);
});

test('a late start counts from the first byte, not from the first call', () => {
  const rate = createRate();
  feed(rate, 60_000, 61_000, 1_000_000);
  expect(rate.perSecond(61_000)! / 1_000_000).toBeCloseTo(1, 1);
});

test('one burst moves it little, a change of pace is followed within seconds', () => {
  const rate = createRate();
  feed(rate, 0, 20_000, 1_000_000);
  rate.add(500_000, 20_001);
  expect(rate.perSecond(20_001)! / 1_000_000).toBeLessThan(1.15);
  feed(rate, 20_050, 35_000, 4_000_000);
  expect(rate.perSecond(35_000)! / 4_000_000).toBeGreaterThan(0.9);
});

test('a standstill shows although nothing comes that would tell it', () => {
  const rate = createRate();
  feed(rate, 0, 10_000, 1_000_000);
  const before = rate.perSecond(10_000)!;
  expect(rate.perSecond(15_000)!).toBeLessThan(before * 0.5);
  expect(rate.perSecond(40_000)!).toBeLessThan(before * 0.01);
});

test('bytes that were there before it began are no speed', () => {
  const rate = createRate();
  rate.add(900_000_000, 0);
  feed(rate, 50, 1_000, 1_000_000);
  expect(rate.perSecond(1_000)! / 1_000_000).toBeLessThan(1.2);
});
