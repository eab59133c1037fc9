/** The trash without a screen: what rmi and prune put into it is listed, comes back, and can be emptied. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OciMaker } from '../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacre } from './process.ts';

const home = scratchFolder();
const maker = new OciMaker(join(home, 'store'));
const ids: Record<string, string> = {};

beforeAll(async () => {
  mkdirSync(join(home, 'config', 'nacre'), { recursive: true });
  writeFileSync(join(home, 'config', 'nacre', 'config.toml'), '[trash]\nkeep = "7d"\n');
  await maker.init();
  for (const name of ['app', 'gone', 'lost']) ids[name] = await maker.tiny(`${name}:1`, { bytes: 3000 });
});
afterAll(() => removeScratch(home));

const run = (...args: string[]) =>
  nacre([...args, '--store', maker.folder], {
    env: {
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_DATA_HOME: join(home, 'data'),
      XDG_STATE_HOME: join(home, 'state'),
    },
  });
const short = (name: string) => ids[name]!.slice('sha256:'.length, 'sha256:'.length + 12);

test('rmi and prune keep what they delete, unless they are told not to', async () => {
  const planned = await run('rmi', '--dry-run', 'app:1');
  expect(planned.stdout).toMatch(
    /^Trash {3}the trash keeps these until \d+ [A-Z][a-z]{2} \(up to \d+\S+B in ~\/data\/nacre\/trash\)$/m,
  );
  expect(planned.stdout).toContain(
    'it shares their files with the store: nothing of this is free until then',
  );
  const removed = await run('rmi', 'app:1', 'gone:1');
  expect(removed.code).toBe(0);
  expect(removed.stdout).toContain(`Deleted: ${ids['app']}`);
  expect(removed.stderr).toMatch(/^trash: done \d+/m);
  const lost = await run('prune', '--all', '--force', '--no-trash');
  expect(lost).toMatchObject({ code: 0, stderr: '' });
  expect(lost.stdout).toContain(ids['lost']);

  const listed = await run('trash');
  expect(listed.stdout.split('\n').map((line) => line.split(/\s{2,}/).slice(0, 2))).toEqual(
    expect.arrayContaining([
      ['IMAGE ID', 'NAMES'],
      [short('app'), 'app:1'],
      [short('gone'), 'gone:1'],
    ]),
  );
  expect(listed.stdout).not.toContain('lost:1');
  expect(listed.stderr).toMatch(/^2 images, \S+B in ~\/data\/nacre\/trash\.$/m);
  expect((await run('df')).stdout).toMatch(
    /^Trash: 2 deleted images, \S+B in ~\/data\/nacre\/trash, the next goes \d+ [A-Z][a-z]{2}$/m,
  );
});

test('trash restore brings images back by a name or an id', async () => {
  const restored = await run('trash', 'restore', 'app:1', short('gone').slice(0, 6), 'nobody:1');
  expect(restored.code).toBe(1);
  expect(restored.stdout).toBe(
    `Restored: ${ids['app']}\nTagged: app:1\nRestored: ${ids['gone']}\nTagged: gone:1\n`,
  );
  expect(restored.stderr).toContain('no image in the trash is called nobody:1');
  const { stdout } = await run('images', '-q', '--no-trunc');
  expect(stdout.trim().split('\n').toSorted()).toEqual([ids['app'], ids['gone']].toSorted());
  expect(JSON.parse((await run('trash', '--json')).stdout)).toMatchObject({
    folder: join(home, 'data', 'nacre', 'trash'),
    settings: { keep: 7 * 86_400, size: 20e9 },
    bytes: 0,
    items: [],
  });
});

test('a restored image is one change, whatever its names', async () => {
  await maker.tag('app:1', 'app:2');
  expect((await run('rmi', '-f', ids['app']!)).code).toBe(0);
  expect((await run('trash', 'restore', 'app:1')).stdout).toContain('Tagged: app:1\nTagged: app:2\n');
  const [restored, removed] = JSON.parse((await run('journal', '--json')).stdout);
  expect(restored.what).toBe('tagged app:1 and 1 more name');
  expect(removed.what).toMatch(/^deleted app:1/);
  await run('rmi', 'app:2');
});

test('--empty asks, and deletes for good', async () => {
  expect((await run('rmi', 'app:1')).code).toBe(0);
  expect(await run('trash', '--empty')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('stdin is no terminal'),
  });
  expect(await run('trash', '--empty', '--force', '--read-only')).toMatchObject({ code: 1 });
  const emptied = await run('trash', '--empty', '--force');
  expect(emptied.stdout).toMatch(/^Deleted: app:1\nTotal reclaimed space: \d\S+B\n$/);
  expect((await run('trash')).stderr).toBe('The trash ~/data/nacre/trash is empty.\n');
});
