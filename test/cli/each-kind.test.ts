/** The commands on every kind of engine: the same words, whatever the engine calls things. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eachKind } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacre } from './process.ts';

eachKind('commands', (name) => {
  let engine: TestEngine;
  let cache: string;
  beforeAll(async () => {
    engine = await startEngine(name);
    cache = scratchFolder();
    const maker = new ImageMaker(engine);
    await maker.tiny('base:1', { bytes: 20_000 });
    await maker.layered('base:1', 'one', { tags: ['one:1', 'localhost:5000/a/b:tag'], bytes: 30_000 });
    await maker.layered('base:1', 'old', { tags: ['two:1'] });
    await maker.layered('base:1', 'two', { tags: ['two:1'] });
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(cache);
  });
  const run = async (...args: string[]) => {
    const ended = await nacre(args, { env: { DOCKER_HOST: engine.host, XDG_CACHE_HOME: cache } });
    expect({ args, ...ended }).toMatchObject({ code: 0 });
    return ended.stdout;
  };
  const listed = async (...args: string[]) =>
    (await run('images', '--format', '{{.Repository}}:{{.Tag}}', ...args)).trimEnd().split('\n').sort();

  it('list, filter and find', async () => {
    const all = ['<none>:<none>', 'base:1', 'localhost:5000/a/b:tag', 'one:1', 'two:1'];
    expect(await listed()).toEqual(all);
    expect(await listed('o*')).toEqual(['one:1']);
    expect(await listed('one')).toEqual(['one:1']);
    expect(await listed('-f', 'dangling=true')).toEqual(['<none>:<none>']);
    expect(await run('images')).toMatch(/^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE\n/);
  });

  it('inspect and tell the history', async () => {
    const id = (await run('inspect', '-f', '{{.Id}}', 'one:1')).trim();
    expect((await run('images', '-q', '--no-trunc', 'one:1')).trim().replace('sha256:', '')).toBe(
      id.replace('sha256:', ''),
    );
    expect(await run('inspect', '-f', '{{.Config.Cmd}} {{.Os}}', 'base:1')).toBe('[/bin/sh] linux\n');
    expect(await run('history', '--no-trunc', 'one:1')).toMatch(/\bCOPY\b/);
  });

  it('measure, plan, and remove what was planned', async () => {
    expect(await run('df', '-v')).toMatch(/\nImages +\d+ +0 /);
    expect(await run('info')).toContain(`Kind        ${engine.kind}\n`);
    const plan = JSON.parse(await run('plan', '--json', 'one:1', 'localhost:5000/a/b:tag'));
    const done = JSON.parse(await run('rmi', '--json', 'one:1', 'localhost:5000/a/b:tag'));
    expect(done).toMatchObject({ outcome: 'done', failures: [], steps: plan.steps });
    expect(done.freedBytes).toBeGreaterThan(0);
    expect(await listed()).toEqual(['<none>:<none>', 'base:1', 'two:1']);
    await run('tag', 'two:1', 'three:3');
    expect(await listed()).toEqual(['<none>:<none>', 'base:1', 'three:3', 'two:1']);
    await run('prune', '-f');
    expect(await listed()).toEqual(['base:1', 'three:3', 'two:1']);
  });
});
