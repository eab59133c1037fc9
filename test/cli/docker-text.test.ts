import { describe, expect, it } from 'vitest';
import { dockerDuration } from '../../src/cli/docker-duration.ts';
import { dockerSize } from '../../src/cli/docker-size.ts';
import { goTime, rfc3339 } from '../../src/cli/docker-time.ts';
import { ellipsis } from '../../src/cli/ellipsis.ts';
import { formatG } from '../../src/cli/go-number.ts';
import { alignTabs } from '../../src/cli/tab-table.ts';

describe('sizes', () => {
  it.each([
    [0, '0B', '0B'],
    [4, '4B', '4B'],
    [999, '999B', '999B'],
    [1000, '1kB', '1kB'],
    [1125, '1.12kB', '1.125kB'],
    [1135, '1.14kB', '1.135kB'],
    [1982263, '1.98MB', '1.982MB'],
    [2596663, '2.6MB', '2.597MB'],
    [77_800_000, '77.8MB', '77.8MB'],
    [999_600, '1e+03kB', '999.6kB'],
    [999_999, '1e+03kB', '1000kB'],
    [1_234_567_890, '1.23GB', '1.235GB'],
    [5e15, '5PB', '5PB'],
  ])('%i', (bytes, short, long) => {
    expect(dockerSize(bytes, 3)).toBe(short);
    expect(dockerSize(bytes)).toBe(long);
  });

  it('prints small and negative numbers as Go does', () => {
    expect(formatG(0.00001234, 3)).toBe('1.23e-05');
    expect(formatG(0.0001234, 3)).toBe('0.000123');
    expect(formatG(-12.5, 2)).toBe('-12');
    expect(formatG(100, 3)).toBe('100');
  });
});

describe('durations', () => {
  const minute = 60;
  const hour = 60 * minute;
  const day = 24 * hour;
  it.each([
    [-5, 'Less than a second'],
    [0.9, 'Less than a second'],
    [1, '1 second'],
    [59.9, '59 seconds'],
    [60, 'About a minute'],
    [2 * minute, '2 minutes'],
    [59 * minute, '59 minutes'],
    [60 * minute, 'About an hour'],
    [89 * minute, 'About an hour'],
    [90 * minute, '2 hours'],
    [47 * hour, '47 hours'],
    [48 * hour, '2 days'],
    [13 * day, '13 days'],
    [14 * day, '2 weeks'],
    [59 * day, '8 weeks'],
    [60 * day, '2 months'],
    [729 * day, '24 months'],
    [730 * day, '2 years'],
    [56.9 * 365 * day, '56 years'],
  ])('%f s', (seconds, text) => {
    expect(dockerDuration(seconds)).toBe(text);
  });
});

describe('moments', () => {
  const zone = process.env['TZ'];
  const inZone = (name: string, make: () => string) => {
    process.env['TZ'] = name;
    try {
      return make();
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  };
  const moment = 1_795_316_481;
  it('are in the zone of the process, named as Go names it', () => {
    expect(inZone('UTC', () => goTime(moment))).toBe('2026-11-22 03:01:21 +0000 UTC');
    expect(inZone('Europe/Berlin', () => goTime(moment))).toBe('2026-11-22 04:01:21 +0100 CET');
    expect(inZone('America/New_York', () => goTime(moment))).toBe('2026-11-21 22:01:21 -0500 EST');
    expect(inZone('America/Sao_Paulo', () => goTime(moment))).toBe('2026-11-22 00:01:21 -0300 -03');
    expect(inZone('Asia/Kolkata', () => goTime(moment))).toBe('2026-11-22 08:31:21 +0530 IST');
  });
  it('are RFC 3339 in history', () => {
    expect(inZone('UTC', () => rfc3339(moment))).toBe('2026-11-22T03:01:21Z');
    expect(inZone('America/New_York', () => rfc3339(moment))).toBe('2026-11-21T22:01:21-05:00');
  });
});

describe('tables', () => {
  it('line up cells of neighbouring lines', () => {
    expect(alignTabs('A\tB\tC\nlonger than ten\tx\ty\n')).toBe(
      ['A                 B         C', 'longer than ten   x         y', ''].join('\n'),
    );
  });
  it('let a line without a cell end its column', () => {
    expect(alignTabs('aaaaaaaaaaaaaaa\tb\nalone\nc\td\n')).toBe(
      ['aaaaaaaaaaaaaaa   b', 'alone', 'c         d', ''].join('\n'),
    );
  });
  it('count code points, and pad before an empty last cell', () => {
    expect(alignTabs('日本語\t\nx\t\n')).toBe('日本語       \nx         \n');
  });
});

describe('ellipsis', () => {
  it('cuts by columns on the screen', () => {
    expect(ellipsis('short', 45)).toBe('short');
    expect(ellipsis('x'.repeat(46), 45)).toBe(`${'x'.repeat(44)}…`);
    expect(ellipsis('日本語日本語', 7)).toBe('日本語…');
    expect(ellipsis('日本語', 6)).toBe('日本語');
  });
});
