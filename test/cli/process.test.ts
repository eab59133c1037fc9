/** How the commands behave as processes: exit codes, streams, signals, engines that are not there. */
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type Ended, nacre, nacreStarted } from './process.ts';

const oneLine = /^nacre: [^\n]+\n$/;

describe('without an engine', () => {
  let folder: string;
  beforeAll(() => {
    folder = scratchFolder();
  });
  afterAll(() => removeScratch(folder));

  it('shows help made from the table', async () => {
    const { stdout, code } = await nacre(['help']);
    expect(code).toBe(0);
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`\\n {2}${name} +${summary.slice(0, 10)}`));
    for (const { name, flags } of COMMANDS) {
      const help = (await nacre([name, '--help'])).stdout;
      expect(help).toContain(`  nacre ${name}`);
      for (const flag of flags) expect(help).toContain(`--${flag.name}`);
    }
  });

  it('shows its version', async () => {
    expect((await nacre(['--version'])).stdout).toMatch(/^nacre \d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['imgaes']],
    [['images', '--fromat']],
    [['images', '--format', '{{.Nope}}']],
    [['images', '--format', '{{.ID']],
    [['images', '--json', '--format', 'x']],
    [['tag', 'only-one']],
    [['prune']],
    [['completion', 'csh']],
  ])('%j is wrong usage', async (args) => {
    const { code, stdout, stderr } = await nacre(args, { env: { DOCKER_HOST: `unix://${folder}/none` } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(oneLine);
    expect(stderr).toMatch(/ See nacre .*--help\n$/);
  });

  it.each([
    [['images', '-f', 'bogus=1'], 'there is no filter "bogus"'],
    [['tag', 'a', 'B'], 'is not an image reference'],
    [['images'], 'none'],
    [['info'], 'none'],
    [['images', '-H', 'gopher://x'], 'gopher'],
    [['images', '--context', 'nowhere'], 'nowhere'],
  ])('%j fails in one line', async (args, words) => {
    const env = { DOCKER_HOST: `unix://${folder}/none`, DOCKER_CONFIG: folder };
    const { code, stdout, stderr } = await nacre(args, {
      env: args.includes('--context') ? { DOCKER_CONFIG: folder } : env,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(oneLine);
    expect(stderr).toContain(words);
  });

  it('writes completions that the shells can read', async () => {
    const bash = (await nacre(['completion', 'bash'])).stdout;
    expect(bash).toContain('complete -F _nacre nacre');
    expect((await nacre(['completion', 'zsh'])).stdout).toMatch(/^#compdef nacre\n/);
    expect((await nacre(['completion', 'fish'])).stdout).toContain(
      "complete -c nacre -n __fish_use_subcommand -a rmi -d 'Remove",
    );
  });
});

describe('an engine that never answers', () => {
  let server: Server;
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = scratchFolder();
    path = join(folder, 'mute.sock');
    server = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(path, resolve));
  });
  afterAll(async () => {
    server.close();
    await removeScratch(folder);
  });

  it('is left at once on SIGINT, with 130', async () => {
    const child = nacreStarted(['images'], { DOCKER_HOST: `unix://${path}` });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => {
      stderr += text.toString();
    });
    const connected = new Promise<void>((resolve) => server.once('connection', () => resolve()));
    await connected;
    const start = Date.now();
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    expect(Date.now() - start).toBeLessThan(2000);
  });
});

engineGroup('commands as processes', 'docker20', () => {
  let engine: TestEngine;
  let env: NodeJS.ProcessEnv;
  let folder: string;
  beforeAll(async () => {
    engine = await startEngine('docker20');
    folder = scratchFolder();
    env = { DOCKER_HOST: engine.host, XDG_CACHE_HOME: folder };
    const maker = new ImageMaker(engine);
    await maker.tiny('many:0');
    for (let n = 1; n <= 400; n++) await maker.tag('many:0', `many:${n}`);
    await maker.build(
      'scratch',
      ['LABEL evil="\u001b[31mred\u001b]0;title\u0007 \u202egnp"', 'LABEL second="x"'],
      {
        tags: ['evil:1'],
      },
    );
  });
  afterAll(async () => {
    await engine?.stop();
    await removeScratch(folder);
  });
  const run = (...args: string[]): Promise<Ended> => nacre(args, { env });

  it('end quietly when nobody reads on', async () => {
    // 400 rows of JSON are more than a pipe holds.
    for (const args of [
      ['images', '--no-trunc', '--format', '{{json .}}'],
      ['images', '--json'],
      ['inspect', 'many:0'],
    ]) {
      const child = nacreStarted(args, env);
      let stderr = '';
      child.stderr.on('data', (text: Buffer) => {
        stderr += text.toString();
      });
      child.stdout.once('data', () => child.stdout.destroy());
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    }
  });

  it('say which engine they talk to and why', async () => {
    const { stdout } = await run('info');
    expect(stdout).toMatch(/^Engine +docker 20\.10/);
    expect(stdout).toContain('DOCKER_HOST is set');
    expect(JSON.parse((await run('info', '--json')).stdout)).toMatchObject({
      kind: 'docker-classic',
      address: engine.host,
      chosenBy: 'DOCKER_HOST is set',
      tried: [],
    });
    expect((await nacre(['info', '-H', engine.host])).stdout).toContain('--host was given');
  });

  it('print documents with stable fields', async () => {
    const images = JSON.parse((await run('images', '--json', 'evil')).stdout);
    expect(images).toHaveLength(1);
    expect(Object.keys(images[0]).sort()).toEqual(
      expect.arrayContaining([
        'created',
        'digests',
        'id',
        'labels',
        'parentId',
        'references',
        'role',
        'size',
      ]),
    );
    const history = JSON.parse((await run('history', '--json', 'evil:1')).stdout);
    expect(Object.keys(history[0]).sort()).toEqual([
      'comment',
      'created',
      'createdBy',
      'id',
      'references',
      'size',
    ]);
    const [detail] = JSON.parse((await run('inspect', '--json', 'evil:1')).stdout);
    expect(detail).toMatchObject({ id: images[0].id, references: ['evil:1'], platform: 'linux/amd64' });
    expect(detail.raw).toBeUndefined();
    expect(JSON.parse((await run('df', '--json')).stdout)).toMatchObject({ images: { count: 2 } });
  });

  it('let no control character of an image through', async () => {
    for (const args of [
      ['history', '--no-trunc', 'evil:1'],
      ['history', '--format', '{{.CreatedBy}}', '--no-trunc', 'evil:1'],
      ['inspect', 'evil:1'],
      ['inspect', '-f', '{{.Config.Labels}}', 'evil:1'],
      ['inspect', '-f', '{{index .Config.Labels "evil"}}', 'evil:1'],
    ]) {
      const { stdout, code } = await run(...args);
      expect(code).toBe(0);
      expect(stdout, args.join(' ')).toContain('red');
      expect(stdout, args.join(' ')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });

  it('tell what is not there', async () => {
    for (const args of [
      ['history', 'nope:1'],
      ['inspect', 'nope:1'],
      ['rmi', 'nope:1'],
      ['plan', 'nope:1'],
    ]) {
      const { code, stderr } = await run(...args);
      expect(code).toBe(1);
      if (args[0] !== 'plan') expect(stderr).toMatch(oneLine);
    }
  });
});
