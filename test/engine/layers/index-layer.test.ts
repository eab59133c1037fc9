/** Indexes of tars that GNU tar wrote, in every format it knows, beside the files they were made of. */
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { chmod, link, lutimes, mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../../src/engine/layers/breadth-tree.ts';
import { indexFile, indexStream } from '../../../src/engine/layers/index-layer.ts';
import { type FileType, FLAG, type LayerIndex } from '../../../src/engine/layers/layer-index.ts';
import { decodeIndex, encodeIndex } from '../../../src/engine/layers/layer-index-file.ts';
import { run } from '../../support/command.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';
import { random } from '../stock-maker.ts';

const scratch = scratchFolder();
const tree = join(scratch, 'tree');
const LONG = 'l'.repeat(150);
const DEEP = Array.from({ length: 30 }, (_, depth) => `folder-${depth}`).join('/');
/** No text in UTF-8. */
const RAW = Buffer.from([0x66, 0xff, 0xfe, 0x01]);

beforeAll(async () => {
  await mkdir(join(tree, DEEP), { recursive: true });
  await mkdir(join(tree, 'sub'));
  await writeFile(join(tree, 'sub/plain'), 'plain');
  await writeFile(join(tree, 'sub/empty'), '');
  await writeFile(join(tree, 'sub', LONG), 'a long name');
  await writeFile(join(tree, DEEP, 'leaf'), 'x'.repeat(5000));
  await writeFile(join(tree, '日本語'), 'unicode');
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), RAW]), 'raw');
  await link(join(tree, 'sub/plain'), join(tree, 'twin'));
  await symlink('sub/plain', join(tree, 'symbolic'));
  await symlink(`${LONG}/${LONG}`, join(tree, 'far'));
  await writeFile(join(tree, 'large'), Buffer.alloc(300_000, 7));
  await writeFile(join(tree, 'sparse'), 'start');
  await truncate(join(tree, 'sparse'), 4_000_000);
  await chmod(join(tree, 'sub/empty'), 0o4755);
  await lutimes(join(tree, 'sub/plain'), 1_600_000_000, 1_600_000_000);
  await run('mkfifo', [join(tree, 'pipe')]);
});
afterAll(() => removeScratch(scratch));

async function archived(format: string, ...flags: readonly string[]): Promise<string> {
  const file = join(scratch, `${format}-${flags.length}.tar`);
  await run('tar', [`--format=${format}`, ...flags, '-cf', file, '-C', tree, '.']);
  return file;
}

function* chunksOf(bytes: Buffer, pick: (below: number) => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + pick(at % 3 === 0 ? 600 : 70_000));
    // A chunk of its own, which nobody may keep.
    const chunk = Buffer.from(bytes.subarray(at, end));
    yield chunk;
    chunk.fill(0xee);
    at = end;
  }
}

async function* asStream(bytes: Buffer, seed: number): AsyncGenerator<Buffer> {
  yield* chunksOf(bytes, random(seed));
}

async function readFromFile(path: string, digests: boolean): Promise<LayerIndex> {
  const file = await open(path);
  try {
    return await indexFile(file, { length: (await file.stat()).size }, { digests });
  } finally {
    await file.close();
  }
}

const asText = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

function typeOf(stats: Stats): FileType {
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  return stats.isFIFO() ? 'fifo' : 'file';
}

/** Every entry as the file system has it. Of two names of one file the tar has the later one as a hard link. */
function expectAsOnDisk(index: LayerIndex, tar: Buffer): void {
  for (let entry = 0; entry < index.count; entry++) {
    const path = Buffer.concat([Buffer.from(`${tree}/`), index.path(entry)]);
    const stats = lstatSync(path);
    const place = asText(index.path(entry));
    if (index.type(entry) === 'hardlink') {
      const target = Buffer.from(index.target(entry)).toString();
      expect(lstatSync(join(tree, target)).ino, place).toBe(stats.ino);
      continue;
    }
    expect(index.type(entry), place).toBe(typeOf(stats));
    expect(index.mode(entry), place).toBe(stats.mode & 0o7777);
    expect(index.owner(entry), place).toEqual({ uid: stats.uid, gid: stats.gid });
    expect(index.mtime(entry), place).toBe(Math.floor(stats.mtimeMs / 1000));
    expect(index.size(entry), place).toBe(stats.isFile() ? stats.size : 0);
    if (stats.isSymbolicLink()) expect(asText(index.target(entry)), place).toBe(readlinkSync(path, 'latin1'));
    if (!stats.isFile() || place === 'sparse') continue;
    const content = readFileSync(path);
    expect(tar.subarray(index.offset(entry), index.offset(entry) + stats.size).equals(content), place).toBe(
      true,
    );
    const digest = index.digest(entry);
    if (digest !== undefined)
      expect(Buffer.from(digest).toString('hex'), place).toBe(
        createHash('sha256').update(content).digest('hex'),
      );
  }
}

