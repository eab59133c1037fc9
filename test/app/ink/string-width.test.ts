import real from 'string-width';
import { expect, test } from 'vitest';
import { isEmoji } from '../../../src/app/ink/emoji.ts';
import { segmentText } from '../../../src/app/ink/segment-text.ts';
import { SIMPLE, WIDE } from '../../../src/app/ink/simple-text.ts';
import width from '../../../src/app/ink/string-width.ts';
import { Random } from './random.ts';

const UNITS = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
const SIMPLE_UNITS = UNITS.filter((unit) => SIMPLE.test(unit));

test('every character is as wide as string-width says', () => {
  expect(UNITS.filter((unit) => width(unit) !== real(unit))).toEqual([]);
  expect(SIMPLE_UNITS.length).toBeGreaterThan(40_000);
});

test('simple characters never join into one grapheme, whatever stands beside them', () => {
  const random = new Random(3);
  const segmenter = new Intl.Segmenter();
  const joined: string[] = [];
  for (let round = 0; round < 20_000; round++) {
    const text = [0, 0, 0].map(() => random.pick(SIMPLE_UNITS)).join('');
    const cells = 3 + (text.match(WIDE)?.length ?? 0);
    if ([...segmenter.segment(text)].length !== 3 || real(text) !== cells || width(text) !== cells) {
      joined.push(text);
    }
  }
  expect(joined).toEqual([]);
});

test('text with styles, clusters and emoji is as wide as string-width says', () => {
  const random = new Random(4);
  const parts = [
    () => String.fromCodePoint(random.below(0x3000)),
    () => String.fromCodePoint(0x1f600 + random.below(80)),
    () => String.fromCodePoint(0x1f1e6 + random.below(26)),
    () => random.pick(['\u200d', '\ufe0f', '\u20e3', '\u0301', 'ﾞ', '\u1100', '\u1161', '\u11a8']),
    () => random.pick(['\u001b[1;36m', '\u001b[0m', '\u001b[', '\u001b', '\u009b', 'm', '\u001b]8;;x\u0007']),
  ];
  const wrong: string[] = [];
  for (let round = 0; round < 10_000; round++) {
    const text = Array.from({ length: 1 + random.below(6) }, () => random.pick(parts)()).join('');
    for (const options of [{}, { countAnsiEscapeCodes: true }, { ambiguousIsNarrow: false }]) {
      if (width(text, options) !== real(text, options)) wrong.push(JSON.stringify({ text, options }));
    }
  }
  expect(wrong).toEqual([]);
});

test('emoji are those of the Unicode property', () => {
  const source = '^\\p{RGI_Emoji}$';
  const property = new RegExp(source, 'v');
  const samples = ['1️⃣', '#️⃣', '🇩🇪', '👩‍👩‍👧', '👍🏽', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '©️', '™️', '〰️', '㊗️', '1', 'a', '日', '🇩', ''];
  for (let code = 0; code < 0x2_0000; code++) {
    if (code < 0xd800 || code > 0xdfff)
      samples.push(String.fromCodePoint(code), `${String.fromCodePoint(code)}\ufe0f`);
  }
  expect(samples.filter((sample) => isEmoji(sample) !== property.test(sample))).toEqual([]);
});

test('segments are those of Intl.Segmenter', () => {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  for (const text of ['', 'plain', '\u001b[1mbold\u001b[22m', 'a\r\nb', 'e\u0301', '日本']) {
    const wanted = [...segmenter.segment(text)].map(({ segment, index }) => ({ segment, index }));
    expect([...segmentText(text)].map(({ segment, index }) => ({ segment, index }))).toEqual(wanted);
    for (let at = 0; at < text.length; at++) {
      expect(segmentText(text).containing(at)?.segment).toBe(segmenter.segment(text).containing(at)?.segment);
    }
  }
});
