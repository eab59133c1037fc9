/** Git repositories as contexts, fetched by the real git from servers of this machine. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer as createWebServer, type Server as WebServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseGitAddress } from '../../../src/engine/context/git-address.ts';
import { openContext } from '../../../src/engine/context/open-context.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failureOf } from '../archive/archive-tools.ts';
import { makeFolder, membersOf, namesIn } from './context-tools.ts';

describe('what is a git address', () => {
  test.each([
    ['https://github.com/acme/api.git', 'https://github.com/acme/api.git', 'HEAD', '', 'github.com/acme/api'],
    [
      'https://github.com/acme/api.git#main:web',
      'https://github.com/acme/api.git',
      'main',
      'web',
      'github.com/acme/api#main:web',
    ],
    [
      'http://127.0.0.1:80/x.git#:sub/dir/',
      'http://127.0.0.1:80/x.git',
      'HEAD',
      'sub/dir',
      '127.0.0.1:80/x#:sub/dir/',
    ],
    ['https://me:pass@host/x.git#v1', 'https://me:pass@host/x.git', 'v1', '', 'host/x#v1'],
    [
      'https://host/x.git#feature%2Fa:b%20c',
      'https://host/x.git',
      'feature/a',
      'b c',
      'host/x#feature%2Fa:b%20c',
    ],
    ['git://host/x', 'git://host/x', 'HEAD', '', 'host/x'],
    [
      'ssh://git@host:2222/x.git#pull/42/head',
      'ssh://git@host:2222/x.git',
      'pull/42/head',
      '',
      'host:2222/x#pull/42/head',
    ],
    [
      'git@github.com:acme/api.git#main',
      'git@github.com:acme/api.git',
      'main',
      '',
      'github.com:acme/api#main',
    ],
    ['github.com/acme/api', 'https://github.com/acme/api', 'HEAD', '', 'github.com/acme/api'],
    ['https://host/x.git#main:../../etc', 'https://host/x.git', 'main', 'etc', 'host/x#main:../../etc'],
  ])('%s', (place, remote, ref, folder, name) => {
    expect(parseGitAddress(place)).toEqual({ remote, ref, folder, name });
  });

  test.each([
    'https://host/x.tar.gz',
    'https://github.com/acme/api',
    'https://host/x.git/y',
    './a',
    'a.git',
    '/srv/x.git',
    'file:///srv/x.git',
    'ext::sh -c id',
    '--upload-pack=id',
    'C:\\x',
    '',
  ])('%j is none', (place) => {
    expect(parseGitAddress(place)).toBeUndefined();
  });

  test.each(['--upload-pack=id', '-x', '+main', '^main', 'a b', 'a..b', 'a*', 'x~1'])(
    'the ref %s is refused',
    (ref) => {
      expect(() => parseGitAddress(`https://me:pass@host/x.git#${ref}`)).toThrow(
        `cannot build from host/x: "${ref}" is not the name of a branch, tag or commit`,
      );
    },
  );
});

const scratch = scratchFolder();
const temporary = join(scratch, 'tmp');
const root = join(scratch, 'srv');
/** Nothing of the person who runs the tests: neither settings nor helpers. */
const env = {
  PATH: process.env['PATH'],
  HOME: join(scratch, 'home'),
  TMPDIR: temporary,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
};

let daemon: ChildProcess;
let web: WebServer;
let base: string;
let webBase: string;
const commits: Record<string, string> = {};

