/** How something is packed is told by its first bytes, and undone. */
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { compress, decompress } from '../../../src/engine/archive/compression.ts';
import { archiveFault } from '../../../src/engine/archive/fault.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failureOf } from './archive-tools.ts';

const folder = scratchFolder();
const path = process.env['PATH'];
afterAll(() => removeScratch(folder));
afterEach(() => {
  process.env['PATH'] = path;
});

const plain = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) % 251));
const streamOf = (bytes: Buffer, size = bytes.length) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
    { objectMode: false },
  );
const by = (program: string, bytes: Buffer) => execFileSync(program, ['-c'], { input: bytes });
const has = (program: string) =>
  (process.env['PATH'] ?? '').split(delimiter).some((dir) => {
    try {
      execFileSync('test', ['-x', join(dir, program)]);
      return true;
    } catch {
      return false;
    }
  });

describe('unpacking', () => {
  test.each([
    ['none', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstdCompressSync(bytes)],
    // Two in a row are one, as `cat a.gz b.gz` makes them.
    ['gzip', (bytes: Buffer) => Buffer.concat([gzipSync(bytes.subarray(0, 7)), gzipSync(bytes.subarray(7))])],
    [
      'zstd',
      (bytes: Buffer) =>
        Buffer.concat([zstdCompressSync(bytes.subarray(0, 7)), zstdCompressSync(bytes.subarray(7))]),
    ],
    // As pzstd writes them, which tells the size of each before it; an empty one among them.
    [
      'zstd',
      (bytes: Buffer) => {
        const skipped = Buffer.from('5f2a4d1803000000616263', 'hex');
        const params = { [constants.ZSTD_c_checksumFlag]: 1 };
        const parts = [bytes.subarray(0, 100), Buffer.alloc(0), bytes.subarray(100)];
        return Buffer.concat([
          ...parts.flatMap((part) => [skipped, zstdCompressSync(part, { params })]),
          skipped,
        ]);
      },
    ],
  ] as const)('%s, in pieces of any size', async (kind, pack) => {
    for (const size of [1, 2, 5, 6, 7, 4096, 1_000_000]) {
      const bytes = size < 8 ? plain.subarray(0, 3_000) : plain;
      const { stream, compression } = await decompress(streamOf(pack(bytes), size));
      expect(compression).toBe(kind);
      expect((await buffer(stream)).equals(bytes)).toBe(true);
    }
  });

  test('what is shorter than any mark is plain', async () => {
    for (const text of ['', 'a', 'abcde']) {
      const { stream, compression } = await decompress(streamOf(Buffer.from(text), 2));
      expect(compression).toBe('none');
      expect((await buffer(stream)).toString()).toBe(text);
    }
  });

  test.each(['xz', 'bzip2'] as const)('%s, by the machine’s own program', async (program) => {
    if (!has(program)) return;
    const packed = by(program, plain);
    const { stream, compression } = await decompress(streamOf(packed, 10_000));
    expect(compression).toBe(program);
    expect((await buffer(stream)).equals(plain)).toBe(true);
    const cut = await decompress(streamOf(packed.subarray(0, packed.length >> 1)));
    expect(await failureOf(buffer(cut.stream))).toMatchObject({ code: 'corrupt' });
  });

  test.each(['xz', 'bzip2'] as const)('%s without the program says what to install', async (program) => {
    const empty = join(folder, 'empty');
    await mkdir(empty, { recursive: true });
    const mark = program === 'xz' ? [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] : [0x42, 0x5a, 0x68, 0x39, 0, 0];
    process.env['PATH'] = empty;
    const { stream } = await decompress(streamOf(Buffer.from([...mark, ...Array<number>(1000).fill(7)])));
    const error = await failureOf(buffer(stream));
    expect(error).toMatchObject({ code: 'unsupported' });
    expect(error.message).toContain(`no program ${program}`);
    expect(error.hint).toContain('Install');
  });

  test('what is left unread ends the program and gives the source up', async () => {
    if (!has('xz')) return;
    const file = join(folder, 'large.xz');
    await writeFile(file, by('xz', Buffer.alloc(20_000_000)));
    const source = createReadStream(file);
    const { stream } = await decompress(source);
    await stream[Symbol.asyncIterator]().next();
    stream.destroy();
    await expect.poll(() => source.destroyed).toBe(true);
  });

  test.each([
    ['gzip', gzipSync(plain)],
    ['zstd', zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })],
  ])('%s that was changed is corrupt', async (_, packed) => {
    const changed = Buffer.from(packed);
    changed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 50);
    const { stream } = await decompress(streamOf(changed));
    expect(archiveFault(await failureOf(buffer(stream)))).toMatchObject({ code: 'corrupt' });
  });

  test('gzip that was cut off is corrupt', async () => {
    const packed = gzipSync(plain);
    const { stream } = await decompress(streamOf(packed.subarray(0, packed.length - 20)));
    expect(archiveFault(await failureOf(buffer(stream)))).toMatchObject({ code: 'corrupt' });
  });

  // Node ends the stream without a word; the tar within is then cut off, which its readers notice.
  test('zstd that was cut off gives less than the whole', async () => {
    const packed = zstdCompressSync(plain);
    const { stream } = await decompress(streamOf(packed.subarray(0, packed.length - 20)));
    const rest = await buffer(stream).catch(() => Buffer.alloc(0));
    expect(rest.length).toBeLessThan(plain.length);
  });

  test('a source that fails fails the unpacked stream', async () => {
    for (const packed of [plain, gzipSync(plain)]) {
      const source = Readable.from(
        (function* () {
          yield packed.subarray(0, 1_000);
          throw new Error('the cable was pulled');
        })(),
        { objectMode: false },
      );
      const { stream } = await decompress(source);
      expect(await failureOf(buffer(stream))).toMatchObject({ message: 'the cable was pulled' });
    }
    const early = new Readable({ read() {} });
    setTimeout(() => early.destroy(new Error('gone at once')), 10);
    expect(await failureOf(decompress(early))).toMatchObject({ message: 'gone at once' });
  });
});

test.each([
  ['gzip', gunzipSync],
  ['zstd', zstdDecompressSync],
] as const)('packing with %s', async (kind, unpack) => {
  const packer = compress(kind);
  packer.end(plain);
  const packed = await buffer(packer);
  expect(packed.length).toBeLessThan(plain.length / 2);
  expect(unpack(packed).equals(plain)).toBe(true);
});
