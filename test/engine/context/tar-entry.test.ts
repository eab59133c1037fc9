/** Headers of a context's tar, read by others. */
import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import { expect, test } from 'vitest';
import { headerOf, type TarEntry } from '../../../src/engine/context/tar-entry.ts';

const plain: TarEntry = { name: 'a', type: 'file', mode: 0o100644, size: 0, mtime: 1_600_000_000 };

function written(entry: TarEntry): Buffer {
  const header = headerOf(entry);
  // Whatever was in the memory before must not show.
  const bytes = Buffer.alloc(header.length, 0xff);
  header.write(bytes, 0);
  return bytes;
}

async function read(entry: TarEntry): Promise<Header> {
  const tar = extract();
  Readable.from([written(entry), Buffer.alloc(1024)]).pipe(tar);
  for await (const member of tar) return member.header;
  throw new Error('there is no member');
}

const folders = (length: number, name: string) =>
  `${'0123456789/'.repeat(Math.ceil(length / 11)).slice(0, length)}/${name}`;

test.each<[string, Partial<TarEntry>]>([
  ['a short name', { name: 'a' }],
  ['a name of 100 bytes', { name: 'x'.repeat(100) }],
  ['a name of 101 bytes', { name: 'x'.repeat(101) }],
  ['a name of 255 bytes', { name: 'x'.repeat(255) }],
  ['a path that fits into two fields', { name: folders(150, 'file') }],
  ['a path of 155 and 100 bytes', { name: folders(154, 'x'.repeat(100)) }],
  ['a path that is too long for them', { name: folders(300, 'x'.repeat(120)) }],
  ['a path of 4000 bytes', { name: folders(3990, 'end') }],
  ['a folder with a long name', { name: `${'x'.repeat(100)}/`, type: 'folder', mode: 0o40755 }],
  ['Chinese, Japanese, Korean, emoji', { name: '文件/ファイル/파일-🐳.txt' }],
  ['a newline and quotes', { name: 'a\nb"c\'' }],
  ['all mode bits', { mode: 0o107755 }],
  ['8 GiB and a bit', { size: 8 ** 11 + 1 }],
  ['a link', { type: 'symlink', target: Buffer.from('../b'), mode: 0o777 }],
  ['a link with a long target', { type: 'symlink', target: Buffer.from(`/${'y'.repeat(300)}`), mode: 0o777 }],
  ['a link to Japanese', { type: 'symlink', target: Buffer.from('日本'), mode: 0o777 }],
  ['a FIFO', { type: 'fifo' }],
  ['a device', { type: 'char', rdev: (5 << 8) | 1 }],
  ['a device with a large number', { type: 'block', rdev: (259 << 8) | 3 | (1 << 20) }],
])('%s', async (_, facts) => {
  const entry = { ...plain, ...facts };
  const header = await read(entry);
  const types = {
    file: 'file',
    folder: 'directory',
    symlink: 'symlink',
    fifo: 'fifo',
    char: 'character-device',
    block: 'block-device',
    pax: '',
  };
  expect(header.name).toBe(entry.name);
  expect(header.type).toBe(types[entry.type]);
  expect([header.mode, header.size, header.mtime?.getTime()]).toEqual([
    entry.mode & 0o7777,
    entry.size,
    entry.mtime * 1000,
  ]);
  expect([header.uid, header.gid]).toEqual([0, 0]);
  if (entry.target) expect(header.linkname).toBe(entry.target.toString());
  if (entry.rdev === ((5 << 8) | 1)) expect([header.devmajor, header.devminor]).toEqual([5, 1]);
  if (entry.type === 'block') expect([header.devmajor, header.devminor]).toEqual([259, 259]);
});

test.each([-86_400, 8 ** 11 + 5])('the time %d', (mtime) => {
  const tar = Buffer.concat([written({ ...plain, mtime }), Buffer.alloc(1024)]);
  const listed = execFileSync('tar', ['--utc', '--full-time', '-tvf', '-'], { input: tar, encoding: 'utf8' });
  expect(listed).toContain(new Date(mtime * 1000).toISOString().slice(0, 19).replace('T', ' '));
});

test('a name that is no UTF-8 arrives byte by byte', () => {
  const names = ['caf\xe9', `${'\xff'.repeat(90)}/${'\xfe'.repeat(90)}`];
  const headers = names.map((name) => written({ ...plain, name: Buffer.from(name, 'latin1') }));
  const input = Buffer.concat([...headers, Buffer.alloc(1024)]);
  const args = ['--quoting-style=literal', '-tf', '-'];
  expect(execFileSync('tar', args, { input, encoding: 'latin1' }).trim().split('\n')).toEqual(names);
});