const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startDaemon(): Promise<void> {
  const port = await freePort();
  base = `git://127.0.0.1:${port}`;
  const args = [
    'daemon',
    '--export-all',
    `--base-path=${root}`,
    '--listen=127.0.0.1',
    `--port=${port}`,
    root,
  ];
  // Its own group: the program git starts another one that serves.
  daemon = spawn('git', args, { env, stdio: 'ignore', detached: true });
  for (let tries = 0; tries < 100; tries++) {
    const socket = (await import('node:net')).connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(
        () => false,
        () => false,
      ),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('git daemon does not listen');
}

async function makeRepositories(): Promise<void> {
  const work = await makeFolder(join(root, 'api'), {
    Dockerfile: 'FROM scratch\n',
    'web/Dockerfile': 'FROM web\n',
    'web/run.sh': '#!/bin/sh\n',
    'web/out': '-> /etc',
    escape: '-> ../..',
    'bad/Dockerfile': '-> /etc/passwd',
  });
  const library = await makeFolder(join(root, 'library'), { 'code.c': 'int x;\n' });
  const whole = await makeFolder(join(root, 'whole'), {
    Dockerfile: 'FROM scratch\n',
    '.dockerignore': 'ignored\n',
    ignored: 'x',
  });
  for (const folder of [library, work, whole]) {
    git(folder, 'init', '-q', '-b', 'trunk');
    git(folder, 'add', '.');
    if (folder === whole) git(folder, 'submodule', '--quiet', 'add', `${base}/library`, 'vendor/library');
    git(folder, 'commit', '-q', '-m', 'one');
  }
  commits['first'] = git(work, 'rev-parse', 'HEAD');
  git(work, 'tag', 'v1');
  await writeFile(join(work, 'later'), 'x');
  git(work, 'add', '.');
  git(work, 'commit', '-q', '-m', 'two');
  git(work, 'update-ref', 'refs/pull/42/head', 'v1');
  // What a plain web server hands out.
  await mkdir(join(root, 'web'), { recursive: true });
  git(root, 'clone', '-q', '--bare', 'library', 'web/library.git');
  git(join(root, 'web/library.git'), 'update-server-info');
}

beforeAll(async () => {
  await Promise.all([temporary, root, env.HOME].map((path) => mkdir(path, { recursive: true })));
  await startDaemon();
  await makeRepositories();
  web = createWebServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const isOpen = request.headers.authorization === `Basic ${Buffer.from('me:pass').toString('base64')}`;
    if (path.startsWith('/closed') && !isOpen) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return;
    }
    const file = join(root, 'web', path.replace(/^\/closed/, ''));
    response.writeHead(existsSync(file) ? 200 : 404);
    response.end(await readFile(file).catch(() => ''));
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  webBase = `127.0.0.1:${(web.address() as AddressInfo).port}`;
});

afterAll(async () => {
  if (daemon.pid !== undefined) process.kill(-daemon.pid);
  web.close().closeAllConnections();
  await removeScratch(scratch);
});

const left = () => readdirSync(temporary);

