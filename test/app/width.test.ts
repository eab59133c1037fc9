import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { cut, fit, fitEnd, fitMiddle, shorten, shortenMiddle, width, wrap } from '../../src/app/width.ts';
import { Random } from './ink/random.ts';

const PARTS = [
  'a',
  'Z',
  ' ',
  '-',
  '/',
  'registry.example:5000',
  '─│▌◆●○▼…·×→≥',
  'é',
  'e\u0301',
  '漢字',
  '日本語/ツール:最新',
  '한국어',
  '👩‍💻',
  '🇯🇵',
  '👍🏽',
  '✈️',
  'ｆｕｌｌ',
  '\u200b',
  'नमस्ते',
];

const samples = Array.from({ length: 400 }, (_, index) => new Random(index + 1).text(PARTS, 8));

test.each<[string, number]>([
  ['', 0],
  ['abc', 3],
  ['─│▌◆●○▼…·', 9],
  ['漢字', 4],
  ['e\u0301', 1],
  ['👩‍💻', 2],
  ['🇯🇵', 2],
  ['日本語/ツール:最新', 18],
])('%j is %i cells wide', (text, cells) => {
  expect(width(text)).toBe(cells);
});

describe('any text', () => {
  test('never ends in two ellipses', () => {
    expect(shorten('COPY file:4bcc12… in /only', 17)).toBe('COPY file:4bcc12…');
    expect(shorten('COPY file:4bcc12… in /only', 18)).toBe('COPY file:4bcc12…');
    expect(shorten('COPY file:4bcc12… in /only', 20)).toBe('COPY file:4bcc12… i…');
  });

  test('is as wide as terminals count it', () => {
    for (const text of samples) expect(width(text), text).toBe(stringWidth(text));
  });

  test('fits exactly, at the end, in the middle and from the left', () => {
    for (const text of samples) {
      for (const cells of [0, 1, 2, 3, 5, 8, 13, 40]) {
        for (const fitting of [fit, fitMiddle, fitEnd]) {
          const fitted = fitting(text, cells);
          expect(stringWidth(fitted), `${JSON.stringify(text)} in ${cells}`).toBe(cells);
        }
      }
    }
  });

  test('is cut to what is there, never through a grapheme, and told so', () => {
    for (const text of samples) {
      for (const cells of [1, 4, 9]) {
        expect(text.startsWith(cut(text, cells))).toBe(true);
        expect(stringWidth(cut(text, cells))).toBeLessThanOrEqual(cells);
        const short = shorten(text, cells);
        const middle = shortenMiddle(text, cells);
        if (stringWidth(text) <= cells) expect([short, middle]).toEqual([text, text]);
        else {
          expect(short.endsWith('…')).toBe(true);
          expect(middle).toContain('…');
          const [start, end] = [
            middle.slice(0, middle.indexOf('…')),
            middle.slice(middle.lastIndexOf('…') + 1),
          ];
          expect(text.startsWith(start) && text.endsWith(end)).toBe(true);
        }
      }
    }
  });

  test('wraps to rows that fit, with nothing but blanks lost', () => {
    for (const text of samples) {
      const paragraph = `${text} and more, with words\n${text}`;
      for (const cells of [2, 7, 20]) {
        const rows = wrap(paragraph, cells);
        for (const row of rows) expect(stringWidth(row), JSON.stringify(row)).toBeLessThanOrEqual(cells);
        expect(rows.join('').replace(/\s/g, '')).toBe(paragraph.replace(/\s/g, ''));
      }
    }
  });
});

test('the start and the end of a long name survive', () => {
  expect(fitMiddle('registry.local:5000/team/service:1.2.3', 21)).toBe('registry.l…vice:1.2.3');
  expect(fitMiddle('short', 8)).toBe('short   ');
});

test('words stay whole where they can', () => {
  expect(wrap('stop and remove web-1', 10)).toEqual(['stop and', 'remove', 'web-1']);
  expect(wrap('sha256:0123456789', 6)).toEqual(['sha256', ':01234', '56789']);
  expect(wrap('', 10)).toEqual(['']);
  expect(wrap('a\n\nb', 10)).toEqual(['a', '', 'b']);
});
