/** `nacre find` on a store without an engine, and on archives: which images have a file, and which layer brought it. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OciMaker } from '../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacreHere } from './in-process.ts';
import { writeArchive } from './inside-archive.ts';

const folder = scratchFolder();
const archive = join(folder, 'web.tar');
const maker = new OciMaker(join(folder, 'store'));
const env = { XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: folder, HOME: folder };
const ids: Record<string, string> = {};
const CONFIG = 'the same content in several places';
let diffIds: readonly string[];

beforeAll(async () => {
  await maker.init();
  ids['base'] = await maker.tiny('base:1');
  const files = { 'app.conf': CONFIG };
  const copy = ['ENV A=1', 'COPY app.conf /app.conf'];
  ids['a'] = await maker.build('base:1', copy, { files, tags: ['acme/a:1', 'acme/a:latest'] });
  ids['b'] = await maker.build('acme/a:1', ['COPY big.bin /big.bin'], {
    files: { 'big.bin': 'b'.repeat(70_000) },
    tags: ['acme/b:1'],
  });
  diffIds = await writeArchive(archive, 'web:1', [
    { by: 'COPY etc /etc', entries: [{ name: 'etc/app.conf', content: CONFIG }] },
    {
      by: 'RUN rm /etc/app.conf',
      entries: [
        { name: 'etc/.wh.app.conf', content: '' },
        { name: 'x', content: '1' },
      ],
    },
  ]);
});
afterAll(() => removeScratch(folder));

const run = (...args: string[]) => nacreHere(['find', ...args, '--store', maker.folder], env);
const json = async (...args: string[]): Promise<Record<string, unknown>[]> => {
  const { code, stdout, stderr } = await run('--json', ...args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: expect.any(String) });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};
const columns = (text: string): string[][] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.trim().split(/\s{2,}/));

describe('nacre find', () => {
  test('tells which images have a file, and which layer brought it', async () => {
    const { code, stdout, stderr } = await run('app.conf');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, ...rows] = columns(stdout);
    expect(head).toEqual(['IMAGE', 'LAYER', 'STEP', 'DIFF ID', 'SIZE', 'PATH', 'BROUGHT BY']);
    expect(
      rows.map(([image, layer, step, , size, path, by]) => [image, layer, step, size, path, by]),
    ).toEqual([
      ['acme/a:1', '2/2', '3', `${CONFIG.length}B`, 'app.conf', 'COPY app.conf /app.conf'],
      ['acme/b:1', '2/3', '3', `${CONFIG.length}B`, 'app.conf', 'COPY app.conf /app.conf'],
    ]);
    const [first, second] = await json('/app.conf');
    expect(first).toMatchObject({
      ...{ image: ids['a'], names: ['acme/a:1', 'acme/a:latest'], path: 'app.conf', type: 'file' },
      ...{ size: CONFIG.length, layer: 2, layers: 2, step: 3, hiddenBy: null, digest: null },
    });
    expect(second).toMatchObject({ image: ids['b'], diffId: first!['diffId'] });
  });

  test('finds a content by its digest', async () => {
    const digest = `sha256:${createHash('sha256').update(CONFIG).digest('hex')}`;
    const found = await json(digest.slice(0, 20));
    expect(found.map(({ names, digest: whole }) => [(names as string[])[0], whole])).toEqual([
      ['acme/a:1', digest],
      ['acme/b:1', digest],
    ]);
  });

  test('looks into the images that are named, archives among them, and tells of what is hidden when asked', async () => {
    const gone = await run('app.conf', archive);
    expect(gone).toMatchObject({ code: 0, stdout: '' });
    expect(gone.stderr).toBe('None of 1 image has app.conf, but a layer of one had it: --all shows 1.\n');
    const [hidden] = await json('--all', 'app.conf', archive, 'base:1');
    expect(hidden).toMatchObject({
      ...{ image: archive, path: 'etc/app.conf', layer: 1, layers: 2, hiddenBy: 2, diffId: diffIds[0] },
      ...{ createdBy: 'COPY etc /etc' },
    });
    const { stdout } = await run('-a', 'app.conf', archive);
    expect(stdout).toContain('etc/app.conf (hidden by 2)');
  });

  test('names what cannot be read, goes on, and fails at the end', async () => {
    const broken = join(folder, 'broken.tar');
    await writeFile(broken, 'this is no archive');
    const { code, stdout, stderr } = await run('app.conf', broken, 'acme/b:1', 'nobody:1');
    expect(code).toBe(1);
    expect(columns(stdout).map(([image]) => image)).toEqual(['IMAGE', 'acme/b:1']);
    expect(stderr.split('\n').slice(0, -1)).toEqual([
      expect.stringMatching(/^nacre: .*broken\.tar/),
      expect.stringMatching(/^nacre: .*nobody:1/),
    ]);
  });

  test('lists the largest files, each once however many images share it', async () => {
    const { stdout } = await run('--largest', '-n', '2');
    expect(columns(stdout).map(([size, , path, images]) => [size, path, images])).toEqual([
      ['SIZE', 'PATH', 'IMAGES'],
      ['70kB', 'big.bin', 'acme/b:1'],
      ['64B', 'salt', 'acme/a:1, acme/b:1, base:1'],
    ]);
    const [largest] = await json('--largest', '-n', '1', 'acme/b:1');
    expect(largest).toMatchObject({
      path: 'big.bin',
      size: 70_000,
      images: [{ layer: 3, layers: 3, hiddenBy: null }],
    });
  });

  test('lists what is there more than once, with the bytes that are too much', async () => {
    const { code, stdout, stderr } = await run('--duplicates', archive, 'acme/a:1', 'acme/b:1');
    expect(code).toBe(0);
    expect(stderr).toBe(`One content is there more than once, ${CONFIG.length}B more than needed.\n`);
    expect(stdout).toMatch(
      new RegExp(`^ +${CONFIG.length}B more than needed: 2 copies of ${CONFIG.length}B, sha256:`),
    );
    const [same] = await json('--duplicates', archive, 'acme/a:1', 'acme/b:1');
    expect(same).toMatchObject({ size: CONFIG.length, copies: 2, bytes: CONFIG.length });
    const places = same!['places'] as { path: string; images: { names: string[] }[] }[];
    expect(places.map(({ path, images }) => [path, images.map(({ names }) => names[0])])).toEqual([
      ['etc/app.conf', [archive]],
      ['app.conf', ['acme/a:1', 'acme/b:1']],
    ]);
  });

  test('tells machines by the same names, whatever is found', async () => {
    const file = ['path', 'type', 'size', 'mode', 'uid', 'gid', 'mtime', 'link', 'digest'];
    const layer = ['diffId', 'step', 'createdBy'];
    const image = ['image', 'names', 'layer', 'layers', 'hiddenBy'];
    const names = (one: unknown) => Object.keys(one as object);
    const [hit] = await json('salt');
    expect(names(hit)).toEqual(['image', 'names', ...file, 'layer', 'layers', ...layer, 'hiddenBy']);
    const [large] = await json('--largest');
    expect(names(large)).toEqual([...file, ...layer, 'images']);
    expect(names((large!['images'] as object[])[0])).toEqual(image);
    const [same] = await json('--duplicates', archive, 'acme/a:1');
    expect(names(same)).toEqual(['digest', 'size', 'copies', 'bytes', 'places']);
    const [place] = same!['places'] as { images: object[] }[];
    expect(names(place)).toEqual(['path', ...layer, 'images']);
    expect(names(place!.images[0])).toEqual(['image', 'names', 'layer']);
  });

  test.each([
    [[], /needs a PATTERN/],
    [['x', '-n', '3'], /--limit is for/],
    [['--largest', '--duplicates'], /exclude each other/],
    [['--largest', '-n', 'many'], /takes a number/],
    [['--largest', '-a'], /--all is about a PATTERN/],
  ] as const)('says what is wrong: %j', async (args, said) => {
    const ended = await run(...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toMatch(said);
  });

  test('says what no pattern can be', async () => {
    expect(await run('sha256:1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be looked for'),
    });
  });
});