describe('a repository', () => {
  test('its default branch, with submodules, without .git', async () => {
    const context = await openContext(`${base}/whole`, { env });
    expect(context).toMatchObject({ dockerfile: 'Dockerfile', text: 'FROM scratch\n', file: undefined });
    expect(context.name).toBe(`${base.slice(6)}/whole`);
    expect(left()).toHaveLength(1);
    const names = [...(await membersOf(context.stream)).keys()];
    expect(names).toContain('vendor/library/code.c');
    expect(names.filter((name) => /\.git(\/|$)|^ignored/.test(name))).toEqual([]);
    await context.close();
    expect(left()).toEqual([]);
  });

  test('a tag, a ref, a commit and the beginning of one, and a folder', async () => {
    const refs = ['v1', 'refs/pull/42/head', commits['first']!, commits['first']!.slice(0, 10)];
    await Promise.all(
      refs.map(async (ref) => {
        const names = await namesIn(await openContext(`${base}/api#${ref}`, { env }));
        expect(names, ref).toContain('Dockerfile');
        expect(names, ref).not.toContain('later');
      }),
    );
    expect(await namesIn(await openContext(`${base}/api`, { env }))).toContain('later');
    const context = await openContext(`${base}/api#trunk:web`, { env });
    expect(context).toMatchObject({ name: `${base.slice(6)}/api#trunk:web`, text: 'FROM web\n' });
    const members = await membersOf(context.stream);
    expect([...members.keys()]).toEqual(['Dockerfile', 'out', 'run.sh']);
    expect(members.get('out')?.header).toMatchObject({ type: 'symlink', linkname: '/etc' });
    await context.close();
    const other = await openContext(`${base}/api`, { env, dockerfile: 'web/Dockerfile' });
    expect(other).toMatchObject({ dockerfile: 'web/Dockerfile', text: 'FROM web\n' });
    await other.close();
    expect(left()).toEqual([]);
  });

  test('is removed when the stream is given up', async () => {
    const context = await openContext(`${base}/api`, { env });
    context.stream.destroy();
    await context.close();
    expect(left()).toEqual([]);
  });

  test('from a plain web server, with a name and password that nobody gets to see', async () => {
    const context = await openContext(`http://me:pass@${webBase}/closed/library.git`, {
      env,
      dockerfile: 'code.c',
    });
    expect(context.name).toBe(`${webBase}/closed/library`);
    expect(await namesIn(context)).toEqual(['code.c']);
    const refused = await failureOf(openContext(`http://me:wrong@${webBase}/closed/library.git`, { env }));
    expect(refused).toMatchObject({
      code: 'unauthorized',
      message: `cannot fetch ${webBase}/closed/library: git was not let in`,
    });
    expect(JSON.stringify([refused.message, refused.hint, refused.detail])).not.toContain('wrong');
    expect(await failureOf(openContext(`http://${webBase}/closed/library.git`, { env }))).toMatchObject({
      code: 'unauthorized',
    });
    expect(left()).toEqual([]);
  });

  test('that is not there, or has no such ref or folder', async () => {
    const failure = (place: string) => failureOf(openContext(place, { env }));
    expect(await failure(`${base}/api#nope`)).toMatchObject({
      code: 'not-found',
      message: `cannot fetch ${base.slice(6)}/api#nope: it has no such branch, tag or commit`,
    });
    expect(await failure(`${base}/api#${'ab'.repeat(20)}`)).toMatchObject({ code: 'not-found' });
    expect(await failure(`${base}/nope`)).toMatchObject({ code: 'not-found' });
    expect(await failure(`http://${webBase}/nope.git`)).toMatchObject({ code: 'not-found' });
    expect(await failure('git://127.0.0.1:1/x')).toMatchObject({ code: 'unreachable', retryable: true });
    const folders = ['nope', 'escape', 'escape/etc', '.git', 'web/out', 'Dockerfile'];
    await Promise.all(
      folders.map(async (folder) =>
        expect(await failure(`${base}/api#trunk:${folder}`), folder).toMatchObject({
          code: 'not-found',
          message: `cannot build from ${base.slice(6)}/api#trunk:${folder}: the repository has no folder ${folder}`,
        }),
      ),
    );
    expect(left()).toEqual([]);
  });

  test('whose Dockerfile leads out of it, or is missing', async () => {
    expect((await failureOf(openContext(`${base}/api#trunk:bad`, { env }))).message).toContain(
      'leads out of the repository',
    );
    expect(
      await failureOf(openContext(`${base}/api`, { env, dockerfile: '../../../etc/passwd' })),
    ).toMatchObject({ code: 'bad-input' });
    expect((await failureOf(openContext(`${base}/library`, { env }))).message).toMatch(
      /^there is no Dockerfile/,
    );
    expect(left()).toEqual([]);
  });

  test('is not waited for any longer when it is aborted', async () => {
    const silent: Server = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const stop = new AbortController();
    const opening = failureOf(openContext(`git://127.0.0.1:${port}/x`, { env, signal: stop.signal }));
    const [socket] = await once(silent, 'connection');
    const gone = once(socket, 'close');
    stop.abort();
    expect(await opening).toMatchObject({ code: 'cancelled' });
    // Its processes have ended too.
    socket.resume();
    await gone;
    silent.close();
    expect(left()).toEqual([]);
  });

  test('without git', async () => {
    const failure = await failureOf(openContext(`${base}/api`, { env: { ...env, PATH: '/nowhere' } }));
    expect(failure).toMatchObject({ code: 'unsupported', hint: expect.stringContaining('Install git') });
    expect(left()).toEqual([]);
  });

  test('leaves hooks and settings of the machine out', async () => {
    await makeFolder(env.HOME, {
      '.gitconfig': `[core]\n hooksPath = ${scratch}/hooks\n[init]\n templateDir = ${scratch}/template\n`,
    });
    await makeFolder(scratch, { 'hooks/post-checkout': `#!/bin/sh\ntouch ${scratch}/ran\n` });
    execFileSync('chmod', ['+x', join(scratch, 'hooks/post-checkout')]);
    await (await openContext(`${base}/api`, { env })).close();
    expect(existsSync(join(scratch, 'ran'))).toBe(false);
    await rename(join(env.HOME, '.gitconfig'), join(scratch, 'old'));
  });
});
