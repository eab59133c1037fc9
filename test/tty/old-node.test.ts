import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { openApp, PROGRAM } from './app-terminal.ts';

/** A Node on this machine that is older than nacre's floor, `undefined` where there is none. */
function oldNode(): { readonly path: string; readonly version: string } | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    if (!existsSync(path)) continue;
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < 22 || (major === 22 && minor < 19)) return { path, version };
  }
  return undefined;
}

test('an old Node is turned away in one line', async ({ skip }) => {
  const old = oldNode();
  if (old === undefined) return skip('no Node older than 22.19 is on this machine');
  const app = openApp('', { node: old.path, columns: 200 });
  expect((await app.exit).code).toBe(1);
  const rows = app.screen().filter((row) => row !== '');
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatch(
    new RegExp(`^nacre: this is Node ${old.version.replaceAll('.', '\\.')}, but nacre needs Node`),
  );
  expect(app.modes().alternateScreen).toBe(false);
});

test('the program that is run is the built one', () => {
  expect(existsSync(PROGRAM), 'npm run build makes it').toBe(true);
});
