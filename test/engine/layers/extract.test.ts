/** Files of layers put on the disk: what comes there, and what must never. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, describe, expect, it } from 'vitest';
import type { ContentSource } from '../../../src/engine/layers/contents.ts';
import { type ExtractOptions, type ExtractResult, extract } from '../../../src/engine/layers/extract.ts';
import { checkedName, layerItems, stackedItems } from '../../../src/engine/layers/extract-items.ts';
import { placeFor } from '../../../src/engine/layers/extract-place.ts';
import { ExtractTarget } from '../../../src/engine/layers/extract-target.ts';
import { lookUp, stackedFiles } from '../../../src/engine/layers/path-lookup.ts';
import { stackLayers } from '../../../src/engine/layers/stack-layers.ts';
import type { TransferEvent } from '../../../src/engine/transfer.ts';
import { run } from '../../support/command.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { type Handing, type MemoryContents, memoryContents } from './memory-contents.ts';

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));
const folder = (): Promise<string> => mkdtemp(join(scratch, 'to-'));

interface Member {
  readonly name: string;
  readonly type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo' | 'character-device';
  readonly linkname?: string;
  readonly mode?: number;
  readonly text?: string;
}

async function layer(...members: readonly Member[]): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(1_500_000_000_000);
  for (const { text = '', type = 'file', mode, ...rest } of members) {
    const header = { ...rest, type, mtime, mode: mode ?? (type === 'directory' ? 0o755 : 0o644) };
    if (type === 'file') tar.entry(header, text);
    else tar.entry(header);
  }
  tar.finalize();
  return await buffer(tar);
}

const IMAGE = [
  await layer(
    { name: 'srv/', type: 'directory', mode: 0o750 },
    { name: 'srv/app', text: 'first', mode: 0o4755 },
    { name: 'srv/same', type: 'link', linkname: 'srv/app', mode: 0o4755 },
    { name: 'srv/gone', text: 'gone' },
    { name: 'srv/empty', text: '' },
    { name: 'srv/deep/', type: 'directory', mode: 0o555 },
    { name: 'srv/deep/er/file', text: 'deep' },
    { name: 'srv/out', type: 'symlink', linkname: '../../../etc/passwd' },
    { name: 'srv/dev', type: 'character-device' },
    { name: 'srv/pipe', type: 'fifo' },
    { name: 'usr/lib/', type: 'directory' },
    { name: 'usr/lib/so', text: 'so' },
    { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
    { name: 'round', type: 'symlink', linkname: '/round/x' },
  ),
  await layer({ name: 'srv/.wh.gone' }, { name: 'srv/config', text: 'second' }),
];
const image = await memoryContents(scratch, IMAGE);

async function put(
  contents: MemoryContents,
  path: string,
  destination: string,
  options: ExtractOptions & { handing?: Handing; source?: ContentSource; name?: string } = {},
): Promise<ExtractResult & { events: TransferEvent[] }> {
  const tree = stackLayers(contents.indexes);
  const items = stackedItems(tree, lookUp(stackedFiles(tree), Buffer.from(path)));
  const place = await placeFor(destination, options.name ?? path.split('/').at(-1)!, items[0]!);
  const source = options.source ?? contents.source(options.handing ?? 'stream');
  const working = extract(source, contents, items, place, options);
  const events: TransferEvent[] = [];
  for (;;) {
    const next = await working.next();
    if (next.done) return { ...next.value, events };
    events.push(next.value);
  }
}

const text = (path: string): string => readFileSync(path, 'utf8');
const bits = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);

describe('extracting', () => {
  it.each<Handing>(['file', 'stream', 'unknown'])(
    'a folder, as a container would see it: %s',
    async (handing) => {
      const to = await folder();
      const result = await put(image, '/srv', to, { handing });
      const srv = join(to, 'srv');
      expect(result).toMatchObject({ path: srv, files: 5, folders: 3, links: 1, bytes: 15, kept: 0 });
      expect(result.leftOut).toEqual([
        { path: 'dev', type: 'character-device' },
        { path: 'pipe', type: 'fifo' },
      ]);
      expect(readdirSync(srv)).toEqual(['app', 'config', 'deep', 'empty', 'out', 'same']);
      expect(readdirSync(to)).toEqual(['srv']);
      expect([text(join(srv, 'app')), text(join(srv, 'config')), text(join(srv, 'empty'))]).toEqual([
        'first',
        'second',
        '',
      ]);
      expect(text(join(srv, 'deep/er/file'))).toBe('deep');
      expect(readlinkSync(join(srv, 'out'))).toBe('../../../etc/passwd');
      expect(lstatSync(join(srv, 'app')).ino).toBe(lstatSync(join(srv, 'same')).ino);
      expect([bits(join(srv, 'app')), bits(join(srv, 'deep'))]).toEqual(['4755', '555']);
      for (const name of ['app', 'out', 'deep'])
        expect(lstatSync(join(srv, name)).mtimeMs, name).toBe(1_500_000_000_000);
      const last = result.events.filter((event) => event.type === 'part').at(-1);
      expect(last).toMatchObject({ stage: 'done', done: 15, total: 15 });
    },
  );

  it('a file: into a folder, under a new name, through a link on the way', async () => {
    const to = await folder();
    await put(image, '/lib/so', to);
    await put(image, 'lib/../lib/so', join(to, 'renamed'));
    expect([text(join(to, 'so')), text(join(to, 'renamed'))]).toEqual(['so', 'so']);
    await put(image, '/lib', join(to, 'link'));
    expect(readlinkSync(join(to, 'link'))).toBe('usr/lib');
    await put(image, '/lib/', join(to, 'folder'), { name: 'lib' });
    expect(readdirSync(join(to, 'folder'))).toEqual(['so']);
    await put(image, '/usr/lib/.', to, { name: '', existing: 'replace' });
    expect(readdirSync(to)).toEqual(['folder', 'link', 'renamed', 'so']);
    await expect(put(image, '/round', to)).resolves.toMatchObject({ links: 1 });
    await expect(put(image, '/round/', to)).rejects.toThrow('circle');
    for (const nowhere of ['/srv/gone', '/srv/app/', '/nowhere', '/srv/app/x'])
      await expect(put(image, nowhere, to), nowhere).rejects.toMatchObject({ code: 'not-found' });
  });

  it('of one layer only what it has', async () => {
    const to = await folder();
    const [, top] = image.indexes;
    const items = layerItems(image.indexes, 1, top!.child(0, Buffer.from('srv'))!);
    const place = await placeFor(join(to, 'new'), 'srv', items[0]!);
    for await (const _ of extract(image.source('stream'), image, items, place));
    expect(readdirSync(join(to, 'new'))).toEqual(['config']);
  });

  it('writes over nothing unless it may, file by file', async () => {
    const to = await folder();
    await mkdir(join(to, 'srv'));
    await writeFile(join(to, 'srv/app'), 'mine');
    await writeFile(join(to, 'srv/config'), 'mine');
    await expect(put(image, '/srv', to)).rejects.toThrow(/srv\/app and 1 more: they are there already/);
    expect(readdirSync(join(to, 'srv'))).toEqual(['app', 'config']);
    const asked: string[] = [];
    const result = await put(image, '/srv', to, {
      existing: (path) => {
        asked.push(path);
        return Promise.resolve(path === 'app' ? 'keep' : 'replace');
      },
    });
    expect(asked).toEqual(['app', 'config']);
    expect(result.kept).toBe(1);
    expect([text(join(to, 'srv/app')), text(join(to, 'srv/config'))]).toEqual(['mine', 'second']);
    await put(image, '/srv', to, { existing: 'replace' });
    expect(text(join(to, 'srv/app'))).toBe('first');
    expect((await readdir(join(to, 'srv'))).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('never leaves its target: links that stand there are not followed', async () => {
    const to = await folder();
    const outside = await folder();
    await mkdir(join(to, 'srv'));
    await symlink(outside, join(to, 'srv/deep'));
    await expect(put(image, '/srv', to, { existing: 'replace' })).rejects.toThrow('symbolic link');
    await symlink(join(outside, 'victim'), join(to, 'app'));
    await put(image, '/srv/app', to, { existing: 'replace' });
    expect(lstatSync(join(to, 'app')).isFile()).toBe(true);
    expect(readdirSync(outside)).toEqual([]);
    for (const name of ['', '.', '..', 'a/b', 'a\0b'])
      expect(() => checkedName(Buffer.from(name)), name).toThrow('cannot be the name');
    const hostile = await memoryContents(scratch, [
      await layer(
        { name: 'a/../../../../evil', text: 'x' },
        { name: '/abs', text: 'y' },
        { name: 'a/link', type: 'symlink', linkname: outside },
        { name: 'a/link/x', text: 'z' },
      ),
    ]);
    const inside = join(await folder(), 'new');
    await put(hostile, '/', inside, { name: '' });
    expect(readdirSync(join(inside, 'a'))).toEqual(['link']);
    expect(readlinkSync(join(inside, 'a/link'))).toBe(outside);
    expect(text(join(inside, outside, 'x'))).toBe('z');
    expect([text(join(inside, 'abs')), text(join(inside, 'evil'))]).toEqual(['y', 'x']);
    expect(readdirSync(outside)).toEqual([]);
  });

  it('puts nothing in the place of a pipe or a device', async () => {
    const to = await folder();
    await run('mkfifo', [join(to, 'app')]);
    for (const destination of [to, join(to, 'app')])
      await expect(put(image, '/srv/app', destination, { existing: 'replace' })).rejects.toThrow('a pipe');
    expect(lstatSync(join(to, 'app')).isFIFO()).toBe(true);
  });

  it('stops where what it writes into is swapped for a link meanwhile', async () => {
    for (const swapped of ['srv', 'srv/deep']) {
      const to = await folder();
      const outside = await folder();
      await mkdir(join(to, 'srv'));
      const tree = stackLayers(image.indexes);
      const items = stackedItems(tree, lookUp(stackedFiles(tree), Buffer.from('/srv')));
      const target = new ExtractTarget(join(to, 'srv'), { fresh: false, replace: false });
      const named = (path: string) => items.find((item) => item.path.toString() === path)!;
      target.makeFolder(named('deep'));
      await rename(join(to, swapped), join(to, 'away'));
      await symlink(outside, join(to, swapped));
      const before = bits(outside);
      const name = swapped === 'srv' ? 'app' : 'deep/er';
      await expect(
        (async () => {
          if (swapped === 'srv') await target.makeFile(named(name), () => Promise.resolve(0));
          else target.finish();
        })(),
        swapped,
      ).rejects.toThrow();
      await target.close();
      expect([readdirSync(outside), bits(outside)], swapped).toEqual([[], before]);
    }
  });

  it('leaves nothing of a new folder whose long name is cut within a character', async () => {
    const to = await folder();
    const source = image.source('file', [IMAGE[0]!.subarray(0, 4000), IMAGE[1]!]);
    const long = `a${'é'.repeat(110)}`;
    await expect(put(image, '/srv', join(to, long), { source })).rejects.toMatchObject({ code: 'corrupt' });
    expect(readdirSync(to)).toEqual([]);
  });

  it('takes times that no disk has for the beginning of time', async () => {
    const [top] = stackedItems(stackLayers(image.indexes), 0);
    for (const mtime of [1e20, -5.5]) {
      const to = await folder();
      const target = new ExtractTarget(join(to, 'new'), { fresh: true, replace: false });
      target.makeFolder({ ...top!, mtime });
      target.finish();
      await target.close();
      expect(lstatSync(join(to, 'new')).mtimeMs).toBe(0);
    }
  });

  it('gives up hard links that lead from one to the next without end', async () => {
    const links = Array.from(
      { length: 60 },
      (_, at): Member => ({
        name: `d/${at + 1}`,
        type: 'link',
        linkname: `d/${at}`,
      }),
    );
    const chain = await memoryContents(scratch, [await layer({ name: 'd/0', text: 'x' }, ...links)]);
    await expect(put(chain, '/d', await folder())).rejects.toThrow('too many that lead to each other');
  });

  it('refuses folders onto files, files onto folders, and places that are not there', async () => {
    const to = await folder();
    await writeFile(join(to, 'file'), '');
    await mkdir(join(to, 'app'));
    await expect(put(image, '/srv', join(to, 'file'))).rejects.toThrow('no folder');
    await expect(put(image, '/srv/app', to, { existing: 'replace' })).rejects.toThrow('it is a folder');
    await expect(put(image, '/srv/app', join(to, 'new/'))).rejects.toThrow('no such folder');
    await expect(put(image, '/srv', join(to, 'no/new'))).rejects.toThrow('there is no folder');
    await mkdir(join(to, 'srv'));
    await writeFile(join(to, 'srv/deep'), '');
    await expect(put(image, '/srv', to, { existing: 'replace' })).rejects.toThrow('it is no folder');
  });

  it('leaves nothing of a new folder where a layer breaks off or somebody stops it', async () => {
    const to = await folder();
    const cut = [IMAGE[0]!.subarray(0, 4000), IMAGE[1]!];
    for (const handing of ['file', 'stream', 'unknown'] as const)
      await expect(
        put(image, '/srv', to, { source: image.source(handing, cut) }),
        handing,
      ).rejects.toMatchObject({
        code: 'corrupt',
      });
    expect(readdirSync(to)).toEqual([]);
    await expect(put(image, '/srv', to, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(readdirSync(to)).toEqual([]);
    await mkdir(join(to, 'srv'));
    const tree = stackLayers(image.indexes);
    const items = stackedItems(tree, lookUp(stackedFiles(tree), Buffer.from('/srv')));
    const working = extract(image.source('stream', cut), image, items, await placeFor(to, 'srv', items[0]!));
    const told: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const event of working) if (event.type === 'line') told.push(event.text);
    };
    await expect(follow()).rejects.toMatchObject({ code: 'corrupt' });
    expect(told.join()).toMatch(/of 9 files, folders and links are there already/);
    expect((await readdir(join(to, 'srv'))).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it.runIf(process.getuid?.() === 0)('says where the disk is full, or may not be written to', async () => {
    const to = await folder();
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', to]);
    try {
      const large = await memoryContents(scratch, [
        await layer({ name: 'd/a', text: 'a' }, { name: 'd/b', text: 'b'.repeat(100_000) }),
      ]);
      await expect(put(large, '/d', to)).rejects.toMatchObject({ code: 'no-space' });
      await expect(put(large, '/d/b', to)).rejects.toThrow(/cannot write .*\/b: the disk is full/);
      expect(readdirSync(to)).toEqual([]);
      await run('mount', ['-o', 'remount,ro', to]);
      await expect(put(large, '/d', to)).rejects.toMatchObject({ code: 'read-only' });
    } finally {
      await run('umount', [to]);
    }
  });
});
