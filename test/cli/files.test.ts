/** `nacre files` on an archive: what is told of each entry, and in which order. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseArguments, runCommand } from '../../src/cli/cli.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacreHere } from './in-process.ts';
import { RAW_NAME, writeArchive } from './inside-archive.ts';

const folder = scratchFolder();
const archive = join(folder, 'web.tar');
const env = { XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: folder, HOME: folder };
const TIME = 1_600_000_000;

beforeAll(async () => {
  process.env['TZ'] = 'UTC';
  await writeArchive(archive, 'web:1', [
    {
      by: 'COPY rootfs / # buildkit',
      entries: [
        { name: 'etc/' },
        { name: 'etc/passwd', content: 'root\n', mode: 0o600 },
        { name: 'etc/old', content: 'old' },
        { name: 'bin', link: 'usr/bin' },
        { name: 'usr/bin/sh', content: '#!', mode: 0o4755 },
        { name: RAW_NAME, content: '1' },
        { name: 'c\u001b[31m\u009b日本', content: '22' },
      ],
    },
    {
      by: 'RUN rm /etc/old',
      entries: [
        { name: 'etc/.wh.old', content: '' },
        { name: 'etc/passwd', content: 'root and more\n' },
        { name: 'srv/app', content: 'x'.repeat(400) },
      ],
    },
  ]);
});
afterAll(() => removeScratch(folder));

const run = (...args: string[]) => nacreHere(['files', ...args], env);
const lines = async (...args: string[]): Promise<string[]> => {
  const { code, stdout, stderr } = await run(...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout.split('\n').slice(0, -1);
};
const json = async (...args: string[]): Promise<Record<string, unknown>[]> =>
  (await lines('--json', ...args)).map((line) => JSON.parse(line) as Record<string, unknown>);
const sha = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

describe('nacre files', () => {
  test('lists what a container would see, each with its layer', async () => {
    expect(await lines(archive)).toEqual([
      '  1 lrwxrwxrwx 0/0             0 2020-09-13 12:26 bin -> usr/bin',
      '  1 -rw-r--r-- 0/0             2 2020-09-13 12:26 c\\x1b[31m\\xc2\\x9b日本',
      '  1 drwxr-xr-x 0/0             0 2020-09-13 12:26 etc/',
      '  2 -rw-r--r-- 0/0            14 2020-09-13 12:26 etc/passwd',
      '  1 -rw-r--r-- 0/0             1 2020-09-13 12:26 raw-caf\\xe9name',
      '  2 drwxr-xr-x 0/0             0 1970-01-01 00:00 srv/',
      '  2 -rw-r--r-- 0/0           400 2020-09-13 12:26 srv/app',
      '  1 drwxr-xr-x 0/0             0 1970-01-01 00:00 usr/',
      '  1 drwxr-xr-x 0/0             0 1970-01-01 00:00 usr/bin/',
      '  1 -rwsr-xr-x 0/0             2 2020-09-13 12:26 usr/bin/sh',
    ]);
  });

  test('tells machines everything, one object a line', async () => {
    const all = await json(archive);
    expect(all.map(({ path }) => path)).toEqual([
      'bin',
      'c\u001b[31m\u009b日本',
      'etc',
      'etc/passwd',
      'raw-caf\udce9name',
      'srv',
      'srv/app',
      'usr',
      'usr/bin',
      'usr/bin/sh',
    ]);
    for (const each of all)
      expect(Object.keys(each)).toEqual([
        'path',
        'type',
        'size',
        'mode',
        'uid',
        'gid',
        'mtime',
        'link',
        'digest',
        'layer',
      ]);
    expect(all[0]).toMatchObject({ type: 'symlink', size: 0, link: 'usr/bin', digest: null, layer: 1 });
    expect(all[3]).toEqual({
      ...{ path: 'etc/passwd', type: 'file', size: 14, mode: 0o644, uid: 0, gid: 0, mtime: TIME },
      ...{ link: null, digest: null, layer: 2 },
    });
    expect(all[9]).toMatchObject({ mode: 0o4755, type: 'file' });
    // Whatever a name holds, the line is safe on a terminal.
    const { stdout } = await run('--json', archive);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    const digests = await json('--digests', archive);
    expect(digests.find(({ path }) => path === 'etc/passwd')?.['digest']).toBe(sha('root and more\n'));
    expect(digests.find(({ path }) => path === 'etc')?.['digest']).toBeNull();
  });

  test('lists one layer as it is, from the base which is 1', async () => {
    const paths = async (...args: string[]) => (await json(...args)).map(({ path }) => path);
    expect(await paths('--layer', '2', archive)).toEqual(['etc/passwd', 'srv/app']);
    expect(await paths('-l', '1', archive, '/etc')).toEqual(['etc', 'etc/old', 'etc/passwd']);
    expect(await run('--layer', '3', archive)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has 2 layers: there is no layer 3'),
    });
    // Steps of the history have numbers of their own: here what brings no files is the first.
    expect((await run('--layer', '3', archive)).stderr.split('\n').slice(0, 3)).toEqual([
      'LAYER  STEP  DIFF ID       BROUGHT BY',
      expect.stringMatching(/^ {4}1 {5}2 {2}[0-9a-f]{12} {2}COPY rootfs \/$/),
      expect.stringMatching(/^ {4}2 {5}3 {2}[0-9a-f]{12} {2}RUN rm \/etc\/old$/),
    ]);
    expect(await run('--layer', '0', archive)).toMatchObject({ code: 2 });
  });

  test('tells what layers did', async () => {
    const signs = async (...args: string[]) =>
      (await lines('--changes', ...args)).map((line) => `${line[0]} ${line.split(' ').at(-1)}`);
    expect(await signs(archive, 'etc')).toEqual(['+ etc/', '- etc/old', '~ etc/passwd']);
    expect(await signs(archive, 'etc/old')).toEqual(['- etc/old']);
    expect(await signs('--layer', '2', archive)).toEqual(['- etc/old', '~ etc/passwd', '+ srv/app']);
    expect((await json('--changes', archive, 'etc/old'))[0]).toMatchObject({
      ...{ layer: 1, change: 'removed', changedBy: 2 },
    });
  });

  test('tells what one layer took away as it was before', async () => {
    const taken = join(folder, 'taken.tar');
    await writeArchive(taken, 'taken:1', [
      {
        by: 'COPY',
        entries: [
          { name: 'app/gone', content: 'was here', mode: 0o640 },
          { name: 'app/conf.txt', content: 'conf' },
          { name: 'd/x', content: 'x' },
          { name: 'd/in/y', content: 'yy' },
          { name: 'o/old', content: 'old' },
          { name: 'o/again', content: '1' },
          { name: 'app/dangling', link: 'nowhere' },
          { name: 'app/way', link: '/app/gone' },
        ],
      },
      { by: 'RUN', entries: [{ name: 'app/conf.txt', content: 'more' }] },
      {
        by: 'RUN rm',
        entries: [
          { name: 'app/.wh.gone', content: '' },
          { name: 'app/.wh.never', content: '' },
          { name: '.wh.d', content: '' },
          { name: 'o/' },
          { name: 'o/.wh..wh..opq', content: '' },
          { name: 'o/again', content: '22' },
        ],
      },
      { by: 'RUN', entries: [{ name: 'last', content: '' }] },
    ]);
    expect(await lines('-c', '-l', '3', taken)).toEqual([
      '-   1 -rw-r----- 0/0             8 2020-09-13 12:26 app/gone',
      '-   1 drwxr-xr-x 0/0             0 1970-01-01 00:00 d/',
      '-   1 drwxr-xr-x 0/0             0 1970-01-01 00:00 d/in/',
      '-   1 -rw-r--r-- 0/0             2 2020-09-13 12:26 d/in/y',
      '-   1 -rw-r--r-- 0/0             1 2020-09-13 12:26 d/x',
      '~   3 drwxr-xr-x 0/0             0 2020-09-13 12:26 o/',
      '~   3 -rw-r--r-- 0/0             2 2020-09-13 12:26 o/again',
      '-   1 -rw-r--r-- 0/0             3 2020-09-13 12:26 o/old',
    ]);
    expect(await json('-c', '-l', '3', taken, '/app')).toEqual([
      {
        ...{ path: 'app/gone', type: 'file', size: 8, mode: 0o640, uid: 0, gid: 0, mtime: TIME },
        ...{ link: null, digest: null, layer: 1, change: 'removed', changedBy: 3 },
      },
    ]);
    expect(await lines('-q', '-c', '-l', '3', taken, 'app/gone')).toEqual(['app/gone']);
    expect(await lines('-q', '-l', '3', taken)).toEqual(['o', 'o/again']);

    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(taken, ...args);
      expect([code, stdout]).toEqual([1, '']);
      return stderr;
    };
    const take = 'nacre files and nacre cp take --layer';
    expect(await refused('/app/conf.txt', '-l', '4')).toBe(
      `nacre: layer 4 has nothing at app/conf.txt. Layers 1 and 2 have it: ${take} 2.\n`,
    );
    expect(await refused('/app/conf.txt', '-l', '4', '-c')).toBe(
      `nacre: layer 4 has nothing at app/conf.txt. Layers 1 and 2 have it: ${take} 2.\n`,
    );
    expect(await refused('/last', '-l', '1', '-c')).toBe(
      `nacre: layer 1 has nothing at last. Layer 4 has it: ${take} 4.\n`,
    );
    expect(await refused('/app/gone')).toBe(
      `nacre: there is no app/gone in this image: layer 3 deleted it. Layer 1 has it: ${take} 1.\n`,
    );
    expect(await refused('/app/gone', '-l', '3')).toBe(
      `nacre: layer 3 has nothing at app/gone: it deleted that. Layer 1 has it: ${take} 1.\n`,
    );
    expect(await refused('/app/dangling/')).toMatch(
      /^nacre: app\/dangling\/ leads to \/app\/nowhere, which is not there\. /,
    );
    expect(await refused('/app/way/')).toBe(
      `nacre: app/way/ leads to /app/gone, which layer 3 deleted. Layer 1 has it: ${take} 1.\n`,
    );
    const cp = await nacreHere(['cp', `${taken}:/app/gone`, folder], env);
    expect(cp).toMatchObject({ code: 1, stdout: '' });
    expect(cp.stderr).toBe(
      `nacre: there is no /app/gone in this image: layer 3 deleted it. Layer 1 has it: ${take} 1.\n`,
    );
  });

  test('takes a path, through links as a container would, or a pattern', async () => {
    const paths = async (...args: string[]) => lines('--quiet', archive, ...args);
    expect(await paths('/etc/passwd')).toEqual(['etc/passwd']);
    expect(await paths('bin')).toEqual(['bin']);
    expect(await paths('bin/sh')).toEqual(['usr/bin/sh']);
    expect(await paths('bin/')).toEqual(['usr/bin', 'usr/bin/sh']);
    expect(await paths('/bin/s*')).toEqual(['usr/bin/sh']);
    expect(await paths('s*')).toEqual(['srv', 'usr/bin/sh']);
    expect(await paths('/s*')).toEqual(['srv']);
    expect(await paths('**/*s*d')).toEqual(['etc/passwd']);
    expect(await paths('raw-caf\\xe9name')).toEqual(['raw-caf\\xe9name']);
  });

  test('sorts by size', async () => {
    expect((await lines('-q', '--sort', 'size', archive)).slice(0, 4)).toEqual([
      'srv/app',
      'etc/passwd',
      'c\\x1b[31m\\xc2\\x9b日本',
      'usr/bin/sh',
    ]);
  });

  test.each([
    [['web.tar.gone'], 1, /./],
    [[archive, '/nothing'], 1, /there is no nothing in this image/],
    [[archive, '*.nothing'], 1, /matches \*\.nothing/],
    [[archive, 'etc/old'], 1, /there is no etc\/old/],
    [[archive, 'sha256:1234*'], 1, /./],
    [[archive, '--sort', 'colour'], 2, /--sort takes path or size/],
    [[archive, '--json', '-q'], 2, /exclude each other/],
    [[], 2, /files needs/],
  ] as const)('fails in one line: %j', async (args, code, said) => {
    const ended = await run(...args.map((arg) => (arg === 'web.tar.gone' ? join(folder, arg) : arg)));
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(said);
    expect(ended.stderr.split('\n')).toHaveLength(2);
  });

  test('ends quietly where nobody reads any more, and writes no faster than is read', async () => {
    const many = join(folder, 'many.tar');
    await writeArchive(many, 'many:1', [
      { by: 'COPY', entries: Array.from({ length: 9_000 }, (_, at) => ({ name: `f/${at}`, content: '' })) },
    ]);
    let written = 0;
    let waiting = 0;
    let most = 0;
    const head = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        written += chunk.length;
        most = Math.max(most, ++waiting);
        setTimeout(() => {
          waiting--;
          if (written < 200_000) done();
          else done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        }, 1);
      },
    });
    let told = '';
    const stderr = new Writable({
      write(chunk: Buffer, _encoding, done) {
        told += chunk;
        done();
      },
    });
    const parsed = parseArguments(['files', many]);
    if (parsed.kind === 'app') throw new Error('it is a command');
    const stdin = Readable.from([]) as unknown as NodeJS.ReadStream;
    expect(await runCommand(parsed, { stdin, stdout: head, stderr, env })).toBe(0);
    expect(told).toBe('');
    expect(most).toBe(1);
    expect(head.writableLength).toBeLessThan(200_000);
    expect(written).toBeLessThan(9_000 * 50);
  });
});
