import { describe, expect, test } from 'vitest';
import { EMPTY_FIELD, edit, fieldOf, insert, type TextField } from '../../src/app/text-field.ts';
import { Random } from './ink/random.ts';

/** `ab|c` as a field: the bar is the cursor. */
function field(drawn: string): TextField {
  return { text: drawn.replace('|', ''), cursor: drawn.indexOf('|') };
}

const drawn = ({ text, cursor }: TextField): string => `${text.slice(0, cursor)}|${text.slice(cursor)}`;

describe('editing', () => {
  test.each<[string, string, string]>([
    ['ab|c', 'left', 'a|bc'],
    ['|abc', 'left', '|abc'],
    ['ab|c', 'right', 'abc|'],
    ['abc|', 'right', 'abc|'],
    ['ab|c', 'home', '|abc'],
    ['ab|c', 'ctrl+a', '|abc'],
    ['ab|c', 'end', 'abc|'],
    ['ab|c', 'ctrl+e', 'abc|'],
    ['ab|c', 'backspace', 'a|c'],
    ['|abc', 'backspace', '|abc'],
    ['ab|c', 'delete', 'ab|'],
    ['abc|', 'delete', 'abc|'],
    ['ab|c', 'ctrl+u', '|c'],
    ['a|bc', 'ctrl+k', 'a|'],
    ['one two|', 'ctrl+w', 'one |'],
    ['one two  |', 'ctrl+w', 'one |'],
    ['ghcr.io/acme/web:1.0|', 'ctrl+w', 'ghcr.io/acme/web:|'],
    ['ghcr.io/acme/web:|', 'ctrl+w', 'ghcr.io/acme/|'],
    ['one two|', 'alt+backspace', 'one |'],
    ['|', 'ctrl+w', '|'],
    ['漢字|', 'backspace', '漢|'],
    ['a👩‍💻|b', 'backspace', 'a|b'],
    ['a👩‍💻|b', 'left', 'a|👩‍💻b'],
    ['|🇯🇵b', 'delete', '|b'],
    ['e\u0301|', 'backspace', '|'],
  ])('%s, %s: %s', (before, key, after) => {
    expect(drawn(edit(field(before), key)!)).toBe(after);
  });

  test.each(['j', 'enter', 'up', 'ctrl+d', 'tab', 'esc'])('%s does not edit', (key) => {
    expect(edit(field('ab|c'), key)).toBeUndefined();
  });
});

describe('inserting', () => {
  test('goes where the cursor is', () => {
    expect(drawn(insert(field('a|d'), 'bc'))).toBe('abc|d');
    expect(drawn(insert(EMPTY_FIELD, '漢'))).toBe('漢|');
    expect(drawn(fieldOf('app:1'))).toBe('app:1|');
  });

  test('makes one line of a paste, and nothing that steers a terminal', () => {
    expect(drawn(insert(EMPTY_FIELD, 'a\r\nb\tc\u001b[31md\u009b'))).toBe('a b c [31md |');
  });
});

test('no sequence of keys leaves the cursor outside the text or inside a grapheme', () => {
  const KEYS = ['left', 'right', 'home', 'end', 'backspace', 'delete', 'ctrl+u', 'ctrl+w', 'ctrl+k'];
  const TEXTS = ['a', ' ', 'web:1', '漢字', '👩‍💻', 'e\u0301', '🇯🇵'];
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    let now: TextField = EMPTY_FIELD;
    for (let step = 0; step < 40; step++) {
      now = random.below(2) === 0 ? insert(now, random.pick(TEXTS)) : edit(now, random.pick(KEYS))!;
      const borders = [0, now.text.length, ...[...segmenter.segment(now.text)].map(({ index }) => index)];
      expect(borders, `seed ${seed}: ${drawn(now)}`).toContain(now.cursor);
    }
  }
});
