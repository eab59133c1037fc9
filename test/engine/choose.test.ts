import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  addressOf,
  type ChooseOptions,
  chooseEngine,
  type Endpoint,
  findEngines,
  type Surroundings,
} from '../../src/engine/choose.ts';
import { probeSocket } from '../../src/engine/docker/usual-sockets.ts';

let home = '';
const servers: Server[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'nacre-choose-'));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(home, { recursive: true, force: true });
});

/** Sockets below the test's own home are real; those of the machine are taken for missing. */
const around = (env: NodeJS.ProcessEnv = {}): Surroundings => ({
  env,
  home,
  probe: async (path) =>
    path.startsWith(home)
      ? probeSocket(path)
      : { open: false, problem: 'there is no such socket', denied: false, missing: true },
});

const choose = async (options: ChooseOptions, env?: NodeJS.ProcessEnv) => {
  const choice = await chooseEngine(options, around(env));
  return [addressOf(choice), choice.chosenBy];
};

const endpointOf = async (
  options: ChooseOptions,
  surroundings: Surroundings,
): Promise<Endpoint | undefined> => {
  const choice = await chooseEngine(options, surroundings);
  return 'store' in choice ? undefined : choice.endpoint;
};

function listen(path: string): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true });
  const server = createServer((socket) => socket.end());
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(path, resolve);
  });
}

function addContext(name: string, docker: object, tls: Record<string, string> = {}): void {
  const key = createHash('sha256').update(name).digest('hex');
  const meta = join(home, '.docker/contexts/meta', key);
  mkdirSync(meta, { recursive: true });
  writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }));
  const folder = join(home, '.docker/contexts/tls', key, 'docker');
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(tls)) writeFileSync(join(folder, file), text);
}

