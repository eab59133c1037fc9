/** The overview of a comparison, and the rows of a text that differs. */
import { expect, test } from 'vitest';
import { overviewRows } from '../../src/app/compare-overview.ts';
import { patchLength, patchRows } from '../../src/app/compare-rows.ts';
import type { TextRow } from '../../src/app/compare-signs.ts';
import { compareImages } from '../../src/engine/compare/compare-images.ts';
import { textDiff } from '../../src/engine/compare/text-diff.ts';
import { makeImage } from '../engine/compare/made-images.ts';

const textOf = (rows: readonly TextRow[]): string[] =>
  rows.map((row) => row.map(([, text]) => text).join(''));

test('what is told of both images stands in one column, and how far packages are read is told', async () => {
  const [a, b] = await Promise.all([
    makeImage([[{ name: 'a', content: '1' }]], { name: 'short:1' }),
    makeImage([[{ name: 'a', content: '2' }]], { name: 'a-much-longer/name:2' }),
  ]);
  const comparison = await compareImages(a.contents, b.contents);
  const progress = { what: 'reading packages', bytes: 2_000_000, total: 8_000_000 };
  const rows = textOf(overviewRows(comparison, { status: 'reading', progress }, '', 100));
  const [one = '', other = ''] = rows;
  expect(one.indexOf('000000')).toBe(other.indexOf('000000'));
  expect(rows.find((row) => row.startsWith('packages'))).toContain('2.0 / 8.0 MB');
});

test('files are counted without folders, and what is stored anew is no 0 bytes', async () => {
  const [a, b] = await Promise.all([
    makeImage([
      [{ name: 'etc/' }, { name: 'etc/a', content: 'old' }, { name: 'etc/run', content: '#!', mode: 0o644 }],
    ]),
    makeImage([
      [
        { name: 'etc/' },
        { name: 'etc/a', content: 'new' },
        { name: 'etc/run', content: '#!', mode: 0o755 },
        { name: 'srv/' },
        { name: 'srv/sub/' },
        { name: 'srv/sub/in', content: '12' },
      ],
    ]),
  ]);
  const comparison = await compareImages(a.contents, b.contents);
  const rowsAt = (cells: number): string[] =>
    textOf(overviewRows(comparison, { status: 'waiting' }, '', cells));
  const files = (cells: number): string | undefined => rowsAt(cells).find((row) => row.startsWith('files'));
  expect(files(100)).toBe('files     + 1  +2 B   − 0  0 B   ~ 2  3 B (+0 B)   2 folders');
  expect(files(50)).toBe('files     + 1  +2 B   − 0  0 B   ~ 2  3 B (+0 B)');
  expect(rowsAt(100)[0]).toMatch(/linux\/amd64 · 5 B of files$/);
});

test('of the rows of a text any stretch is the same as that of all', () => {
  const text = (step: number): Buffer =>
    Buffer.from(Array.from({ length: 100 }, (_, at) => (at % step === 0 ? `-${at}` : `${at}`)).join('\n'));
  for (const diff of [
    textDiff(text(101), text(20)),
    textDiff(undefined, text(7)),
    textDiff(text(7), text(7)),
    textDiff(Buffer.from('\0'), Buffer.from('a')),
  ]) {
    const all = patchRows(diff);
    expect(patchLength(diff)).toBe(all.length);
    for (let from = 0; from < all.length; from += 3)
      for (const length of [1, 4, 30])
        expect(patchRows(diff, from, from + length)).toEqual(all.slice(from, from + length));
  }
});
