/** Blobs: written once, verified, resumed, and never outside their folder. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Store } from '../../../src/engine/embedded/store.ts';
import { run } from '../../support/command.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failure } from '../contract-subject.ts';

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const idOf = (bytes: Uint8Array) => ({ digest: digestOf(bytes), size: bytes.byteLength });

describe('blobs', () => {
  let count = 0;
  let store: Store;
  beforeEach(async () => {
    store = await Store.open(join(scratch, `store-${count++}`), { create: true });
  });
  const partials = () => readdir(store.paths.partials);
  const blobs = () => readdir(store.paths.blobs);

  test('come out as they went in, whatever the sizes of their chunks', async () => {
    for (const sizes of [
      [1],
      [65_536, 1, 300_000, 7],
      [1_048_576, 1_048_576, 5],
      [262_143, 262_144, 262_145],
    ]) {
      const chunks = sizes.map((size) => randomBytes(size));
      const whole = Buffer.concat(chunks);
      const writer = (await store.blobs.create(idOf(whole)))!;
      expect(writer.offset).toBe(0);
      const writing = chunks.map((chunk) => writer.write(chunk));
      expect(writer.offset).toBe(whole.length);
      await Promise.all(writing);
      expect(await writer.commit()).toEqual(idOf(whole));
      expect(await readFile(store.blobs.path(digestOf(whole)))).toEqual(whole);
      expect(await buffer(store.blobs.open(digestOf(whole)))).toEqual(whole);
      expect(await store.blobs.size(digestOf(whole))).toBe(whole.length);
    }
    expect(await partials()).toEqual([]);
  });

  test('may be written from a buffer that is used again and again', async () => {
    const parts = Array.from({ length: 20 }, () => randomBytes(400_000));
    const whole = Buffer.concat(parts);
    const writer = (await store.blobs.create(idOf(whole)))!;
    const reused = Buffer.alloc(400_000);
    for (const part of parts) {
      part.copy(reused);
      await writer.write(reused);
      reused.fill(0);
    }
    await writer.commit();
    expect(await store.blobs.read(digestOf(whole), 10_000_000)).toEqual(whole);
  });

  test('get their digest where it is not known before', async () => {
    const bytes = randomBytes(100_000);
    const writer = (await store.blobs.create())!;
    writer.write(bytes);
    expect(await writer.commit()).toEqual(idOf(bytes));
    expect(await blobs()).toEqual([digestOf(bytes).slice(7)]);
    expect(await partials()).toEqual([]);
  });

  test('that are there are not written again', async () => {
    const bytes = randomBytes(1000);
    await store.blobs.put(bytes);
    expect(await store.blobs.create(idOf(bytes))).toBeUndefined();
    await store.blobs.put(bytes);
    expect(await blobs()).toHaveLength(1);
  });

  test('are written by one at a time, and the others find them done', async () => {
    const bytes = randomBytes(1000);
    const first = (await store.blobs.create(idOf(bytes)))!;
    const other = await Store.open(store.folder);
    const waiting = [store, store, other].map((one) => one.blobs.create(idOf(bytes)));
    const stop = new AbortController();
    const impatient = store.blobs.create(idOf(bytes), { signal: stop.signal });
    stop.abort();
    await failure(impatient, 'cancelled');
    first.write(bytes);
    await first.commit();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
  });

  test('whose writer gave up are taken over by who waits', async () => {
    const bytes = randomBytes(1000);
    const first = (await store.blobs.create(idOf(bytes)))!;
    const waiting = store.blobs.create(idOf(bytes));
    first.write(bytes.subarray(0, 500));
    await first.abort();
    const second = (await waiting)!;
    expect(second.offset).toBe(0);
    second.write(bytes);
    await second.commit();
  });

  test('go on where an earlier try ended, and only there', async () => {
    const bytes = randomBytes(3_000_000);
    const first = (await store.blobs.create(idOf(bytes)))!;
    first.write(bytes.subarray(0, 1_234_567));
    await first.abort({ keep: true });
    const second = (await (await Store.open(store.folder)).blobs.create(idOf(bytes)))!;
    expect(second.offset).toBe(1_234_567);
    await second.write(bytes.subarray(second.offset));
    await second.commit();
    expect(await store.blobs.read(digestOf(bytes))).toEqual(bytes);
    expect(await partials()).toEqual([]);
  });

  test('of which the beginning was damaged are refused once, and come whole with the next try', async () => {
    const bytes = randomBytes(2_000_000);
    const first = (await store.blobs.create(idOf(bytes)))!;
    first.write(bytes.subarray(0, 1_000_000));
    await first.abort({ keep: true });
    const [name = ''] = await partials();
    await writeFile(join(store.paths.partials, name), randomBytes(1_000_000));
    const second = (await store.blobs.create(idOf(bytes)))!;
    second.write(bytes.subarray(second.offset));
    expect((await failure(second.commit(), 'corrupt')).retryable).toBe(true);
    const third = (await store.blobs.create(idOf(bytes)))!;
    expect(third.offset).toBe(0);
    third.write(bytes);
    await third.commit();
  });

  test('trust little of what a killed writer left, and nothing of what is too long', async () => {
    const bytes = randomBytes(20_000_000);
    const { digest } = idOf(bytes);
    await store.blobs.put(randomBytes(1));
    await writeFile(store.paths.partial(digest), bytes.subarray(0, 18_000_000));
    const writer = (await store.blobs.create(idOf(bytes)))!;
    expect(writer.offset).toBeGreaterThan(0);
    expect(writer.offset).toBeLessThan(10_000_000);
    await writer.write(bytes.subarray(writer.offset));
    await writer.commit();

    const other = randomBytes(1000);
    await writeFile(store.paths.partial(digestOf(other)), randomBytes(2000));
    const shorter = (await store.blobs.create(idOf(other)))!;
    expect(shorter.offset).toBe(0);
    shorter.write(other);
    await shorter.commit();
  });

  test('that are not what their digest says are refused, and nothing is left', async () => {
    const bytes = randomBytes(1000);
    const lies: [string, Buffer][] = [
      ['other bytes', randomBytes(1000)],
      ['fewer bytes', bytes.subarray(0, 999)],
    ];
    for (const [, sent] of lies) {
      const writer = (await store.blobs.create(idOf(bytes)))!;
      writer.write(sent);
      expect((await failure(writer.commit(), 'corrupt')).retryable).toBe(false);
    }
    const writer = (await store.blobs.create(idOf(bytes)))!;
    await failure(Promise.resolve(writer.write(Buffer.alloc(1001))), 'corrupt');
    await writer.abort();
    await writer.abort();
    expect([await partials(), await blobs()]).toEqual([[], []]);
  });

  test('are read with a limit, and not at all where they changed', async () => {
    const bytes = randomBytes(1000);
    const { digest } = await store.blobs.put(bytes);
    await failure(store.blobs.read(digest, 999), 'corrupt');
    await appendFile(store.blobs.path(digest), 'x');
    await failure(store.blobs.read(digest), 'corrupt');
    await failure(buffer(store.blobs.open(digest)), 'corrupt');
    await failure(store.blobs.read(digestOf(randomBytes(1))), 'not-found');
    await failure(buffer(store.blobs.open(digestOf(randomBytes(1)))), 'not-found');
  });

  test('that were cut short are written anew', async () => {
    const bytes = randomBytes(1000);
    const { digest } = await store.blobs.put(bytes);
    await truncate(store.blobs.path(digest), 10);
    await store.blobs.put(bytes);
    expect(await store.blobs.read(digest)).toEqual(bytes);
  });

  test('never lie outside their folder, whatever the digest', async () => {
    const evil = [
      '../../x',
      '/etc/passwd',
      `${'a'.repeat(63)}/`,
      '..',
      '',
      `${'A'.repeat(64)}`,
      `${'a'.repeat(64)}\n`,
    ];
    for (const digest of [...evil, ...evil.map((text) => `sha256:${text}`), 'sha512:../x']) {
      expect(() => store.blobs.path(digest)).toThrow(/is no digest/);
      await failure(store.blobs.create({ digest, size: 1 }), 'bad-input');
      await failure(store.blobs.read(digest), 'bad-input');
      await failure(store.blobs.size(digest), 'bad-input');
    }
    expect(existsSync(join(scratch, 'x'))).toBe(false);
  });

  test('leave a full disk as it was, and say so', async (context) => {
    context.skip(process.getuid?.() !== 0, 'only root can mount a small disk');
    const disk = join(scratch, 'disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    try {
      const small = await Store.open(join(disk, 'store'), { create: true });
      const bytes = randomBytes(4_000_000);
      const writer = (await small.blobs.create(idOf(bytes)))!;
      const writing = async () => {
        for (let from = 0; from < bytes.length; from += 500_000)
          await writer.write(bytes.subarray(from, from + 500_000));
        await writer.commit();
      };
      const error = await failure(writing(), 'no-space');
      expect(error.message).toContain('the disk is full');
      await writer.abort({ keep: true });
      expect(await readdir(small.paths.partials)).toEqual([]);
      await small.blobs.put(randomBytes(1_000_000));
    } finally {
      await run('umount', [disk]);
    }
  });
});
