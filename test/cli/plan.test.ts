/** Clean-ups without a screen on a real engine: a plan is a contract, in a file, in a script and at once. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacre } from './process.ts';

engineGroup('clean-ups', 'docker20', () => {
  let engine: TestEngine;
  let maker: ImageMaker;
  let home: string;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    maker = new ImageMaker(engine);
    home = scratchFolder();
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(home);
  });
  beforeEach(async () => {
    await maker.clear();
    await engine.api.text('POST', '/build/prune', { query: { all: 'true' } });
    writeConfig('');
  });

  const writeConfig = (text: string) => {
    mkdirSync(join(home, 'nacre'), { recursive: true });
    writeFileSync(join(home, 'nacre', 'config.toml'), text);
  };
  const run = (...args: string[]) => {
    const folders = { XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home };
    return nacre(args, { env: { DOCKER_HOST: engine.host, ...folders } });
  };
  const names = async () =>
    (await maker.images())
      .flatMap((image) => image.RepoTags ?? [])
      .filter((name) => !name.startsWith('<none>'))
      .toSorted((a, b) => (a < b ? -1 : 1));
  const usage = async () =>
    (await engine.api.json('GET', '/system/df')) as { LayersSize: number; BuildCache: unknown[] | null };

  /** A base, three images on it, one of them dangling. */
  const family = async () => {
    await maker.base('base:1');
    await maker.layered('base:1', 'old', { tags: ['app:1'], bytes: 20_000 });
    await maker.layered('base:1', 'new', { tags: ['app:2'], bytes: 3_000 });
    await maker.layered('base:1', 'lost', { tags: ['app:2'], bytes: 700 });
  };
  const planned = async (...args: string[]) => {
    const { stdout, code } = await run('plan', '--json', ...args);
    expect(code).toBe(0);
    const file = join(home, 'plan.json');
    writeFileSync(file, stdout);
    return { file, document: JSON.parse(stdout) };
  };

  it('rules free exactly what was predicted, and the engine says the same', async () => {
    await family();
    await maker.container('app:2', { name: 'web-1', start: false });
    const text = (await run('plan', '--rule', 'unused', '--rule', 'dangling')).stdout;
    expect(text).toMatch(/^Rule +unused: 2 images, .*\nRule +dangling: 1 image, 3kB\n/);
    expect(text).toMatch(/\nStays +base:1: app:2 was built on it\n/);
    const { stdout, code } = await run(
      'prune',
      '--rule',
      'unused and name=app',
      '--rule',
      'dangling',
      '-y',
      '--json',
    );
    const document = JSON.parse(stdout);
    expect({ code, outcome: document.outcome }).toEqual({ code: 0, outcome: 'done' });
    expect(document).toMatchObject({ freedBytes: 23_000, predictedBytes: 23_000, exact: true, failures: [] });
    const { before, after } = document.engineTotals;
    expect(before.imageBytes - after.imageBytes).toBe(23_000);
    expect(await names()).toEqual(['app:2', 'base:1']);
  });

  it('a plan in a file is done exactly, once', async () => {
    await family();
    const { file, document } = await planned('--rule', 'name=app:1', '--rule', 'dangling');
    expect(document).toMatchObject({ document: 'nacre plan', version: 1, freedBytes: 23_000 });
    const { LayersSize: before } = await usage();
    const done = await run('prune', '--plan', file, '--yes');
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.stdout).toMatch(/\n\nTotal reclaimed space: 23kB\nPredicted: 23kB\nThe engine says: images /);
    expect(before - (await usage()).LayersSize).toBe(23_000);
    expect(await names()).toEqual(['app:2', 'base:1']);
    const again = await run('prune', '--plan', file, '--yes');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(
      /^nacre: nothing was removed, because it is not as the plan saw it: app:1 is gone.*\n$/,
    );
  });

  it('a plan in a file does nothing once something moved or was pinned', async () => {
    await family();
    const { file, document } = await planned('--rule', 'name=app:1');
    await maker.tag('app:1', 'app:again');
    const moved = await run('prune', '--plan', file, '--yes');
    expect(moved.stderr).toContain('the names of app:1 changed');
    await maker.remove('app:again');
    writeConfig('[pins]\nnames = ["app"]\n');
    expect((await run('prune', '--plan', file, '--yes')).stderr).toContain('app:1 is pinned (app)');
    writeConfig('');
    // A file that asks for more than its targets is no plan of ours.
    document.calls.push({ ...document.calls[0], target: 'base:1' });
    writeFileSync(file, JSON.stringify(document));
    expect((await run('prune', '--plan', file, '--yes')).stderr).toContain('would not go in the same way');
    expect((await run('prune', '--plan', '/dev/null', '--yes')).stderr).toContain('it is not JSON');
    expect(await names()).toEqual(['app:1', 'app:2', 'base:1']);
  });

  it('a plan in a file is for the engine it was made for', async () => {
    await family();
    const { file, document } = await planned('--rule', 'name=app:1');
    const elsewhere = { ...document, engine: { ...document.engine, address: 'ssh://other' } };
    writeFileSync(file, JSON.stringify(elsewhere));
    const { code, stderr } = await run('prune', '--plan', file, '--yes');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('it was made for the engine at ssh://other, and this one is at '),
    });
    expect(await names()).toEqual(['app:1', 'app:2', 'base:1']);
  });

  it('a script of docker commands does the same, and stops where something moved', async () => {
    await family();
    const script = (await run('plan', '--rule', 'name=app:1', '--rule', 'dangling', '--script')).stdout;
    const sh = () => {
      const env = { PATH: process.env['PATH'], HOME: '/nonexistent', DOCKER_HOST: engine.host };
      return spawnSync('sh', ['-s'], { input: script, env, encoding: 'utf8' });
    };
    await maker.tag('app:1', 'app:again');
    expect(sh()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^stopped: the names of image/),
    });
    await maker.remove('app:again');
    expect(sh()).toMatchObject({ status: 0, stderr: '' });
    expect(await names()).toEqual(['app:2', 'base:1']);
    expect((await maker.images({ all: true })).length).toBe(2);
  });

  it('containers and build cache go first, where they were asked for', async () => {
    await family();
    await maker.container('app:1', { name: 'job-1', start: false });
    await maker.buildKit('base:1', 'file', 'kit:1');
    const rules = ['--rule', 'name=app:1', '--rule', 'name=kit', '--rule', 'build-cache'];
    const kept = await run('plan', ...rules);
    expect(kept.stdout).toMatch(/\nStays +app:1: used by container job-1\n/);
    const { LayersSize: before } = await usage();
    const { file, document } = await planned(...rules, '--with-containers');
    expect(document.containers).toMatchObject([{ name: 'job-1', stop: false }]);
    expect(document.buildCache.length).toBeGreaterThan(0);
    const done = JSON.parse((await run('prune', '--plan', file, '--yes', '--json')).stdout);
    expect(done).toMatchObject({ outcome: 'done', failures: [], freedBytes: document.freedBytes });
    expect(done.removed.buildCache).toHaveLength(document.buildCache.length);
    const after = await usage();
    expect(before - after.LayersSize).toBe(document.parts.images.bytes);
    expect(after.BuildCache ?? []).toEqual([]);
    expect(await maker.containers()).toEqual([]);
    expect(await names()).toEqual(['app:2', 'base:1']);
  });

  it('pins hold against everything but a name that is typed', async () => {
    await family();
    await maker.tag('app:1', 'other:1');
    writeConfig('[pins]\nnames = ["app:1", "base"]\n');
    const pruned = await run('prune', '--all', '--force');
    expect(pruned.code).toBe(0);
    // A further name of a pinned image may go.
    expect(await names()).toEqual(['app:1', 'base:1']);
    expect((await run('plan', '--free', '1kB')).stdout).toContain('1kB cannot be freed');
    expect((await run('prune', '--free', '1kB', '--yes')).stderr).toContain('so nothing was removed');
    expect((await run('prune', '--free', '1kB', '--dry-run')).code).toBe(1);
    const typed = await run('rmi', 'app:1');
    expect(typed).toMatchObject({
      code: 0,
      stderr: 'nacre: app:1 is pinned (app:1), and named all the same\n',
    });
    expect(await names()).toEqual(['base:1']);
  });

  it('frees what is asked for with what would be missed least', async () => {
    await family();
    const { stdout, code } = await run('prune', '--free', '500B', '-y');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Total reclaimed space: 3kB\nPredicted: 3kB\n/);
    expect(await names()).toEqual(['app:1', 'app:2', 'base:1']);
    const wrong = await run('prune', '--rule', 'oldest', '--yes');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no rule "oldest"') });
    expect((await run('prune', '--all', '--rule', 'dangling', '-f')).code).toBe(2);
    const alone = await run('prune', '--check-registry', '--force');
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining('needs --rule or --free') });
  });
});
