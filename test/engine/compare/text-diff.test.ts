/** Files of text, line by line. */
import { applyPatch } from 'diff';
import { expect, test } from 'vitest';
import { hunkHead, lineBytes, type TextDiff } from '../../../src/engine/compare/hunk.ts';
import { MOST_TEXT, textDiff, textDiffInTurns } from '../../../src/engine/compare/text-diff.ts';

function patchOf(diff: TextDiff): Buffer {
  if (diff.kind === 'none') throw new Error(diff.why);
  const rows = diff.hunks.flatMap((hunk) => [hunkHead(hunk), ...hunk.lines]);
  return Buffer.concat(['--- a', '+++ b', ...rows].map((row) => lineBytes(`${row}\n`)));
}

test.each([
  ['a line in the middle', 'a\nb\nc\nd\ne\nf\ng\nh\n', 'a\nb\nc\nd\nE\nf\ng\nh\n'],
  ['a file that is new', '', 'one\ntwo\n'],
  ['one that is gone', 'one\ntwo', ''],
  ['no newline at the end', 'a\nb', 'a\nb\n'],
  ['two places far apart', `${'x\n'.repeat(30)}y\n`, `0\n${'x\n'.repeat(30)}`],
  [
    'bytes that are no UTF-8',
    Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a]),
    Buffer.from([0x61, 0x0a, 0xfe, 0x0a]),
  ],
  ['lines that end as on Windows', 'a\r\nb\r\n', 'a\r\nc\r\n'],
])('applied as a patch, the first file becomes the second: %s', (_, before, after) => {
  const [old, now] = [Buffer.from(before), Buffer.from(after)];
  const patch = patchOf(textDiff(old, now)).toString('latin1');
  const options = { autoConvertLineEndings: false } as const;
  expect(applyPatch(old.toString('latin1'), patch, options)).toBe(now.toString('latin1'));
});

test('what is no text, and what is too much, is said', () => {
  expect(textDiff(Buffer.from('a\0b'), Buffer.from('a'))).toMatchObject({
    kind: 'none',
    why: expect.stringContaining('no files of text'),
  });
  expect(textDiff(Buffer.alloc(MOST_TEXT + 1, 'a'), undefined)).toMatchObject({
    kind: 'none',
    why: expect.stringContaining('4 MiB'),
  });
  const lines = (salt: string): Buffer =>
    Buffer.from(Array.from({ length: 60_000 }, (_, at) => `${salt}${at}`).join('\n'));
  expect(textDiff(lines('a'), lines('b'), { patience: 50 })).toMatchObject({
    kind: 'none',
    why: expect.stringContaining('in common'),
  });
  expect(textDiff(Buffer.from('a\0'), Buffer.from('a\0'))).toEqual({ kind: 'text', hunks: [] });
  expect(textDiff(Buffer.from('a'), Buffer.from('a'))).toEqual({ kind: 'text', hunks: [] });
});

test('what takes long is found in turns, and is the same', async () => {
  const lines = (step: number): Buffer =>
    Buffer.from(Array.from({ length: 2_000 }, (_, at) => `${at % step === 0 ? -at : at}`).join('\n'));
  const [old, now] = [lines(2_001), lines(20)];
  expect(textDiff(old, now, { patience: 0 })).toMatchObject({ late: true });
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  const diff = await textDiffInTurns(old, now, 0);
  clearInterval(others);
  expect(diff).toEqual(textDiff(old, now));
  expect(turns).toBeGreaterThan(5);
});
