/** `nacre diff`: archives beside each other, and images of a real engine beside an archive and a registry. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type TarEntry, tarOf } from '../support/tar.ts';
import { nacreHere } from './in-process.ts';

const home = scratchFolder();
afterAll(() => removeScratch(home));

const HERE: NodeJS.ProcessEnv = {
  HOME: home,
  XDG_CACHE_HOME: join(home, 'cache'),
  XDG_CONFIG_HOME: home,
  XDG_STATE_HOME: home,
  DOCKER_HOST: 'unix:///nobody/listens/here',
};
const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  nacreHere(['diff', ...args], { ...HERE, ...env });

/** An archive as docker saves it. Source: Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format". */
async function archive(
  name: string,
  layers: readonly (readonly TarEntry[])[],
  config: object = {},
): Promise<string> {
  const tars = await Promise.all(layers.map(tarOf));
  const document = JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    config,
    rootfs: {
      type: 'layers',
      diff_ids: tars.map((tar) => `sha256:${createHash('sha256').update(tar).digest('hex')}`),
    },
    history: tars.map((_, at) => ({ created_by: `/bin/sh -c step ${at + 1}` })),
  });
  const manifest = [
    { Config: 'config.json', RepoTags: [`${name}:1`], Layers: tars.map((_, at) => `${at}/layer.tar`) },
  ];
  const path = join(home, `${name}.tar`);
  writeFileSync(
    path,
    await tarOf([
      ...tars.map((content, at) => ({ name: `${at}/layer.tar`, content })),
      { name: 'config.json', content: document },
      { name: 'manifest.json', content: JSON.stringify(manifest) },
    ]),
  );
  return path;
}

const apk = (version: string): TarEntry => ({
  name: 'lib/apk/db/installed',
  content: `P:musl\nV:${version}\n`,
});