describe('the index of a tar', () => {
  it.each([
    ['gnu'],
    ['oldgnu', '--exclude=*pipe'],
    ['pax'],
    ['ustar', `--exclude=${LONG}`, '--exclude=far', '--exclude=folder-9'],
    ['v7', `--exclude=${LONG}`, '--exclude=far', '--exclude=folder-0', '--exclude=pipe'],
    ['gnu', '--sparse', '--exclude=nothing-1'],
    ['pax', '--sparse', '--exclude=nothing-1'],
  ])('as %s %j says what is on disk', async (format, ...flags) => {
    const file = await archived(format, ...flags);
    const tar = readFileSync(file);
    const listed = (await run('tar', ['-tf', file, '--quoting-style=escape'])).split('\n').length - 1;
    const fromFile = await readFromFile(file, false);
    expect(fromFile.count).toBe(listed);
    expectAsOnDisk(fromFile, tar);
    for (let seed = 0; seed < 3; seed++) {
      const fromStream = await indexStream(asStream(tar, seed), { digests: true });
      expectAsOnDisk(fromStream, tar);
      expect({ ...fromStream.columns, digests: undefined }).toEqual(fromFile.columns);
    }
    expect((await readFromFile(file, true)).columns.digests).toBeDefined();
  });

  it('finds children, parents and paths', async () => {
    const index = await readFromFile(await archived('pax'), false);
    for (let entry = 1; entry < index.count; entry++) {
      const parent = index.parent(entry);
      const { from, to } = index.children(parent);
      expect(entry >= from && entry < to).toBe(true);
      expect(index.child(parent, index.name(entry))).toBe(entry);
    }
    expect(index.child(ROOT, Buffer.from('nowhere'))).toBeUndefined();
    expect(index.parent(ROOT)).toBe(ROOT);
    expect(index.path(ROOT)).toHaveLength(0);
  });

  it('takes whiteouts, opaque folders and folders that are only implied for what they are', async () => {
    const tar = await tarOf([
      { name: 'a/.wh.gone', content: '' },
      { name: 'b/.wh..wh..opq', content: '' },
      { name: 'b/new', content: 'n' },
      { name: '.wh..wh..opq', content: '' },
      { name: '.wh..wh.plnk', content: '' },
      { name: 'c', content: 'c' },
      { name: '.wh.c', content: '' },
      { name: 'd', content: 'first' },
      { name: './/d', content: 'last one' },
      { name: '/../e', content: 'e' },
      { name: '.wh.', content: '' },
    ]);
    const index = await indexStream(asStream(tar, 1));
    const told = Array.from({ length: index.count }, (_, entry) => [
      asText(index.path(entry)),
      index.type(entry),
      index.columns.flags[entry],
    ]);
    expect(told).toEqual([
      ['', 'directory', FLAG.implied],
      ['a', 'directory', FLAG.implied],
      ['b', 'directory', FLAG.implied | FLAG.opaque],
      ['c', 'file', FLAG.replaces],
      ['d', 'file', 0],
      ['e', 'file', 0],
      ['a/gone', 'whiteout', 0],
      ['b/new', 'file', 0],
    ]);
    expect(index.size(4)).toBe('last one'.length);
  });

  it('is never made of bytes that break off or are damaged', async () => {
    const tar = await tarOf([
      { name: 'one', content: Buffer.alloc(700, 1) },
      { name: LONG, content: Buffer.alloc(1500, 2) },
    ]);
    const members = tar.length - 1024;
    for (let cut = 1; cut < members; cut += 37) {
      if (cut === 512 + 1024) continue;
      await expect(indexStream(asStream(tar.subarray(0, cut), cut))).rejects.toMatchObject({
        code: 'corrupt',
      });
    }
    const file = join(scratch, 'cut.tar');
    await writeFile(file, tar.subarray(0, 900));
    await expect(readFromFile(file, false)).rejects.toMatchObject({ code: 'corrupt' });
    const wrong = Buffer.from(tar);
    wrong[512 + 1024 + 3]! ^= 1;
    await expect(indexStream(asStream(wrong, 1))).rejects.toThrow('header at byte 1536');
    await expect(indexStream(asStream(Buffer.from('no tar at all '.repeat(100)), 1))).rejects.toThrow(
      'no tar',
    );
    const empty = await indexStream(asStream(Buffer.alloc(0), 1));
    expect(empty.count).toBe(1);
  });

  it('refuses names without end, and stops when it is told to', async () => {
    const endless = await tarOf([{ name: 'n'.repeat(9000), content: '' }]);
    await expect(indexStream(asStream(endless, 1))).rejects.toThrow('too long');
    const deepest = await tarOf([{ name: `${'d/'.repeat(2040)}leaf`, content: 'x' }]);
    expect((await indexStream(asStream(deepest, 1))).count).toBe(2042);
    const stop = AbortSignal.abort();
    await expect(indexStream(asStream(deepest, 1), { signal: stop })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('knows devices, pipes, owners beyond what fits a header, and files called contiguous', async () => {
    const tar = pack();
    for (const type of ['character-device', 'block-device', 'fifo'] as const)
      tar.entry({ name: type, type, mode: 0o640, devmajor: 7, devminor: 200 });
    tar.entry({ name: 'contiguous-file', type: 'contiguous-file' }, 'all');
    tar.entry({ name: 'far', pax: { uid: '3000000', gid: '4000000000' } }, 'x');
    tar.finalize();
    const index = decodeIndex(encodeIndex(await indexStream(asStream(await buffer(tar), 5))));
    const told = Array.from({ length: index.count - 1 }, (_, at) => {
      const { uid, gid } = index.owner(at + 1);
      return `${asText(index.path(at + 1))} ${index.type(at + 1)} ${index.size(at + 1)} ${uid}:${gid}`;
    });
    expect(told).toEqual([
      'block-device block-device 0 0:0',
      'character-device character-device 0 0:0',
      'contiguous-file file 3 0:0',
      'far file 1 3000000:4000000000',
      'fifo fifo 0 0:0',
    ]);
  });

  it('knows times of all ages', async () => {
    const tar = pack();
    const times = { young: '7000000000', old: '-86400.5', usual: '1600000000.9' };
    for (const [name, mtime] of Object.entries(times)) tar.entry({ name, pax: { mtime } }, '');
    tar.finalize();
    const index = decodeIndex(encodeIndex(await indexStream(asStream(await buffer(tar), 100))));
    const told = Object.keys(times).map((name) => index.mtime(index.child(ROOT, Buffer.from(name))!));
    expect(told).toEqual([7_000_000_000, -86_401, 1_600_000_000]);
  });
});
