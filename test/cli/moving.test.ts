/** Commands that move images without any engine: between a registry, nacre's own store, archives and other tools. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { type RegistryFront, startFront } from '../support/registry-front.ts';
import { publish } from '../support/registry-image.ts';
import { tinyRootfs } from '../support/rootfs.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { ensureSkopeo, identify, skopeo } from '../support/skopeo.ts';
import { openTerminal } from '../support/terminal.ts';
import { type Ended, nacre, nacreStarted } from './process.ts';

const RUN = fileURLToPath(new URL('../../dist/nacre.js', import.meta.url));
const LARGE = 6_000_000;
const oneLine = /^nacre: [^\n]+\n$/;

let registry: TestRegistry;
let slow: RegistryFront;
let folder: string;
let store: string;
let app: string;
let digest: string;
let count = 0;

beforeAll(async () => {
  registry = await startRegistry();
  slow = await startFront(registry.address, { bytesPerSecond: 1_000_000 });
  folder = scratchFolder();
  app = `${registry.address}/lab/app:1`;
  ({ digest } = await publish(app, { layers: [300_000, 2_000] }));
  await publish(`${registry.address}/lab/large:1`, { layers: [LARGE, 1_000] });
});
afterAll(async () => {
  await slow?.stop();
  await registry?.stop();
  await removeScratch(folder);
});
beforeEach(() => {
  store = join(folder, `store-${++count}`);
});

const env = () => ({ NACRE_STORE: store, XDG_CACHE_HOME: folder });
const run = (args: readonly string[], input?: string | Buffer): Promise<Ended> =>
  nacre(args, { env: env(), ...(input !== undefined && { input }) });
const done = async (...args: string[]): Promise<string> => {
  const ended = await run(args);
  expect({ args, ...ended }).toMatchObject({ code: 0 });
  return ended.stdout;
};
const listed = async (): Promise<string[]> =>
  (await done('images', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}')).trim().split('\n');
/** What a check finds besides the beginnings of blobs that unfinished pulls left. */
const damage = async (): Promise<unknown[]> => {
  const { problems } = JSON.parse(await done('store', 'check', '--json')) as {
    problems: { severity: string }[];
  };
  return problems.filter(({ severity }) => severity !== 'note');
};
const events = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('a registry', () => {
  it('is pulled from and pushed to, and what was pulled is not pulled again', async () => {
    const first = await run(['pull', app]);
    expect(first).toMatchObject({
      code: 0,
      stdout: `Digest: ${digest}\nStatus: Downloaded newer image for ${app}\n${app}\n`,
    });
    expect(first.stderr).toMatch(/^(([0-9a-f]{12}|config): done \S+\n)+$/);
    expect(await done('pull', app)).toBe(
      `Digest: ${digest}\nStatus: Image is up to date for ${app}\n${app}\n`,
    );
    expect(await done('pull', '-q', app)).toBe(`${app}\n`);
    const copy = `${registry.address}/lab/copy:2`;
    await done('tag', app, copy);
    expect(await done('push', copy)).toMatch(new RegExp(`^2: digest: ${digest} size: \\d+\\n$`));
    expect(await done('push', '-q', copy)).toBe(`${copy}\n`);
    const at = (name: string) => identify(`docker://${name}`);
    expect(await at(copy)).toEqual(await at(app));
  });

  it('keeps one platform, or all of them where that is asked for', async () => {
    const many = `${registry.address}/lab/many:1`;
    const index = await publish(many, [{}, { platform: 'linux/arm64' }]);
    const platforms = async () => done('inspect', '-f', '{{.Os}}/{{.Architecture}}', many);
    expect(await done('pull', '--platform', 'arm64', many)).toContain(index.digest);
    expect(await platforms()).toBe('linux/arm64\n');
    await done('pull', '--all-platforms', many);
    const blobs = readdirSync(join(store, 'blobs/sha256'));
    for (const { config } of index.images) expect(blobs).toContain(config.replace('sha256:', ''));
    expect(await run(['pull', '--all-platforms', '--platform', 'arm64', many])).toMatchObject({ code: 2 });
    const other = await run(['pull', '--platform', 'linux/s390x', many]);
    expect(other).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(oneLine) });
  });

  it('that lacks one of several images is told of, and the others are pulled', async () => {
    const missing = `${registry.address}/lab/none:1`;
    const ended = await run(['pull', '-q', missing, app]);
    expect(ended).toMatchObject({ code: 1, stdout: `${app}\n` });
    expect(ended.stderr).toMatch(oneLine);
    expect(ended.stderr).toContain(missing);
  });

  it('is told of in events, one a line, with the result at last', async () => {
    const { code, stdout, stderr } = await run(['pull', '--json', app]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const all = events(stdout);
    const result = all.at(-1);
    expect(result).toMatchObject({ type: 'result', reference: app, digest, changed: true });
    const layers = all.filter(({ type, id }) => type === 'part' && /^[0-9a-f]{12}$/.test(String(id)));
    expect(layers.filter(({ stage }) => stage === 'done')).toHaveLength(2);
    expect(all.some(({ type }) => type === 'resolved')).toBe(true);
    const pushed = events((await run(['push', '--json', app])).stdout).at(-1);
    expect(pushed).toMatchObject({ type: 'result', reference: app, digest, size: expect.any(Number) });
  });

  it('that fails is told of in events too, and each image of several ends with one of its own', async () => {
    const missing = `${registry.address}/lab/none:1`;
    const failure = { type: 'error', code: 'not-found', message: expect.stringContaining(missing) };
    const one = await run(['pull', '--json', missing]);
    expect(one).toMatchObject({ code: 1, stderr: expect.stringMatching(oneLine) });
    expect(events(one.stdout).at(-1)).toMatchObject({ ...failure, hint: expect.stringMatching(/./) });
    const several = events((await run(['pull', '--json', missing, app])).stdout);
    const ends = several.filter(({ type }) => type === 'error' || type === 'result');
    expect(ends).toMatchObject([
      { ...failure, reference: missing },
      { type: 'result', reference: app },
    ]);
    expect(several.at(-1)).toEqual(ends.at(-1));
    const refused = await run(['--read-only', 'push', '--json', app]);
    expect(events(refused.stdout)).toMatchObject([{ type: 'error', code: 'read-only' }]);
    expect(await run(['pull', '--json', '--platform'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('archives', () => {
  it.each(['none', 'gzip', 'zstd'])('packed with %s go out and come in', async (kind) => {
    await done('pull', app);
    const [before] = await listed();
    const file = join(folder, `${count}.tar`);
    await done('save', '--compress', kind, '-o', file, app);
    await done('rmi', app);
    expect(await done('load', '-i', file)).toBe(`Loaded image: ${app}\n`);
    expect(await listed()).toEqual([before]);
    // skopeo reads docker archives only as they are, whoever has packed them.
    if (kind !== 'none') return;
    expect((await identify(`docker-archive:${file}`)).config).toBe(
      (await identify(`docker://${app}`)).config,
    );
  });

  it('go through pipes, and from an address', async () => {
    await done('pull', app);
    const file = join(folder, `${count}.tar`);
    const shell = spawn('bash', ['-c', `"$0" "$1" save ${app} | cat > ${file}`, process.execPath, RUN], {
      env: { PATH: process.env['PATH'], ...env() },
    });
    expect(await once(shell, 'close')).toEqual([0, null]);
    const other = { NACRE_STORE: `${store}-other`, XDG_CACHE_HOME: folder };
    const loaded = await nacre(['load'], { env: other, input: readFileSync(file) });
    expect(loaded).toMatchObject({ code: 0, stdout: `Loaded image: ${app}\n` });

    const server: Server = createServer((_, answer) => answer.end(gzipSync(readFileSync(file))));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/app.tar.gz`;
    const third = { ...other, NACRE_STORE: `${store}-third` };
    expect((await nacre(['load', '-i', url], { env: third })).stdout).toBe(`Loaded image: ${app}\n`);
    server.close();
  });

  it('are told of in events', async () => {
    await done('pull', app);
    const file = join(folder, `${count}.tar`);
    const saved = events(await done('save', '--json', '-o', file, app)).at(-1);
    expect(saved).toMatchObject({ type: 'result', bytes: statSync(file).size, path: file });
    const loaded = events(await done('load', '--json', '-i', file)).at(-1);
    expect(loaded).toMatchObject({ type: 'result', images: [{ references: [app] }] });
  });

  it('of a root file system become images', async () => {
    const tar = await tinyRootfs('root');
    const { stdout, code } = await run(
      ['import', '-c', 'ENTRYPOINT ["/a"]', '-m', 'by hand', '--platform', 'linux/arm64', '-', 'made:1'],
      tar,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(await done('inspect', '-f', '{{.Id}} {{.Architecture}} {{.Config.Entrypoint}}', 'made:1')).toBe(
      `${stdout.trim()} arm64 [/a]\n`,
    );
    expect(await done('history', '--format', '{{.Comment}}', 'made:1')).toBe('by hand\n');
    writeFileSync(join(folder, 'root.tgz'), gzipSync(tar));
    expect(await done('import', join(folder, 'root.tgz'))).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  });
});

describe('the store', () => {
  it('that skopeo made opens, and skopeo reads what nacre put there', async () => {
    await ensureSkopeo();
    await skopeo('copy', '-q', '--src-tls-verify=false', `docker://${app}`, `oci:${store}:lab/app:1`);
    expect((await listed()).map((line) => line.split(' ')[0])).toEqual(['lab/app:1']);
    await done('tag', 'lab/app:1', 'other:2');
    // An OCI layout with docker's own kind of manifests is more than skopeo reads.
    const pulled = `${registry.address}/lab/oci:1`;
    const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    await skopeo('copy', '-q', '--format', 'oci', ...plain, `docker://${app}`, `docker://${pulled}`);
    await done('pull', pulled);
    const named = JSON.parse(readFileSync(join(store, 'index.json'), 'utf8')) as {
      manifests: { annotations: Record<string, string> }[];
    };
    for (const { annotations } of named.manifests) {
      const name = annotations['org.opencontainers.image.ref.name'];
      expect((await identify(`oci:${store}:${name}`)).layers).toHaveLength(2);
    }
    expect(named.manifests).toHaveLength(3);
  });

  it('is the one that --store names, whatever the environment says', async () => {
    const made = join(folder, 'named');
    await done('pull', '-q', '--store', made, app);
    expect(existsSync(join(made, 'oci-layout'))).toBe(true);
    expect(existsSync(store)).toBe(false);
    const info = JSON.parse(await done('info', '--store', made, '--json'));
    expect(info).toMatchObject({ kind: 'embedded', address: made, chosenBy: '--store was given', tried: [] });
    expect(Object.keys(info.absent)).toEqual(expect.arrayContaining(['containers', 'buildCache']));
  });

  it('tells its folder, and is checked', async () => {
    expect(await done('store', 'path')).toBe(`${store}\n`);
    expect(await run(['store', 'check'])).toMatchObject({ code: 1, stderr: expect.stringMatching(oneLine) });
    await done('pull', '-q', app);
    expect(await done('store', 'check')).toMatch(/^\d blobs of 1 image read, [\d.]+kB\n$/);
    expect(await damage()).toEqual([]);
    const [layer = ''] = readdirSync(join(store, 'blobs/sha256')).filter(
      (name) => statSync(join(store, 'blobs/sha256', name)).size > 100_000,
    );
    writeFileSync(join(store, 'blobs/sha256', layer), 'damaged');
    const checked = await run(['store', 'check']);
    expect(checked).toMatchObject({ code: 1, stderr: expect.stringMatching(oneLine) });
    expect(checked.stdout).toMatch(new RegExp(`^error: .*${layer.slice(0, 12)}`));
    expect(await run(['store', 'sweep'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('is cleared of what nothing needs', async () => {
    await done('pull', '-q', app);
    const waste = `${'ab'.repeat(32)}`;
    const path = join(store, 'blobs/sha256', waste);
    writeFileSync(path, 'of no image');
    expect(await done('store', 'gc')).toBe('Total reclaimed space: 0B\n');
    const told = await done('store', 'gc', '--all', '--dry-run');
    expect(told).toBe(`would delete: sha256:${waste}\nWould reclaim: 11B\n`);
    expect(existsSync(path)).toBe(true);
    expect(await run(['store', 'gc', '--all', '--read-only'])).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(await done('store', 'gc', '--all', '--json'))).toEqual({
      dryRun: false,
      deleted: [`sha256:${waste}`],
      freedBytes: 11,
    });
    expect(existsSync(path)).toBe(false);
    expect(await damage()).toEqual([]);
  });
});

describe('the other commands', () => {
  it('measure, plan and remove what was planned', async () => {
    await done('pull', '-q', app);
    await done('tag', app, 'again:1');
    expect(await done('df')).toMatch(/\nImages +1 +1 /);
    const plan = JSON.parse(await done('plan', '--json', app, 'again:1'));
    expect(plan.exact).toBe(true);
    const size = () =>
      readdirSync(join(store, 'blobs/sha256')).reduce(
        (sum, name) => sum + statSync(join(store, 'blobs/sha256', name)).size,
        0,
      );
    expect(plan.freedBytes).toBe(size());
    expect(await done('rmi', app)).toMatch(new RegExp(`^Untagged: ${app}\n`));
    expect(await done('prune', '-a', '-f')).toMatch(/untagged: again:1\ndeleted: sha256:[0-9a-f]{64}\n/);
    expect(size()).toBe(0);
    const cache = await run(['prune', '-f', '--build-cache']);
    expect(cache).toMatchObject({ code: 1, stderr: expect.stringContaining('the embedded engine') });
  });

  const socket = ['/var/run/docker.sock', '/run/podman/podman.sock'].find((path) => existsSync(path));
  it('work where nothing is installed and nothing is set', async (context) => {
    if (socket !== undefined) context.skip(`${socket} is there`);
    const bare = { HOME: join(folder, 'home') };
    const { stdout } = await nacre(['info', '--json'], { env: bare });
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'embedded',
      address: join(folder, 'home/.local/share/nacre/oci'),
      chosenBy: "no Docker or Podman engine answers: nacre's own store",
    });
    expect(await nacre(['images', '-q'], { env: bare })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await nacre(['pull', '-q', app], { env: bare })).toMatchObject({ code: 0, stdout: `${app}\n` });
    // An engine that is installed and silent is not passed over in silence.
    mkdirSync(join(folder, 'home/.rd'), { recursive: true });
    writeFileSync(join(folder, 'home/.rd/docker.sock'), '');
    const again = await nacre(['pull', '-q', app], { env: bare });
    expect(again).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Rancher Desktop does not answer/),
    });
  });

  it('follow the settings', async () => {
    const config = join(folder, 'config.toml');
    writeFileSync(config, `[engine]\ndefault = "embedded"\nstore = "${store}"\n`);
    const { stdout } = await nacre(['info', '--json', '--config', config]);
    expect(JSON.parse(stdout)).toMatchObject({ address: store, chosenBy: 'the settings say embedded' });
    writeFileSync(config, '[engine]\ndefault = "elsewhere"\n');
    const wrong = await nacre(['images', '--config', config]);
    expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(oneLine) });
  });
});

describe('what cannot be done is said in one line', () => {
  const target = (name: string) => join(folder, name);
  it.each<[args: () => string[], code: number, said: RegExp]>([
    [() => ['pull', 'UPPER'], 1, /UPPER/],
    [() => ['pull', '--platform', 'a/b/c/d', app], 1, /no platform/],
    [() => ['pull'], 2, /needs/],
    [() => ['pull', '127.0.0.1:1/x:1'], 1, /127\.0\.0\.1:1/],
    [() => ['push', 'UPPER'], 1, /UPPER/],
    [() => ['push', `${app}@sha256:${'0'.repeat(64)}`], 1, /digest/],
    [() => ['push', `${registry.address}/none:1`], 1, /none:1/],
    [() => ['push', app, 'b'], 2, /at most 1/],
    [() => ['save', '-o', target('none.tar'), 'none:1'], 1, /none:1/],
    [() => ['save', '--compress', 'rar', '-o', target('x.tar'), app], 2, /rar/],
    [() => ['save', '--json', app], 2, /-o FILE/],
    [() => ['save', '-o', '', app], 2, /--output/],
    [() => ['save', '-o', join(folder, 'no/such/folder.tar'), app], 1, /no\/such/],
    [() => ['save', '-o', folder, app], 1, /director|folder/],
    [() => ['load', '-i', target('missing.tar')], 1, /missing\.tar/],
    [() => ['load', '-i', folder], 1, /director|folder/],
    [() => ['load', '-i', ''], 2, /--input/],
    [() => ['load', '-i', 'http://127.0.0.1:1/x.tar'], 1, /127\.0\.0\.1:1/],
    [() => ['load', 'x'], 2, /no arguments/],
    [() => ['load'], 1, /archive|empty/],
    [() => ['import', target('missing.tar')], 1, /missing\.tar/],
    [() => ['import', '-', 'UPPER'], 1, /UPPER/],
    [() => ['import', '-c', 'FROM x', '-'], 1, /FROM/],
    [() => ['--host', 'unix:///x', 'store', 'path'], 1, /--host/],
  ])('%s', async (args, code, said) => {
    await done('pull', '-q', app);
    const before = readdirSync(folder);
    const ended = await run(args());
    expect({ ...ended, args: args() }).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(oneLine);
    expect(ended.stderr).toMatch(said);
    expect(readdirSync(folder)).toEqual(before);
  });

  it('and no file is replaced unless that is asked for', async () => {
    await done('pull', '-q', app);
    const file = join(folder, 'there.tar');
    writeFileSync(file, 'precious');
    const refused = await run(['save', '-o', file, app]);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(oneLine) });
    expect(refused.stderr).toContain('--force');
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await done('save', '--force', '-q', '-o', file, app);
    expect(statSync(file).size).toBeGreaterThan(300_000);
  });

  it('of a damaged archive, and nothing of it stays', async () => {
    await done('pull', '-q', app);
    const file = join(folder, 'short.tar');
    await done('save', '-q', '-o', file, app);
    await done('rmi', app);
    const whole = readFileSync(file);
    const ended = await run(['load'], whole.subarray(0, whole.length / 2));
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toMatch(/nacre: [^\n]+\n$/);
    expect(await done('images', '-aq')).toBe('');
    expect(await damage()).toEqual([]);
  });

  it('by --read-only, where images would change', async () => {
    mkdirSync(store);
    for (const args of [['pull', app], ['push', app], ['load'], ['import', '-'], ['store', 'gc']]) {
      const ended = await run(['--read-only', ...args]);
      expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--read-only') });
    }
    expect(readdirSync(store)).toEqual([]);
  });
});

describe('half-way', () => {
  const large = () => `${slow.address}/lab/large:1`;

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s stops a pull, which goes on where it was the next time', async (signal, code) => {
    const child = nacreStarted(['pull', '--json', large()], env());
    let seen = '';
    let asked = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      const moved = /"stage":"downloading","done":(\d{7})/.test(seen);
      if (moved && !asked) asked = child.kill(signal);
    });
    const [ended] = (await once(child, 'close')) as [number];
    expect(ended).toBe(code);
    expect(await done('images', '-aq')).toBe('');
    expect(await damage()).toEqual([]);
    const again = events(await done('pull', '--json', large()));
    expect(again.at(-1)).toMatchObject({ type: 'result', changed: true });
    const first = again.find(({ stage, total }) => stage === 'downloading' && Number(total) > 1_000_000);
    expect(Number(first?.['done'])).toBeGreaterThan(500_000);
  });

  it('ctrl+c leaves no file of a save', async () => {
    await done('pull', '-q', `${registry.address}/lab/large:1`);
    const place = join(folder, `saving-${count}`);
    mkdirSync(place);
    // A pipe that nobody empties holds the archive up.
    const held = nacreStarted(['save', `${registry.address}/lab/large:1`], env());
    await once(held.stdout, 'readable');
    held.kill('SIGINT');
    expect(await once(held, 'exit')).toEqual([130, null]);
    expect(readdirSync(place)).toEqual([]);
  });

  it('a reader that goes away ends a save, without a word', async () => {
    await done('pull', '-q', `${registry.address}/lab/large:1`);
    const child = nacreStarted(['save', '-q', `${registry.address}/lab/large:1`], env());
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    expect([await once(child, 'close'), stderr]).toEqual([[0, null], '']);
  });

  it('a reader that goes away does not stop a pull', async () => {
    const child = nacreStarted(['pull', '--json', app], env());
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(await listed()).toHaveLength(1);
  });
});

