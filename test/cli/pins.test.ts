/** `nacre pins`, `pin` and `unpin`: what they say, and that every bulk removal hears of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OciMaker } from '../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type Ended, nacre } from './process.ts';

describe('pins', () => {
  const folder = scratchFolder();
  const store = join(folder, 'store');
  const config = join(folder, 'config');
  const state = join(folder, 'state');
  const pinFile = join(state, 'nacre', 'pins.json');

  beforeAll(async () => {
    const maker = new OciMaker(store);
    await maker.init();
    for (const name of ['app:1', 'app:2', 'acme/web:1', 'acme/db:1', 'loose:1'])
      await maker.tiny(name, { bytes: 2_000 });
    mkdirSync(join(config, 'nacre'), { recursive: true });
    mkdirSync(join(state, 'nacre'), { recursive: true });
  });
  afterAll(() => removeScratch(folder));
  beforeEach(() => {
    writeFileSync(join(config, 'nacre', 'config.toml'), '[pins]\nnames = ["acme/db"]\n');
    writeFileSync(pinFile, '{"format":1,"names":[],"labels":[]}');
  });

  const run = (...args: string[]): Promise<Ended> =>
    nacre([...args, '--store', store], {
      env: { XDG_STATE_HOME: state, XDG_CONFIG_HOME: config, XDG_CACHE_HOME: join(folder, 'cache') },
    });

  test('say on stderr that there are none', async () => {
    writeFileSync(join(config, 'nacre', 'config.toml'), '');
    expect(await run('pins')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('nacre pin NAME'),
    });
  });

  test('come from the settings and from a command, and say what they hold', async () => {
    expect(await run('pin', 'app', 'acme/*', 'nobody:9', 'label=keep', 'app')).toEqual({
      code: 0,
      stdout: 'Pinned: app\nPinned: acme/*\nPinned: nobody:9\nPinned: label=keep\n',
      stderr: '',
    });
    const { stdout } = await run('pins');
    expect(stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  ').trimEnd())).toEqual([
      'PIN  SET BY  HOLDS',
      'acme/db  settings  acme/db:1',
      expect.stringMatching(/^app {2}nacre {2}app:[12], app:[12]$/),
      expect.stringMatching(/^acme\/\* {2}nacre {2}acme\/(web|db):1, acme\/(web|db):1$/),
      'nobody:9  nacre  nothing now',
      'label=keep  nacre  nothing now',
      '',
    ]);
    const [first, second] = JSON.parse((await run('pins', '--json')).stdout);
    expect(first).toMatchObject({ pin: 'acme/db', from: 'settings', holds: [{ names: ['acme/db:1'] }] });
    expect(second.holds).toHaveLength(2);
  });

  test('hold against prune, rules and free-up, and a typed name is told of them', async () => {
    await run('pin', 'app:1', 'acme/web');
    const { stdout } = await run('prune', '--all', '--dry-run', '--force');
    for (const name of ['app:2', 'loose:1']) expect(stdout).toContain(name);
    for (const name of ['app:1', 'acme/web:1', 'acme/db:1']) expect(stdout).toContain(`${name}: pinned`);
    const planned = JSON.parse((await run('plan', '--rule', 'unused', '--json')).stdout);
    const going = planned.steps.map((step: { reference: string }) => step.reference);
    expect([...new Set(going)].sort()).toEqual(['app:2', 'loose:1']);
    const removing = await run('rmi', 'app:1', '--dry-run');
    expect(removing.stderr).toBe('nacre: app:1 is pinned (app:1), and named all the same\n');
  });

  test('are let go of by their own words', async () => {
    await run('pin', 'app:*', 'loose:1');
    expect(await run('unpin', 'docker.io/library/loose:1')).toMatchObject({
      code: 0,
      stdout: 'Unpinned: docker.io/library/loose:1\n',
    });
    expect(await run('unpin', 'app:1', 'acme/db', 'what')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: [
        "nacre: app:1 is no pin. It is held by app:*: nacre unpin 'app:*'",
        `nacre: acme/db is pinned in the settings. Take it out of [pins] in ${config}/nacre/config.toml`,
        'nacre: what is no pin. List them with nacre pins',
        '',
      ].join('\n'),
    });
    expect(JSON.parse(readFileSync(pinFile, 'utf8')).names).toEqual(['app:*']);
  });

  test('that could hold nothing are wrong usage', async () => {
    const wrong = await run('pin', 'app[');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('"app[" is not a pattern') });
  });

  test('that cannot be read stop every bulk removal', async () => {
    writeFileSync(pinFile, '{"format":1,"na');
    for (const args of [
      ['prune', '--all', '--force'],
      ['prune', '--rule', 'unused', '--yes'],
      ['plan', '--free', '1kB'],
      ['pin', 'app'],
    ]) {
      const ended = await run(...args);
      expect({ args, ...ended }).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toContain(`the pins in ${pinFile} are not readable`);
    }
    expect((await run('images', '-q')).stdout.trim().split('\n')).toHaveLength(5);
    expect(readFileSync(pinFile, 'utf8')).toBe('{"format":1,"na');
  });
});
