/** What `.dockerignore` keeps back, by docker's rules. */
import { expect, test } from 'vitest';
import { IgnoreRules, type Verdict } from '../../../src/engine/context/ignore-rules.ts';
import { EngineError } from '../../../src/engine/errors.ts';

/** As a walk asks: folder by folder. */
function isIgnored(rules: IgnoreRules, path: string): boolean {
  let verdict: Verdict | undefined;
  const parts = path.split('/');
  for (let depth = 1; depth <= parts.length; depth++) {
    verdict = rules.judge(parts.slice(0, depth).join('/'), verdict);
  }
  return verdict?.isIgnored ?? false;
}

const rulesOf = (...rows: readonly string[]) => new IgnoreRules(rows.join('\n'), '.dockerignore');

test.each<{ rows: string[]; ignored: string[]; sent: string[] }>([
  { rows: [], ignored: [], sent: ['a', '.git/x'] },
  // The examples of docker's documentation.
  {
    rows: ['# comment', '*/temp*'],
    ignored: ['some/temporary.txt', 'some/temp', 'some/temp/x'],
    sent: ['temp', 'a/b/temp', '# comment'],
  },
  { rows: ['*/*/temp*'], ignored: ['a/b/temporary.txt'], sent: ['a/temp', 'a/b/c/temp'] },
  { rows: ['temp?'], ignored: ['tempa', 'tempb/x'], sent: ['temp', 'tempab', 'x/tempa'] },
  { rows: ['*.md', '!README.md'], ignored: ['x.md'], sent: ['README.md', 'a/x.md'] },
  {
    rows: ['*.md', '!README*.md', 'README-secret.md'],
    ignored: ['README-secret.md', 'x.md'],
    sent: ['README.md', 'README-a.md'],
  },
  { rows: ['*.md', 'README-secret.md', '!README*.md'], ignored: ['x.md'], sent: ['README-secret.md'] },
  { rows: ['**/*.go'], ignored: ['a.go', 'x/y/a.go'], sent: ['a.gox', 'go'] },
  // Patterns start at the context, with a slash in front or without.
  { rows: ['/foo/bar'], ignored: ['foo/bar', 'foo/bar/x'], sent: ['bar', 'x/foo/bar'] },
  { rows: ['foo/', './bar', 'a/../b'], ignored: ['foo', 'foo/x', 'bar', 'b'], sent: ['x/foo', 'a'] },
  // Exceptions within folders that are kept back.
  {
    rows: ['*', '!src/keep'],
    ignored: ['a', 'src', 'src/x', 'src/keeper'],
    sent: ['src/keep', 'src/keep/x'],
  },
  {
    rows: ['node_modules', '!node_modules/a/package.json'],
    ignored: ['node_modules/a/x', 'node_modules/b'],
    sent: ['node_modules/a/package.json'],
  },
  { rows: ['vendor', '!**/*.txt'], ignored: ['vendor/a', 'vendor/b/c'], sent: ['vendor/b/c.txt'] },
  { rows: ['*', '!a', 'a/b', '!a/b/c'], ignored: ['z', 'a/b', 'a/b/x'], sent: ['a', 'a/x', 'a/b/c'] },
  // An exception that was there before its pattern counts for nothing.
  { rows: ['!a', '*'], ignored: ['a'], sent: [] },
  // Wildcards.
  { rows: ['**'], ignored: ['a', 'a/b'], sent: [] },
  { rows: ['a/**'], ignored: ['a/b', 'a/b/c'], sent: ['a', 'ab'] },
  { rows: ['a/**/b'], ignored: ['a/b', 'a/x/b', 'a/x/y/b/z'], sent: ['a/xb', 'b'] },
  { rows: ['**/b'], ignored: ['b', 'x/b', 'x/y/b/c'], sent: ['xb', 'x/ab'] },
  { rows: ['**b'], ignored: ['b', 'xb', 'x/ab'], sent: ['bx'] },
  { rows: ['[a-c]x'], ignored: ['ax', 'cx'], sent: ['dx', '[a-c]x'] },
  { rows: ['[^a-c]x'], ignored: ['dx'], sent: ['ax'] },
  { rows: ['[\\]x-z]'], ignored: [']', 'y'], sent: ['a'] },
  // What has a meaning in regular expressions only.
  { rows: ['a+(b).{c}|$^'], ignored: ['a+(b).{c}|$^'], sent: ['aab'] },
  { rows: ['a.b'], ignored: ['a.b'], sent: ['axb'] },
  { rows: ['\\*', '\\!x', '\\#y'], ignored: ['*', '!x', '#y'], sent: ['a'] },
  // Case counts, spaces within a name too; letters of any script are one letter.
  {
    rows: ['Foo', 'a b', '日?'],
    ignored: ['Foo', 'a b', '日本', '日\u{1f600}'],
    sent: ['foo', 'a', '日本語'],
  },
  // Lines as editors leave them.
  {
    rows: ['\ufeffa\r', '  b  ', '\t!  b/c', '', ' # no comment'],
    ignored: ['a', 'b', '# no comment'],
    sent: ['b/c'],
  },
  // "." and "/" stand for nothing in the context.
  { rows: ['.', '/', '!.'], ignored: [], sent: ['a', '.a'] },
])('$rows', ({ rows, ignored, sent }) => {
  const rules = rulesOf(...rows);
  expect(ignored.filter((path) => !isIgnored(rules, path))).toEqual([]);
  expect(sent.filter((path) => isIgnored(rules, path))).toEqual([]);
});

test('a folder is gone into only where an exception can lie in it', () => {
  const reaches = (row: string, folder: string) => rulesOf('*', row).mayHoldExceptions(folder);
  expect(rulesOf('*').mayHoldExceptions('a')).toBe(false);
  expect(reaches('!a/b/c', 'a')).toBe(true);
  expect(reaches('!a/b/c', 'a/b')).toBe(true);
  expect(reaches('!a/b/c', 'a/x')).toBe(false);
  expect(reaches('!a/b/c', 'a/b/c')).toBe(false);
  expect(reaches('!*.md', 'node_modules')).toBe(false);
  expect(reaches('!*/*.md', 'node_modules')).toBe(true);
  expect(reaches('!src/*/x', 'lib')).toBe(false);
  expect(reaches('!**/x', 'a/b/c')).toBe(true);
  expect(reaches('!src/**', 'lib')).toBe(false);
  expect(reaches('!src/**', 'src/a')).toBe(true);
});

test.each(['a[', 'a[]b]', 'a[z-a]', 'a[x-', 'x\\', '!', '! '])('%j is no pattern', (row) => {
  const problem = (() => {
    try {
      rulesOf('# one', row);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(problem).toBeInstanceOf(EngineError);
  expect(problem).toMatchObject({
    code: 'bad-input',
    message: `.dockerignore:2: "${row.trim()}" is not a pattern`,
  });
});