describe('an engine that is named', () => {
  test('on the command line comes first', async () => {
    const env = { DOCKER_HOST: 'tcp://env:1', DOCKER_CONTEXT: 'box' };
    addContext('box', { Host: 'ssh://me@box' });
    expect(await choose({ host: 'tcp://flag:1' }, env)).toEqual(['tcp://flag:1', '--host was given']);
    expect(await choose({ context: 'box' }, env)).toEqual(['ssh://me@box', '--context box was given']);
  });

  test('by DOCKER_HOST goes before contexts, and DOCKER_CONTEXT before the current one', async () => {
    addContext('box', { Host: 'ssh://me@box' });
    addContext('other', { Host: 'tcp://other:2375' });
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ currentContext: 'other' }));
    expect(await choose({}, { DOCKER_HOST: 'unix:///x.sock', DOCKER_CONTEXT: 'box' })).toEqual([
      'unix:///x.sock',
      'DOCKER_HOST is set',
    ]);
    expect(await choose({}, { DOCKER_CONTEXT: 'box' })).toEqual(['ssh://me@box', 'DOCKER_CONTEXT is box']);
    expect(await choose({})).toEqual(['tcp://other:2375', 'other is the current docker context']);
    expect(await choose({}, { CONTAINER_HOST: 'unix:///p.sock' })).toEqual([
      'tcp://other:2375',
      'other is the current docker context',
    ]);
  });

  test('by CONTAINER_HOST is reached through podman', async () => {
    const endpoint = await endpointOf({}, around({ CONTAINER_HOST: 'ssh://core@vm:22/run/podman.sock' }));
    expect(endpoint).toEqual({ address: 'ssh://core@vm:22/run/podman.sock', dialer: 'podman' });
  });

  test('in DOCKER_CONFIG', async () => {
    addContext('box', { Host: 'ssh://me@box' });
    const env = { DOCKER_CONFIG: join(home, '.docker'), DOCKER_CONTEXT: 'box' };
    expect(await endpointOf({}, { ...around(env), home: '/nowhere' })).toEqual({ address: 'ssh://me@box' });
  });

  test('the default context means no context', async () => {
    addContext('box', { Host: 'ssh://me@box' });
    await listen(join(home, '.rd/docker.sock'));
    const env = { DOCKER_CONTEXT: 'box' };
    expect(await choose({ context: 'default' }, env)).toEqual([
      `unix://${home}/.rd/docker.sock`,
      'Rancher Desktop listens on its usual socket',
    ]);
  });

  test.each([
    ['host:2375', 'tcp://host:2375'],
    ['/run/x.sock', 'unix:///run/x.sock'],
    ['ssh://me@box:2222/run/docker.sock', 'ssh://me@box:2222/run/docker.sock'],
  ])('%s is completed', async (host, address) => {
    expect((await choose({ host }))[0]).toBe(address);
  });

  test.each([
    'ftp://x',
    'unix://x.sock',
    'tcp://',
    'ssh://-oProxyCommand=x',
    'ssh://a:pw@b',
    'npipe:////./pipe/x',
    'tcp://h:99999',
  ])('%s is bad input', async (host) => {
    await expect(choose({ host })).rejects.toMatchObject({
      code: 'bad-input',
      hint: expect.stringContaining('://'),
    });
  });

  test('twice is bad input', async () => {
    await expect(choose({ host: 'tcp://x:1', context: 'y' })).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('by a context that is not there names those that are', async () => {
    addContext('box', { Host: 'ssh://me@box' });
    addContext('broken', {});
    await expect(choose({ context: 'nope' })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('"nope"'),
      hint: expect.stringContaining('box, broken'),
    });
    await expect(choose({ context: 'broken' })).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('a configuration that cannot be read is none', async () => {
    mkdirSync(join(home, '.docker'));
    writeFileSync(join(home, '.docker/config.json'), '{"currentContext": ');
    await listen(join(home, '.docker/run/docker.sock'));
    expect((await choose({}))[0]).toBe(`unix://${home}/.docker/run/docker.sock`);
  });
});

describe('TLS material', () => {
  const pem = { 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' };

  test('comes from DOCKER_CERT_PATH when DOCKER_TLS_VERIFY is set', async () => {
    const folder = join(home, 'certs');
    mkdirSync(folder);
    for (const [file, text] of Object.entries(pem)) writeFileSync(join(folder, file), text);
    const env = { DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
    expect(await endpointOf({}, around(env))).toEqual({
      address: 'tcp://h:2376',
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', verify: true },
    });
    const unchecked = { ...env, DOCKER_TLS_VERIFY: '', DOCKER_TLS: '1' };
    expect((await endpointOf({}, around(unchecked)))?.tls?.verify).toBe(false);
    const plain = { ...env, DOCKER_TLS_VERIFY: '' };
    expect((await endpointOf({}, around(plain)))?.tls).toBeUndefined();
  });

  test('comes from the context', async () => {
    addContext('secure', { Host: 'tcp://h:2376', SkipTLSVerify: false }, pem);
    addContext('trusting', { Host: 'tcp://h:2376', SkipTLSVerify: true });
    expect((await endpointOf({ context: 'secure' }, around()))?.tls).toEqual({
      ca: 'CA',
      cert: 'CERT',
      key: 'KEY',
      verify: true,
    });
    expect((await endpointOf({ context: 'trusting' }, around()))?.tls).toEqual({ verify: false });
  });

  test('half of it is bad input', async () => {
    addContext('half', { Host: 'tcp://h:2376' }, { 'cert.pem': 'CERT' });
    await expect(chooseEngine({ context: 'half' }, around())).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('the usual sockets', () => {
  test('are tried in order, and the choice says what failed before', async () => {
    const runtime = join(home, 'run');
    await listen(join(runtime, 'podman/podman.sock'));
    await listen(join(home, '.colima/default/docker.sock'));
    const choice = await chooseEngine({}, around({ XDG_RUNTIME_DIR: runtime }));
    expect(addressOf(choice)).toBe(`unix://${runtime}/podman/podman.sock`);
    expect(choice.chosenBy).toBe('rootless Podman listens on its usual socket');
    expect(choice.tried.map(({ address }) => address)).toEqual([
      'unix:///var/run/docker.sock',
      `unix://${runtime}/docker.sock`,
    ]);
    for (const { why } of choice.tried) expect(why).toBe('there is no such socket');
  });

  test("without an engine nacre's own store is taken, and what was tried is told", async () => {
    const stale = join(home, '.rd/docker.sock');
    mkdirSync(join(home, '.rd'));
    writeFileSync(stale, '');
    const choice = await chooseEngine({}, around());
    expect(choice).toMatchObject({
      store: join(home, '.local/share/nacre/oci'),
      chosenBy: "no Docker or Podman engine answers: nacre's own store",
    });
    expect(choice).toMatchObject({ insteadOf: 'Rancher Desktop' });
    expect(choice.tried).toContainEqual({
      address: 'unix:///var/run/docker.sock',
      why: 'there is no such socket',
    });
    expect(choice.tried).toContainEqual({ address: `unix://${stale}`, why: 'nothing listens there' });
  });

  test("nacre's own store stands in for nothing where nothing is installed", async () => {
    expect(await chooseEngine({}, around())).not.toHaveProperty('insteadOf');
  });

  test('one that may not be used: which, and what helps', async () => {
    const denied = { open: false, problem: 'permission denied', denied: true, missing: false };
    const error = await chooseEngine({}, { ...around(), probe: async () => denied }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'permission',
      message: expect.stringContaining('/var/run/docker.sock'),
      hint: expect.stringMatching(/usermod -aG docker.*nacre --embedded/),
    });
  });

  test('one that may not be used hides none that may', async () => {
    const denied = { open: false, problem: 'permission denied', denied: true, missing: false };
    const open = { open: true, problem: '', denied: false, missing: false };
    const probe = async (path: string) => (path === '/run/podman/podman.sock' ? open : denied);
    const choice = await chooseEngine({}, { ...around(), probe });
    expect(addressOf(choice)).toBe('unix:///run/podman/podman.sock');
    expect(choice.tried[0]).toEqual({ address: 'unix:///var/run/docker.sock', why: 'permission denied' });
  });
});

describe('the embedded engine', () => {
  test('is named by a flag, its variable and the settings, before what is meant for docker', async () => {
    const env = { DOCKER_HOST: 'tcp://env:1', NACRE_STORE: '/srv/images' };
    expect(await choose({ store: '/other' }, env)).toEqual(['/other', '--store was given']);
    expect(await choose({ store: '/other', embedded: true })).toEqual(['/other', '--store was given']);
    expect(await choose({ embedded: true }, env)).toEqual(['/srv/images', '--embedded was given']);
    expect(await choose({}, env)).toEqual(['/srv/images', 'NACRE_STORE is set']);
    expect(await choose({ host: 'tcp://flag:1' }, env)).toEqual(['tcp://flag:1', '--host was given']);
    const settings = { default: 'embedded', store: '~/images' } as const;
    expect(await choose({ settings })).toEqual([join(home, 'images'), 'the settings say embedded']);
    expect(await choose({ settings }, { DOCKER_HOST: 'tcp://env:1' })).toEqual([
      'tcp://env:1',
      'DOCKER_HOST is set',
    ]);
    addContext('box', { Host: 'ssh://me@box' });
    expect((await choose({ settings }, { DOCKER_CONTEXT: 'box' }))[0]).toBe('ssh://me@box');
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ currentContext: 'box' }));
    expect((await choose({ settings }))[0]).toBe(join(home, 'images'));
  });

  test('has its folder in the data folder, unless another is named', async () => {
    const own = { embedded: true };
    expect((await choose(own))[0]).toBe(join(home, '.local/share/nacre/oci'));
    expect((await choose(own, { XDG_DATA_HOME: '/data' }))[0]).toBe('/data/nacre/oci');
    expect((await choose(own, { XDG_DATA_HOME: 'data' }))[0]).toBe(join(home, '.local/share/nacre/oci'));
    expect((await choose({ ...own, settings: { store: '/set' } }))[0]).toBe('/set');
    expect((await choose({ store: 'here' }))[0]).toBe(join(process.cwd(), 'here'));
    await expect(choose({ store: '' })).rejects.toMatchObject({ code: 'bad-input' });
  });

  test.each<ChooseOptions>([
    { embedded: true, host: 'tcp://x:1' },
    { store: '/x', host: 'tcp://x:1' },
    { store: '/x', context: 'default' },
  ])('beside another engine, %j, is bad input', async (options) => {
    await expect(choose(options)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

test('every engine that could be chosen is found', async () => {
  addContext('box', { Host: 'ssh://me@box' });
  addContext('broken', {});
  await listen(join(home, '.rd/docker.sock'));
  mkdirSync(join(home, '.colima/default'), { recursive: true });
  writeFileSync(join(home, '.colima/default/docker.sock'), '');
  const found = await findEngines(around({ DOCKER_HOST: `unix://${home}/.rd/docker.sock` }));
  expect(found.map(({ choice, label, problem }) => [label, addressOf(choice), problem])).toEqual([
    ['DOCKER_HOST', `unix://${home}/.rd/docker.sock`, undefined],
    ['context box', 'ssh://me@box', undefined],
    ['Colima', `unix://${home}/.colima/default/docker.sock`, 'nothing listens there'],
    ['embedded', join(home, '.local/share/nacre/oci'), ''],
  ]);
});
