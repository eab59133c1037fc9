/** docs/KEYS.md tells what the command table says. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../src/app/commands.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/keys.ts', import.meta.url));
const PAGE = fileURLToPath(new URL('../../docs/KEYS.md', import.meta.url));
let folder: string;

beforeAll(() => {
  folder = scratchFolder();
});
afterAll(() => removeScratch(folder));

function keys(...options: string[]): { readonly code: number | null; readonly stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...options], { encoding: 'utf8' });
  return { code: status, stderr };
}

test('the page is up to date', () => {
  expect(keys('--check')).toEqual({ code: 0, stderr: '' });
});

test('a stale page is named in one line, and left as it is', () => {
  const copy = join(folder, 'KEYS.md');
  const stale = readFileSync(PAGE, 'utf8').replace('`space`', '`blank`');
  writeFileSync(copy, stale);
  const { code, stderr } = keys('--check', copy);
  expect(code).toBe(1);
  expect(stderr).toBe(`${copy} is not what the command table says: run npm run keys\n`);
  expect(readFileSync(copy, 'utf8')).toBe(stale);
});

test('a missing page is stale too, and is written without --check', () => {
  const fresh = join(folder, 'fresh.md');
  expect(keys('--check', fresh).code).toBe(1);
  expect(keys(fresh)).toEqual({ code: 0, stderr: '' });
  expect(readFileSync(fresh, 'utf8')).toBe(readFileSync(PAGE, 'utf8'));
});

test('every command and each of its keys has its row', () => {
  const rows = readFileSync(PAGE, 'utf8').split('\n');
  const arrows: Record<string, string> = { up: '↑', down: '↓', left: '←', right: '→' };
  for (const command of COMMANDS) {
    const own = rows.filter((row) => row.includes(`| \`${command.id}\` `));
    expect(own, command.id).toHaveLength(1);
    for (const key of command.keys) expect(own[0]).toContain(`\`${arrows[key] ?? key}\``);
    expect(own[0]!.includes('changes images'), command.id).toBe(command.changes === true);
  }
});
