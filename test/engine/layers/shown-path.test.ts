import { describe, expect, it } from 'vitest';
import { shownPath } from '../../../src/engine/layers/shown-path.ts';

const shown = (...bytes: readonly (number | string)[]) =>
  shownPath(Buffer.concat(bytes.map((one) => (typeof one === 'number' ? Buffer.of(one) : Buffer.from(one)))));

describe('a path as it is shown', () => {
  it.each([
    ['', ''],
    ['usr/lib/x86_64-linux-gnu/libc.so.6', 'usr/lib/x86_64-linux-gnu/libc.so.6'],
    ['système/日本語/🙂.txt', 'système/日本語/🙂.txt'],
    ['a\\x2db', 'a\\x2db'],
    ['line\nbreak\ttab', 'line\\x0abreak\\x09tab'],
    ['\u001b[2J\u001b]0;title\u0007', '\\x1b[2J\\x1b]0;title\\x07'],
    ['\u007f\u0085\u009b', '\\x7f\\xc2\\x85\\xc2\\x9b'],
    ['exe\u202etxt.sh', 'exe\\xe2\\x80\\xaetxt.sh'],
    ['a\u2066b\u200fc\u061cd', 'a\\xe2\\x81\\xa6b\\xe2\\x80\\x8fc\\xd8\\x9cd'],
    ['\ufeffname\u200b', '\\xef\\xbb\\xbfname\\xe2\\x80\\x8b'],
    ['a\u00adb\u2060c\u3164d', 'a\\xc2\\xadb\\xe2\\x81\\xa0c\\xe3\\x85\\xa4d'],
    ['a\u{e0041}', 'a\\xf3\\xa0\\x81\\x81'],
    ['👩\u200d💻 ❤\ufe0f نامه\u200cها', '👩\u200d💻 ❤\ufe0f نامه\u200cها'],
    ['a\u2028b', 'a\\xe2\\x80\\xa8b'],
  ])('%j is %j', (name, expected) => {
    expect(shownPath(Buffer.from(name))).toBe(expected);
  });

  it('tells bytes that are no UTF-8 one by one, and all that is beside them', () => {
    expect(shown('f', 0xff, 0xfe, 1, 'é')).toBe('f\\xff\\xfe\\x01é');
    expect(shown(0xe2, 0x80)).toBe('\\xe2\\x80');
    expect(shown('a', 0xc0, 0x80)).toBe('a\\xc0\\x80');
    // A surrogate, and a character beyond the last.
    expect(shown(0xed, 0xa0, 0x80)).toBe('\\xed\\xa0\\x80');
    expect(shown(0xf4, 0x90, 0x80, 0x80, '日')).toBe('\\xf4\\x90\\x80\\x80日');
  });

  it('reads a view that begins in the middle of its memory', () => {
    const bytes = new Uint8Array(Buffer.from('xxplainxx'));
    expect(shownPath(bytes.subarray(2, 7))).toBe('plain');
  });
});
