/** Bytes of single files, out of tars that GNU tar wrote and out of broken ones. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from '../../../src/engine/layers/file-body.ts';
import { indexStream } from '../../../src/engine/layers/index-layer.ts';
import { run } from '../../support/command.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { passing, tarOf } from '../../support/tar.ts';
import { type Handing, memoryContents } from './memory-contents.ts';

const scratch = scratchFolder();
const tree = join(scratch, 'tree');
const HANDINGS: readonly Handing[] = ['file', 'stream', 'unknown'];

beforeAll(async () => {
  await mkdir(tree);
  await writeFile(join(tree, 'plain'), 'plain text\n');
  await writeFile(join(tree, 'empty'), '');
  await writeFile(join(tree, 'large'), Buffer.alloc(1_200_000, 'large'));
  await link(join(tree, 'plain'), join(tree, 'twin'));
  // Forty parts: more than fit into a header of any format.
  const sparse = await open(join(tree, 'sparse'), 'w');
  for (let part = 0; part < 40; part++) await sparse.write(`part ${part}`, part * 20_000 + 17);
  await sparse.truncate(1_100_000);
  await sparse.close();
  const hole = await open(join(tree, 'hole'), 'w');
  await hole.truncate(300_000);
  await hole.close();
});
afterAll(() => removeScratch(scratch));

async function archived(...flags: readonly string[]): Promise<Buffer> {
  const file = join(scratch, 'archived.tar');
  await run('tar', [...flags, '-cf', file, '-C', tree, '.']);
  return readFileSync(file);
}

describe('the bytes of one file', () => {
  it.each([
    ['--format=gnu'],
    ['--format=gnu', '--sparse'],
    ['--format=pax', '--sparse', '--sparse-version=0.0'],
    ['--format=pax', '--sparse', '--sparse-version=0.1'],
    ['--format=pax', '--sparse', '--sparse-version=1.0'],
  ])('are those on disk: tar %s %s %s', async (...flags) => {
    const tar = await archived(...flags);
    const contents = await memoryContents(scratch, [tar]);
    const [index] = contents.indexes;
    for (const name of ['plain', 'empty', 'large', 'twin', 'sparse', 'hole']) {
      const entry = index!.child(0, Buffer.from(name))!;
      const wanted = readFileSync(join(tree, name));
      for (const handing of HANDINGS) {
        const source = contents.source(handing);
        const whole = await readFile(source, contents, 0, entry);
        expect(whole.equals(wanted), `${name} of a ${handing}`).toBe(true);
        const start = await readFile(source, contents, 0, entry, { most: 70_001 });
        expect(start.equals(wanted.subarray(0, 70_001)), `start of ${name} of a ${handing}`).toBe(true);
      }
    }
  });

  it.each(['0.0', '0.1', '1.0'])('have one digest, holes left out or not: %s', async (version) => {
    const tar = await archived('--format=pax', '--sparse', `--sparse-version=${version}`);
    const index = await indexStream(passing(tar), { digests: true });
    for (const name of ['sparse', 'hole', 'large']) {
      const digest = Buffer.from(index.digest(index.child(0, Buffer.from(name))!)!);
      const content = readFileSync(join(tree, name));
      expect(digest.toString('hex'), name).toBe(createHash('sha256').update(content).digest('hex'));
    }
  });

  it('are read no further than they go', async () => {
    const first = { name: 'first', content: 'first' };
    const tar = await tarOf([first, { name: 'rest', content: Buffer.alloc(3_000_000) }]);
    const contents = await memoryContents(scratch, [tar]);
    const text = await readFile(contents.source('stream'), contents, 0, 1);
    expect(text.toString()).toBe('first');
    expect(contents.read()).toBeLessThan(20_000);
    await readFile(contents.source('stream'), contents, 0, 2, { most: 100_000 });
    expect(contents.read()).toBeLessThan(200_000);
  });

  it('are those of the layer asked for, where two look alike', async () => {
    const tars = await Promise.all(
      ['one', 'two', 'six'].map((content) =>
        tarOf([
          { name: 'same', content },
          { name: 'x', content },
        ]),
      ),
    );
    const contents = await memoryContents(scratch, tars);
    for (const handing of HANDINGS) {
      const texts = await Promise.all(
        [0, 1, 2].map((layer) => readFile(contents.source(handing), contents, layer, 1)),
      );
      expect(texts.map(String), handing).toEqual(['one', 'two', 'six']);
    }
  });
});

/** Hard links, which the engine's own tars seldom have across layers. */
async function linkTar(
  links: Readonly<Record<string, string>>,
  files: readonly string[] = [],
): Promise<Buffer> {
  const tar = pack();
  for (const name of files) tar.entry({ name }, name);
  for (const [name, linkname] of Object.entries(links)) tar.entry({ name, type: 'link', linkname });
  tar.finalize();
  return await buffer(tar);
}

