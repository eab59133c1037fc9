/** What `docker` itself prints when it moves images, beside nacre, on the same engine and registry. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { publish } from '../support/registry-image.ts';
import { tinyRootfs } from '../support/rootfs.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { docker, type Ended, nacre } from './process.ts';

engineGroup('the lines of docker', 'docker20', () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let folder: string;
  let app: string;

  beforeAll(async () => {
    engine = await startEngine('docker20');
    registry = await startRegistry();
    folder = scratchFolder();
    app = `${registry.address}/lab/app`;
    await publish(`${app}:1`, { layers: [200_000, 1_000], salt: 'app' });
    await publish(`${app}:latest`, { layers: [2_000], salt: 'latest' });
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.stop();
    await removeScratch(folder);
  });

  const theirs = (...args: string[]) => docker(args, { DOCKER_HOST: engine.host });
  const ours = (...args: string[]) => nacre(args, { env: { DOCKER_HOST: engine.host } });
  /** Docker prints its progress on stdout too, before these. */
  const last = ({ stdout }: Ended, count: number) => stdout.trimEnd().split('\n').slice(-count);
  const without = async (...names: string[]) => {
    await docker(['rmi', '-f', ...names], { DOCKER_HOST: engine.host });
  };

  it.each([
    ['a tag', ':1', 3],
    ['no tag', '', 3],
  ])('pull %s', async (_, suffix, count) => {
    const name = `${app}${suffix}`;
    await without(name);
    const first = await theirs('pull', name);
    const again = await theirs('pull', name);
    expect(first.code).toBe(0);
    expect(last(await ours('pull', name), 9)).toEqual(last(again, count));
    expect(last(again, count)[1]).toContain('Image is up to date for');
    await without(name);
    const { stdout, code } = await ours('pull', name);
    expect({ code, lines: stdout.trimEnd().split('\n') }).toEqual({ code: 0, lines: last(first, count) });
    expect((await ours('pull', '-q', name)).stdout).toBe((await theirs('pull', '-q', name)).stdout);
  });

  it('pull a digest', async () => {
    const { digest } = await publish(`${app}:digested`, { salt: 'digested' });
    const name = `${app}@${digest}`;
    const first = await theirs('pull', name);
    await without(name);
    expect(last(await ours('pull', name), 9)).toEqual(last(first, 3));
  });

  it('push', async () => {
    await ours('pull', `${app}:1`);
    await theirs('tag', `${app}:1`, `${app}:ours`);
    await theirs('tag', `${app}:1`, `${app}:theirs`);
    const [line] = last(await theirs('push', `${app}:theirs`), 1);
    const { stdout, stderr, code } = await ours('push', `${app}:ours`);
    expect({ stdout, code }).toEqual({ stdout: `${line!.replace('theirs:', 'ours:')}\n`, code: 0 });
    expect(stderr).toMatch(/^([0-9a-f]{12}: (already there|done .*)\n)+$/);
    expect((await ours('push', '-q', `${app}:theirs`)).stdout).toBe(
      (await theirs('push', '-q', `${app}:theirs`)).stdout,
    );
  });

  it('save and load, each what the other wrote', async () => {
    await ours('pull', `${app}:1`);
    const id = (await theirs('images', '-q', '--no-trunc', `${app}:1`)).stdout.trim();
    const [byUs, byThem] = [join(folder, 'ours.tar'), join(folder, 'theirs.tar')];
    expect(await ours('save', '-q', '-o', byUs, `${app}:1`)).toEqual({ code: 0, stdout: '', stderr: '' });
    await theirs('save', '-o', byThem, `${app}:1`);
    for (const file of [byUs, byThem]) {
      await without(`${app}:1`);
      const loaded = await ours('load', '-q', '-i', file);
      expect(loaded).toEqual({ code: 0, stdout: `Loaded image: ${app}:1\n`, stderr: '' });
      expect((await theirs('images', '-q', '--no-trunc', `${app}:1`)).stdout.trim()).toBe(id);
      expect(last(await theirs('load', '-i', file), 1)).toEqual(last(loaded, 1));
    }
    // An image that is saved by its id has no name in the archive.
    const nameless = join(folder, 'nameless.tar');
    await ours('save', '-o', nameless, id);
    await without(`${app}:1`);
    expect((await ours('load', '-i', nameless)).stdout).toBe((await theirs('load', '-i', nameless)).stdout);
  });

  it.each(['gzip', 'zstd'])('save packed with %s, which loads again', async (kind) => {
    await ours('pull', `${app}:1`);
    const file = join(folder, `app.${kind}`);
    expect(await ours('save', '-q', '--compress', kind, '-o', file, `${app}:1`)).toMatchObject({ code: 0 });
    await without(`${app}:1`);
    expect((await ours('load', '-i', file)).stdout).toBe(`Loaded image: ${app}:1\n`);
  });

  it('import', async () => {
    const file = join(folder, 'root.tar');
    writeFileSync(file, await tinyRootfs('imported'));
    const changes = ['-c', 'CMD ["/a"]', '-c', 'ENV X=1', '-m', 'by hand'];
    const answer = await ours('import', ...changes, file, 'imported:1');
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) });
    const theirAnswer = await theirs('import', ...changes, file, 'imported:2');
    expect(theirAnswer.stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    const shown = async (name: string) =>
      (await theirs('inspect', '-f', '{{.Config.Cmd}} {{.Config.Env}} {{.Comment}} {{.RootFS}}', name))
        .stdout;
    expect(await shown('imported:1')).toBe(await shown('imported:2'));
    expect((await theirs('images', '-q', '--no-trunc', 'imported:1')).stdout).toBe(answer.stdout);
  });

  it('login and logout, each with what the other stored', async () => {
    const home = join(folder, 'docker');
    const env = { DOCKER_HOST: engine.host, DOCKER_CONFIG: home };
    const { address } = registry;
    const stored = () => JSON.parse(readFileSync(join(home, 'config.json'), 'utf8')) as unknown;
    const login = ['login', '-u', 'me', '-p', 's3cret:pw', address];
    const byThem = await docker(login, env);
    const afterThem = stored();
    expect(await nacre(['login', address], { env })).toEqual({
      code: 0,
      stdout: byThem.stdout,
      stderr: 'Authenticating with existing credentials...\n',
    });
    const theirEnd = (await docker(['logout', address], env)).stdout;
    const byUs = await nacre(['login', '-u', 'me', '--password-stdin', address], {
      env,
      input: 's3cret:pw\n',
    });
    expect(byUs).toMatchObject({ code: 0, stdout: byThem.stdout });
    expect(byUs.stderr).toContain(join(home, 'config.json'));
    expect(stored()).toEqual(afterThem);
    expect(statSync(join(home, 'config.json')).mode & 0o777).toBe(0o600);
    expect((await nacre(['logout', address], { env })).stdout).toBe(theirEnd);
    expect(await nacre(['logout', address], { env })).toMatchObject({
      code: 0,
      stdout: `Not logged in to ${address}\n`,
    });
  });
});
