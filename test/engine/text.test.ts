import { expect, test } from 'vitest';
import { block, deep, line } from '../../src/engine/text.ts';

test.each([
  ['plain', 'plain'],
  ['漢字 🐳 é', '漢字 🐳 é'],
  ['a\u001b[31mred\u001b[0m', 'ared'],
  ['a\u001b]0;title\u0007b', 'ab'],
  ['a\u001b]8;;http://x\u001b\\b', 'ab'],
  ['a\u001bP1$r\u001b\\b', 'ab'],
  ['a\u001bcb', 'ab'],
  ['a\u009b31mb', 'ab'],
  ['a\nb\tc\r\nd', 'a b c d'],
  ['a\u202eb\u2066c', 'a\ufffdb\ufffdc'],
  ['a\u0000\u007fb', 'a\ufffd\ufffdb'],
  ['a\u001b', 'a\ufffd'],
])('line: %j', (text, safe) => {
  expect(line(text)).toBe(safe);
});

test('a block keeps its lines and loses the rest', () => {
  expect(block('a\r\n\tb\u001b[2J\n\u202ec\u2028d')).toBe('a\n  b\n\ufffdc\ufffdd');
});

test('deep goes through keys, lists and objects', () => {
  expect(deep({ 'k\u001b[1m': ['\u0007x', { y: 'a\nb' }, 1, null, true] })).toEqual({
    k: ['\ufffdx', { y: 'a\nb' }, 1, null, true],
  });
});
