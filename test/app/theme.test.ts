import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { createTheme, type Token } from '../../src/app/theme.ts';

const TOKENS: readonly Token[] = [
  'plain',
  'strong',
  'muted',
  'accent',
  'cursor',
  'mark',
  'good',
  'warn',
  'bad',
  'key',
  'title',
  'match',
  'disabled',
  'tab',
];

test('colours are the sixteen of the terminal, and end where they began', () => {
  const theme = createTheme({ colour: true, ascii: false });
  for (const token of TOKENS) {
    const drawn = theme.paint(token, 'x');
    if (token === 'plain') expect(drawn).toBe('x');
    else expect(drawn).toMatch(/^\u001b\[(?:[0-9]|3[0-7]|9[0-7])(?:;(?:[0-9]|3[0-7]|9[0-7]))*mx\u001b\[0m$/);
    expect(theme.paint(token, '')).toBe('');
  }
});

test('without colour nothing is added', () => {
  const theme = createTheme({ colour: false, ascii: false });
  for (const token of TOKENS) expect(theme.paint(token, 'x')).toBe('x');
});

test('with ASCII every sign that is drawn has one of its own width', () => {
  const theme = createTheme({ colour: false, ascii: true });
  const signs = '▌◆◇●○─│┬┴├└╭╮╰╯┤█░…·↻✓✗▼▲→←↑↓≥≈×−▸▾▏';
  const drawn = theme.finish(signs);
  expect(drawn).toMatch(/^[\u0020-\u007e]*$/);
  expect(drawn.length).toBe([...signs].length);
  expect(stringWidth(drawn)).toBe(stringWidth(signs));
  expect(createTheme({ colour: false, ascii: false }).finish(signs)).toBe(signs);
});

test('states that stand in one column stay apart in ASCII', () => {
  const theme = createTheme({ colour: false, ascii: true });
  for (const column of ['▌◆◇ ', '●○· ', '✓✗↻−', '▸▾─', '▼▲', '≥≈']) {
    expect(new Set(theme.finish(column)).size, column).toBe([...column].length);
  }
});

test('names are left as they are', () => {
  const theme = createTheme({ colour: false, ascii: true });
  expect(theme.finish('日本語/ツール:最新 é')).toBe('日本語/ツール:最新 é');
});
