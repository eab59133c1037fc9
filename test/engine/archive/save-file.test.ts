/** A file that is saved to is whole, or not there. */
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decompress } from '../../../src/engine/archive/compression.ts';
import { saveToFile } from '../../../src/engine/archive/save-file.ts';
import { openSource } from '../../../src/engine/archive/source.ts';
import { loadInto } from '../../../src/engine/embedded/load.ts';
import { saveFrom } from '../../../src/engine/embedded/save.ts';
import type { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import type { ImageMover } from '../../../src/engine/transfer.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { dockerMembers, drain, failureOf, loadBytes, makeImage, newStore, rawTar } from './archive-tools.ts';

const folder = scratchFolder();
let store: Store;
let engine: Pick<ImageMover, 'save'>;
let target = '';
let count = 0;

beforeAll(async () => {
  store = await newStore(folder, 'shop');
  engine = { save: (images, sink, options) => saveFrom(store, images, sink, options) };
  await loadBytes(store, await rawTar(dockerMembers(await makeImage('file', { bytes: 2_000_000 }), 'app:1')));
});

beforeEach(async () => {
  target = join(folder, `target-${++count}`);
  await mkdir(target);
});

afterAll(() => removeScratch(folder));

test.each(['none', 'gzip', 'zstd'] as const)('packed with %s', async (compression) => {
  const path = join(target, 'out.tar');
  const { result } = await drain(saveToFile(engine, ['app:1'], path, { compression }));
  expect(result.path).toBe(path);
  expect(await readdir(target)).toEqual(['out.tar']);
  const source = await openSource(path);
  expect(source.compression).toBe(compression);
  if (compression === 'none') expect(source.size).toBe(result.bytes);
  else expect(source.size).toBeLessThan(result.bytes / 10);
  const other = await newStore(target, 'store');
  expect((await drain(loadInto(other, source.stream))).result.images).toMatchObject([
    { references: ['app:1'] },
  ]);
});

describe('a path that is taken', () => {
  test('is not replaced, unless told', async () => {
    const path = join(target, 'out.tar');
    await writeFile(path, 'dear to me');
    const error = await failureOf(drain(saveToFile(engine, ['app:1'], path)));
    expect(error).toMatchObject({ code: 'bad-input', message: `cannot write ${path}: it is there already` });
    expect(await readFile(path, 'utf8')).toBe('dear to me');
    await drain(saveToFile(engine, ['app:1'], path, { overwrite: true }));
    expect((await stat(path)).size).toBeGreaterThan(4_000_000);
    expect(await readdir(target)).toEqual(['out.tar']);
  });

  test('stays as it is where the new one fails', async () => {
    const path = join(target, 'out.tar');
    await writeFile(path, 'dear to me');
    await failureOf(drain(saveToFile(engine, ['nobody:1'], path, { overwrite: true })));
    expect(await readFile(path, 'utf8')).toBe('dear to me');
  });

  test('while it is saved is noticed', async () => {
    const path = join(target, 'out.tar');
    const saving = saveToFile(engine, ['app:1'], path);
    await saving.next();
    await writeFile(path, 'faster');
    expect(await failureOf(drain(saving))).toMatchObject({ code: 'bad-input' });
    expect(await readFile(path, 'utf8')).toBe('faster');
    expect(await readdir(target)).toEqual(['out.tar']);
  });

  test('by a folder, a pipe, or a link that leads nowhere', async () => {
    expect(await failureOf(drain(saveToFile(engine, ['app:1'], target, { overwrite: true })))).toMatchObject({
      code: 'bad-input',
      message: `cannot write ${target}: it is a folder`,
    });
    const pipe = join(target, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await failureOf(drain(saveToFile(engine, ['app:1'], pipe, { overwrite: true })))).toMatchObject({
      code: 'bad-input',
      message: `cannot write ${pipe}: it is no file`,
    });
    expect((await lstat(pipe)).isFIFO()).toBe(true);
    await symlink('/nowhere/at/all', join(target, 'link'));
    expect(await failureOf(drain(saveToFile(engine, ['app:1'], join(target, 'link'))))).toMatchObject({
      code: 'bad-input',
    });
  });
});

describe('a failure leaves nothing', () => {
  test('no such folder', async () => {
    const path = join(target, 'no', 'out.tar');
    expect(await failureOf(drain(saveToFile(engine, ['app:1'], path)))).toMatchObject({
      code: 'bad-input',
      message: `cannot write ${path}: there is no such folder`,
    });
  });

  test.each(['none', 'gzip'] as const)('no such image, %s', async (compression) => {
    const path = join(target, 'out.tar');
    const error = await failureOf(drain(saveToFile(engine, ['nobody:1'], path, { compression })));
    expect(error).toMatchObject({ code: 'not-found' });
    expect(await readdir(target)).toEqual([]);
  });

  test.each(['none', 'zstd'] as const)('cancelled, %s', async (compression) => {
    const ending = new AbortController();
    const saving = saveToFile(engine, ['app:1'], join(target, 'out.tar'), {
      compression,
      signal: ending.signal,
    });
    await saving.next();
    ending.abort();
    expect(await failureOf(drain(saving))).toMatchObject({ code: 'cancelled' });
    expect(await readdir(target)).toEqual([]);
  });

  test.each(['none', 'gzip'] as const)('nobody waits for it any more, %s', async (compression) => {
    const saving = saveToFile(engine, ['app:1'], join(target, 'out.tar'), { compression });
    await saving.next();
    await saving.return(undefined as never);
    expect(await readdir(target)).toEqual([]);
  });

  test('a damaged store', async () => {
    const image = await makeImage('rotten', { bytes: 300_000 });
    await loadBytes(store, await rawTar(dockerMembers(image, 'rotten:1')));
    await writeFile(store.blobs.path(digestOf(image.layers[1]!)), Buffer.alloc(image.layers[1]!.length));
    for (const compression of ['none', 'gzip'] as const) {
      const error = await failureOf(
        drain(saveToFile(engine, ['rotten:1'], join(target, 'out.tar'), { compression })),
      );
      expect(error.code).toBe('corrupt');
    }
    expect(await readdir(target)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('a full disk', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', target]);
    try {
      const path = join(target, 'out.tar');
      const error = await failureOf(drain(saveToFile(engine, ['app:1'], path)));
      expect(error).toMatchObject({ code: 'no-space' });
      expect(error.hint).not.toBe('');
      expect(await readdir(target)).toEqual([]);
    } finally {
      execFileSync('umount', [target]);
    }
  });
});

test('a long name has room beside it', async () => {
  const name = `${'n'.repeat(251)}.tar`;
  await drain(saveToFile(engine, ['app:1'], join(target, name)));
  expect(await readdir(target)).toEqual([name]);
  const { stream } = await decompress((await openSource(join(target, name))).stream);
  stream.destroy();
  await rm(join(target, name));
});
