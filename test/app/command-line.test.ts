import { describe, expect, test } from 'vitest';
import { commandText, parseCommandLine } from '../../src/app/command-line.ts';

describe('a command line', () => {
  test.each([
    ['', []],
    ['  ', []],
    ['sh', ['sh']],
    [' ls  -la /tmp ', ['ls', '-la', '/tmp']],
    [`sh -c 'echo "a  b" > /x'`, ['sh', '-c', 'echo "a  b" > /x']],
    ['echo "say \\"hi\\" \\n"', ['echo', 'say "hi" \\n']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    ['a\\ b \\"', ['a b', '"']],
    ['A=1 B="two words" C=', ['A=1', 'B=two words', 'C=']],
    ['end\\', ['end\\']],
  ])('%s', (text, words) => expect(parseCommandLine(text).words).toEqual(words));

  test.each([`sh -c 'x`, '"x', `x "y'`])('with an open quote is refused: %s', (text) =>
    expect(() => parseCommandLine(text)).toThrow(/quote .* is not closed/),
  );

  test.each([
    ['ls | wc', '|'],
    ['a && b', '&&'],
    ['echo $HOME', '$HOME'],
    ['cat *.txt', '*'],
    ['date > /x', '>'],
    [`sh -c 'a | b'`, ''],
    ['price 5$', ''],
    ['echo \\$HOME', ''],
  ])('tells what only a shell would understand: %s', (text, sign) =>
    expect(parseCommandLine(text).shellSign).toBe(sign),
  );

  test('that is written of words reads as those words', () => {
    const words = ['sh', '-c', `echo "it's" $HOME`, '', 'a\\b', '--x=/y'];
    expect(parseCommandLine(commandText(words)).words).toEqual(words);
    expect(commandText(['node', 'dist/server.js', '--port=80'])).toBe('node dist/server.js --port=80');
  });
});