describe('a hard link', () => {
  it('means the file of its own layer, of a layer below, or nothing', async () => {
    const contents = await memoryContents(scratch, [
      await tarOf([
        { name: 'a/base', content: 'of the base' },
        { name: 'a/gone', content: 'gone' },
        { name: 'b/hidden', content: 'hidden' },
      ]),
      await tarOf([
        { name: 'a/.wh.gone', content: '' },
        { name: 'b/.wh..wh..opq', content: '' },
      ]),
      await linkTar(
        { one: './own', two: 'one', low: '/a/base', gone: 'a/gone', hidden: 'b/hidden', no: 'nowhere' },
        ['own'],
      ),
    ]);
    const top = contents.indexes[2]!;
    const textOf = async (name: string): Promise<string> =>
      String(await readFile(contents.source('file'), contents, 2, top.child(0, Buffer.from(name))!));
    expect(await textOf('two')).toBe('own');
    expect(await textOf('low')).toBe('of the base');
    for (const name of ['gone', 'hidden', 'no'])
      await expect(textOf(name), name).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('that goes round in a circle is an error', async () => {
    const contents = await memoryContents(scratch, [await linkTar({ a: 'b', b: 'c', c: 'a', self: 'self' })]);
    for (const entry of [1, 4])
      await expect(readFile(contents.source('file'), contents, 0, entry)).rejects.toThrow('circle');
  });
});

describe('bytes that are not there', () => {
  it('are told as a damaged layer, however it is read', async () => {
    const tar = await tarOf([
      { name: 'first', content: Buffer.alloc(40_000, 1) },
      { name: 'second', content: Buffer.alloc(40_000, 2) },
    ]);
    const whole = await memoryContents(scratch, [tar]);
    for (const handing of HANDINGS)
      for (const length of [50_000, 700, 0])
        await expect(
          readFile(whole.source(handing, [tar.subarray(0, length)]), whole, 0, 2),
          `${length} of a ${handing}`,
        ).rejects.toMatchObject({ code: 'corrupt' });
    const missing: typeof whole = { ...whole, source: () => ({ ...whole.source('file'), tars: noTars }) };
    await expect(readFile(missing.source('file'), whole, 0, 2)).rejects.toThrow('came without second');
  });

  it('of what is no file are refused', async () => {
    const contents = await memoryContents(scratch, [
      await tarOf([{ name: 'folder/' }, { name: 'link', link: 'folder' }]),
    ]);
    for (const entry of [1, 2])
      await expect(readFile(contents.source('file'), contents, 0, entry)).rejects.toMatchObject({
        code: 'bad-input',
      });
  });

  it('of a sparse file are missed', async () => {
    const tar = await archived('--format=gnu', '--sparse');
    const contents = await memoryContents(scratch, [tar]);
    const [index] = contents.indexes;
    const entry = index!.child(0, Buffer.from('sparse'))!;
    const cut = [tar.subarray(0, index!.offset(entry) + 100)];
    for (const handing of HANDINGS)
      await expect(
        readFile(contents.source(handing, cut), contents, 0, entry),
        handing,
      ).rejects.toMatchObject({ code: 'corrupt' });
  });
});

async function* noTars(): AsyncGenerator<never, never[]> {
  yield* [];
  return [];
}