describe('archives', () => {
  let old: string;
  let now: string;
  beforeAll(async () => {
    const base = [
      { name: 'etc/' },
      { name: 'etc/motd', content: 'one\ntwo\n' },
      { name: 'bin/tool', content: 'a\0b' },
      apk('1.2.4-r2'),
    ];
    old = await archive(
      'old',
      [
        base,
        [
          { name: 'gone', content: 'x'.repeat(2_000) },
          { name: 'way', link: 'etc/motd' },
        ],
      ],
      {
        Env: ['A=1', 'B=2'],
      },
    );
    now = await archive(
      'now',
      [
        base,
        [
          { name: 'etc/motd', content: 'one\nzwei\n' },
          { name: 'bin/tool', content: 'a\0c', mode: 0o755 },
          apk('1.2.5-r0'),
        ],
      ],
      { Env: ['A=1', 'B=3'], Cmd: ['sh'], Labels: { note: 'two\nlines\u001b[2J' } },
    );
  });

  it('are told apart by config, layers, packages and files', async () => {
    const { code, stdout, stderr } = await run([old, now]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'Config: 3 differences',
      '+ cmd         ["sh"]',
      '~ env B       2 -> 3',
      '+ label note  two lines',
      '',
      `Layers: 1 (29B) shared, 1 (2kB) only in ${old}, 1 (30B) only in ${now}`,
      expect.stringMatching(/^- {7}2kB {2}sha256:[0-9a-f]{12} {2}RUN step 2$/),
      expect.stringMatching(/^\+ {7}30B {2}sha256:[0-9a-f]{12} {2}RUN step 2$/),
      '',
      'Packages: 1 changed, 0 added, 0 removed',
      '~ apk  musl  1.2.4-r2 -> 1.2.5-r0',
      '',
      'Files: 0 added, 2 (-2kB) removed, 3 (30B, +1B) changed',
      '-       2kB  /gone',
      '~       18B  /lib/apk/db/installed  content (+0B)',
      '~        9B  /etc/motd  content (+1B)',
      '~        3B  /bin/tool  content (+0B), mode 644 -> 755',
      '-        0B  /way -> etc/motd',
      '',
    ]);
  });

  it('show some of each kind, and of the rest how many they are; folders are told apart', async () => {
    const many = (count: number, name: string): TarEntry[] =>
      Array.from({ length: count }, (_, at) => ({ name: `${name}/${at + 10}`, content: 'x'.repeat(900) }));
    const before = [
      { name: 'etc/passwd', content: 'root' },
      ...many(40, 'gone'),
      { name: 'conf', content: 'old' },
    ];
    const after = [
      { name: 'etc/passwd', content: 'root', mode: 0o600 },
      { name: 'conf', content: 'new' },
      ...many(90, 'come'),
    ];
    const [full, emptied] = [await archive('full', [before]), await archive('emptied', [after])];
    const { stdout } = await run(['--files', full, emptied]);
    const rows = stdout.trimEnd().split('\n');
    expect(rows[0]).toBe('Files: 90 (+81kB) added, 40 (-36kB) removed, 2 (3B, +0B) changed, and 2 folders');
    expect(rows).toHaveLength(27);
    expect(rows.filter((row) => row.startsWith('~'))).toEqual([
      '~        3B  /conf  content (+0B)',
      '~        0B  /etc/passwd  mode 644 -> 600',
    ]);
    expect(rows.at(-1)).toBe('and 109 more (79 added, 30 removed): --all shows them');
    const { stdout: all } = await run(['--files', '--all', full, emptied]);
    expect(all.trimEnd().split('\n')).toHaveLength(135);
  });

  it('are told to machines, with what each has', async () => {
    const { stdout } = await run(['--json', '--files', '--image-config', old, now]);
    const document = JSON.parse(stdout);
    expect(Object.keys(document)).toEqual(['before', 'after', 'config', 'files']);
    expect(Object.keys(document.before)).toEqual(['name', 'id', 'platform', 'where']);
    const rest = JSON.parse((await run(['--json', '--layers', '--packages', old, now])).stdout);
    expect(Object.keys(rest)).toEqual(['before', 'after', 'layers', 'packages']);
    expect(rest.layers[0]).toEqual({
      kind: 'shared',
      diffId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      ...{ before: 1, after: 1, createdBy: 'RUN step 1', size: 29 },
    });
    expect(rest.layers.slice(1)).toMatchObject([
      { kind: 'removed', before: 2, after: null, size: 2_000 },
      { kind: 'added', before: null, after: 2, size: 30 },
    ]);
    expect(rest.packages).toEqual({
      changes: [{ kind: 'apk', name: 'musl', before: ['1.2.4-r2'], after: ['1.2.5-r0'] }],
      problems: [],
    });
    expect(document.config).toContainEqual({ field: 'cmd', key: '', before: null, after: '["sh"]' });
    expect(document.files).toMatchObject({ removed: { files: 2, bytes: -2_000 }, unsure: 0, assumed: 0 });
    expect(document.files.changes.find(({ path }: { path: string }) => path === 'bin/tool')).toEqual({
      kind: 'changed',
      path: 'bin/tool',
      bytes: 0,
      moved: 3,
      aspects: ['content', 'mode'],
      unsure: false,
      before: expect.objectContaining({ type: 'file', size: 3, mode: 0o644, layer: 1, link: null }),
      after: expect.objectContaining({
        mode: 0o755,
        layer: 2,
        digest: `sha256:${createHash('sha256').update('a\0c').digest('hex')}`,
      }),
    });
  });

  it('give a patch of one file, and say of others why there is none', async () => {
    expect((await run(['--patch', '/etc/motd', old, now])).stdout).toBe(
      '--- a/etc/motd\n+++ b/etc/motd\n@@ -1,2 +1,2 @@\n one\n-two\n+zwei\n',
    );
    expect((await run(['--patch', 'gone', old, now])).stdout).toMatch(
      /^--- a\/gone\n\+\+\+ \/dev\/null\n@@ -1 \+0,0 @@\n-x/,
    );
    expect((await run(['--patch', 'bin/tool', old, now])).stdout).toBe(
      'Binary files a/bin/tool and b/bin/tool differ\n',
    );
    expect(await run(['--patch', 'bin/tool', old, old])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run(['--patch', 'nowhere', old, now])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no nowhere in either image'),
    });
    expect(await run(['--patch', 'gone', '--json', old, now])).toMatchObject({ code: 2 });
  });

  it('differ with an exit code only where that is asked for', async () => {
    const codes = async (...args: string[]) => (await run(args)).code;
    expect(await codes('--files', old, now)).toBe(0);
    expect(await codes('--files', '--exit-code', old, now)).toBe(1);
    expect(await codes('--exit-code', old, old)).toBe(0);
    expect(await codes('--exit-code', '--patch', 'etc/motd', old, now)).toBe(1);
    expect(await codes(old)).toBe(2);
    expect(await codes(old, join(home, 'nobody.tar'))).toBe(1);
  });

  it('compared quickly say what nobody read', async () => {
    // What is in the cache has been read: this is another one.
    const quick = await run(['--quick', '--files', old, now], { XDG_CACHE_HOME: join(home, 'empty') });
    expect(quick.stdout).not.toContain('installed');
    expect(quick.stderr).toBe(
      '2 files of the same size and time passed for the same: without --quick they are read.\n',
    );
  });
});

engineGroup('two tags, an archive and a registry', 'docker20', () => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let pushed: string;
  beforeAll(async () => {
    [engine, registry] = await Promise.all([startEngine('docker20'), startRegistry()]);
    pushed = `${registry.address}/lab/app:2`;
    const maker = new ImageMaker(engine);
    await maker.importImage(await tarOf([{ name: 'a', content: 'one\n' }, apk('1')]), 'app:1');
    await maker.build('app:1', ['ENV A=1', 'COPY installed /lib/apk/db/installed', 'COPY b /b'], {
      tags: ['app:2', pushed],
      files: { installed: 'P:musl\nV:2\n', b: 'new\n' },
    });
    await maker.push(pushed);
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.stop();
  });

  test('are compared with each other', async () => {
    const env = { DOCKER_HOST: engine.host };
    const { stdout, stderr } = await run(['app:1', 'app:2'], env);
    expect(stderr).toBe('');
    expect(stdout).toContain('+ env A');
    expect(stdout).toContain('Layers: 1 (');
    expect(stdout).toContain('~ apk  musl  1 -> 2');
    expect(stdout).toContain('+        4B  /b');
    const saved = join(home, 'saved.tar');
    expect(await nacreHere(['save', '-o', saved, 'app:2'], { ...HERE, ...env })).toMatchObject({ code: 0 });
    expect(await run(['--exit-code', 'app:2', saved], env)).toMatchObject({ code: 0 });
    expect(await run(['--exit-code', 'app:2', `registry:${pushed}`], env)).toMatchObject({ code: 0 });
    expect((await run(['--patch', 'b', 'app:1', saved], env)).stdout).toBe(
      '--- /dev/null\n+++ b/b\n@@ -0,0 +1 @@\n+new\n',
    );
  });
});