describe('on a terminal', () => {
  const open = (...args: string[]) =>
    openTerminal({
      command: process.execPath,
      args: [RUN, ...args],
      env: env(),
      columns: 100,
      rows: 12,
    });

  it('a pull is drawn in place while it runs, and leaves one line a part', async () => {
    const large = `${slow.address}/lab/large:1`;
    const terminal = open('pull', large);
    await terminal.waitFor(
      /[0-9a-f]{12}: {2}downloading +[\d.]+MB of 6MB +\d+% {2}[\d.]+[kM]B\/s {2}\d+s left/,
    );
    const moving = terminal.screen().filter((row) => row.includes('downloading'));
    expect(moving.length).toBeLessThanOrEqual(2);
    expect(await terminal.exit).toMatchObject({ code: 0 });
    const rows = terminal.screen().filter((row) => row.trim() !== '');
    expect(rows.filter((row) => /^[0-9a-f]{12}: done /.test(row))).toHaveLength(2);
    expect(rows.filter((row) => row.includes('downloading'))).toEqual([]);
    expect(rows.at(-1)?.trim()).toBe(large);
  });

  it('ctrl+c there stops it, and the shell goes on below', async () => {
    const terminal = open('pull', `${slow.address}/lab/large:1`);
    await terminal.waitFor(/downloading/);
    terminal.type('\u0003');
    expect(await terminal.exit).toMatchObject({ code: 130 });
    expect(terminal.text()).not.toContain('downloading');
    expect(await done('images', '-aq')).toBe('');
  });

  it('no archive is written', async () => {
    await done('pull', '-q', app);
    const terminal = open('save', app);
    expect(await terminal.exit).toMatchObject({ code: 2 });
    expect(terminal.text()).toContain('nothing for a terminal');
    const loading = open('load');
    expect(await loading.exit).toMatchObject({ code: 2 });
  });
});
