import { describe, expect, test } from 'vitest';
import { age, ago, bytes, clock, grouped, plural, shortDigest, shortId, size } from '../../src/app/format.ts';

test.each<[number, string]>([
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [402_100, '402.1 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [88_000_000, '88.0 MB'],
  [999_949_999, '999.9 MB'],
  [999_950_000, '1.00 GB'],
  [1_090_000_000, '1.09 GB'],
  [16_210_000_000, '16.21 GB'],
  [999_995_000_000, '1.00 TB'],
  [12_345_678_901_234, '12.35 TB'],
  [5e18, '5000.00 PB'],
])('%i bytes are %s', (value, text) => {
  expect(bytes(value)).toBe(text);
});

test('a size carries its bound', () => {
  expect(size({ bytes: 1_090_000_000, bound: 'exact' })).toBe('1.09 GB');
  expect(size({ bytes: 1_090_000_000, bound: 'at-least', reason: 'r' })).toBe('≥1.09 GB');
  expect(size({ bytes: 12_300_000, bound: 'about', reason: 'r' })).toBe('≈12.3 MB');
});

test('long numbers are grouped, nouns counted', () => {
  expect([0, 999, 1_000, 7_955_100_160].map(grouped)).toEqual(['0', '999', '1,000', '7,955,100,160']);
  expect([plural(1, 'image'), plural(0, 'image'), plural(2_061, 'image')]).toEqual([
    '1 image',
    '0 images',
    '2,061 images',
  ]);
  expect(plural(2, 'copy', 'copies')).toBe('2 copies');
});

const NOW = 1_800_000_000;
const DAY = 86_400;

describe('ages', () => {
  test.each<[number, string, string]>([
    [0, 'now', 'just now'],
    [59, 'now', 'just now'],
    [60, '1 m', '1 minute ago'],
    [3_599, '59 m', '59 minutes ago'],
    [3_600, '1 h', '1 hour ago'],
    [5 * 3_600, '5 h', '5 hours ago'],
    [DAY - 1, '23 h', '23 hours ago'],
    [DAY, '1 d', '1 day ago'],
    [44 * DAY, '44 d', '44 days ago'],
    [60 * DAY - 1, '59 d', '59 days ago'],
    [62 * DAY, '2 mo', '2 months ago'],
    [729 * DAY, '23 mo', '23 months ago'],
    [731 * DAY, '2 y', '2 years ago'],
    [-500, 'now', 'just now'],
  ])('of %i seconds: %s, %s', (seconds, short, long) => {
    expect(age(NOW - seconds, NOW)).toBe(short);
    expect(ago(NOW - seconds, NOW)).toBe(long);
  });

  test('that are not known say so', () => {
    expect([age(0, NOW), age(-62135596800, NOW), ago(0, NOW)]).toEqual(['-', '-', 'at an unknown time']);
  });

  test('never grow wider than their column', () => {
    for (let seconds = 0; seconds < 60 * 365 * DAY; seconds = seconds * 2 + 7) {
      expect(age(NOW - seconds, NOW).length).toBeLessThanOrEqual(5);
    }
  });
});

test('ids and digests are shown short', () => {
  expect(shortId(`sha256:c31b90e4d7f2${'0'.repeat(52)}`)).toBe('c31b90e4d7f2');
  expect(shortId('c31b90e4d7f2c31b90e4d7f2')).toBe('c31b90e4d7f2');
  expect(shortDigest(`sha256:08be${'0'.repeat(56)}41c7`)).toBe('sha256:08be…41c7');
  expect(shortDigest('sha256:abc')).toBe('sha256:abc');
});

test('the clock is the wall clock of the place', () => {
  const at = new Date(2026, 8, 1, 9, 4, 5);
  expect(clock(at.getTime())).toBe('09:04:05');
});
