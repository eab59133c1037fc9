/** The documents name what is there, and what is there is named in them. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COMMANDS, GLOBAL_FLAGS } from '../../src/cli/command-table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/ARCHITECTURE.md', 'docs/KEYS.md'];
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

test.each(PAGES)('links of %s lead somewhere', (page) => {
  for (const [, target = ''] of read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
    if (!/^https?:/.test(target)) expect(existsSync(join(ROOT, dirname(page), target)), target).toBe(true);
  }
});

test.each(PAGES)('paths in %s exist', (page) => {
  for (const [path] of read(page).matchAll(/\b(?:src|test|scripts)\/[\w./-]*\w\/?(?=`)/g)) {
    expect(existsSync(join(ROOT, path)), path).toBe(true);
  }
});

test('the README names every command and every option of nacre itself', () => {
  const readme = read('README.md');
  for (const command of COMMANDS) expect(readme).toContain(`\`nacre ${command.name}`);
  const told = GLOBAL_FLAGS.filter((flag) => !['help', 'version'].includes(flag.name));
  for (const flag of told) expect(readme).toContain(`--${flag.name}`);
});

test('every dependency has its reason, and no other package has one', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  const wanted = Object.keys(devDependencies).map((name) => (name.startsWith('@types/') ? '@types/*' : name));
  const table = read('docs/ARCHITECTURE.md').split('## Dependencies')[1] ?? '';
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  const told = rows.flatMap((line) =>
    [...line.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!),
  );
  expect(told.toSorted()).toEqual([...new Set(wanted)].toSorted());
});
