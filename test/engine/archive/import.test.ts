/** A packed root file system becomes an image of one layer. */
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { importInto } from '../../../src/engine/embedded/import.ts';
import type { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import type { ImportOptions } from '../../../src/engine/transfer.ts';
import { busyboxRootfs, tinyRootfs } from '../../support/rootfs.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { ensureSkopeo, identify } from '../../support/skopeo.ts';
import { tarOf } from '../../support/tar.ts';
import {
  blobsOf,
  dockerMembers,
  drain,
  expectUntouched,
  failureOf,
  makeImage,
  newStore,
  rawTar,
} from './archive-tools.ts';

const folder = scratchFolder();
let count = 0;
let store: Store;

beforeEach(async () => {
  store = await newStore(folder, `store-${++count}`);
});

afterAll(() => removeScratch(folder));

const importBytes = async (bytes: Buffer, options?: ImportOptions) =>
  (await drain(importInto(store, Readable.from([bytes], { objectMode: false }), options))).result;

async function configOf(id: string): Promise<Record<string, unknown>> {
  const manifest = await store.readManifest({ digest: id, mediaType: '' });
  if (manifest.kind !== 'manifest') throw new Error('an index');
  return JSON.parse((await store.blobs.read(manifest.config.digest)).toString()) as Record<string, unknown>;
}

async function refused(bytes: Buffer, options?: ImportOptions) {
  const error = await failureOf(importBytes(bytes, options));
  await expectUntouched(store);
  return error;
}

describe('an import', () => {
  test('keeps the tar as it is, under the name asked for', async () => {
    const bytes = await busyboxRootfs();
    const { id, reference } = await importBytes(bytes, { reference: 'base' });
    expect(reference).toBe('base:latest');
    expect(await store.roots()).toMatchObject([{ id, references: ['base:latest'] }]);
    expect(await store.readManifest({ digest: id, mediaType: '' })).toMatchObject({
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(bytes), size: bytes.length },
      ],
    });
    const config = await configOf(id);
    expect(config).toEqual({
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      architecture: expect.any(String),
      os: 'linux',
      comment: 'Imported from -',
      config: {},
      history: [{ created: config['created'], comment: 'Imported from -' }],
      rootfs: { type: 'layers', diff_ids: [digestOf(bytes)] },
    });
  });

  test('takes a message, a platform and changes', async () => {
    const { id, reference } = await importBytes(await tinyRootfs(), {
      message: 'from a friend',
      platform: 'linux/arm/v6',
      changes: ['ENV A=1', 'CMD ["sh"]', 'WORKDIR /srv'],
    });
    expect(reference).toBe('');
    expect(await store.roots()).toMatchObject([{ id, references: [] }]);
    expect(await configOf(id)).toMatchObject({
      architecture: 'arm',
      variant: 'v6',
      os: 'linux',
      comment: 'from a friend',
      config: { Env: ['A=1'], Cmd: ['sh'], WorkingDir: '/srv' },
      history: [{ comment: 'from a friend' }],
    });
  });

  test('of what real tar and others write', async () => {
    const root = join(folder, `root-${count}`);
    await mkdir(join(root, 'a/b'), { recursive: true });
    await writeFile(join(root, 'a/b', 'x'.repeat(180)), 'long');
    await writeFile(join(root, 'a', 'ü'), Buffer.alloc(100_000, 1));
    execFileSync('sh', ['-c', 'ln -s ../../../etc/passwd up; ln a/ü hard; mknod null c 1 3; mkfifo pipe'], {
      cwd: root,
    });
    for (const format of ['gnu', 'pax', 'ustar', 'v7', 'oldgnu']) {
      const names = format === 'v7' || format === 'ustar' ? ['a/ü', 'up', 'hard'] : ['.'];
      const bytes = execFileSync('tar', ['-C', root, `--format=${format}`, '-c', ...names]);
      const { id } = await importBytes(bytes, { reference: `${format}:1` });
      expect((await configOf(id))['rootfs']).toEqual({ type: 'layers', diff_ids: [digestOf(bytes)] });
    }
  });

  test('of nothing at all is an empty image, as docker takes it', async () => {
    expect(await importBytes(execFileSync('tar', ['-c', '-T', '/dev/null']))).toMatchObject({
      reference: '',
    });
  });

  test('is read by other tools', async () => {
    await ensureSkopeo();
    const bytes = await tinyRootfs('skopeo');
    await importBytes(bytes, { reference: 'x:1' });
    expect(await identify(`oci:${store.folder}:1`)).toMatchObject({ diffIds: [digestOf(bytes)] });
  });

  test('in pieces of any size', async () => {
    const bytes = await tinyRootfs('pieces', 5_000);
    for (const size of [1, 7, 511, 512, 513, 4_096]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, at * size + size),
      );
      await drain(importInto(store, Readable.from(pieces, { objectMode: false })));
    }
    expect((await blobsOf(store)).filter((name) => `sha256:${name}` === digestOf(bytes))).toHaveLength(1);
  });
});

describe('refused, with nothing left behind', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['text', Buffer.from('hello, world\n'.repeat(100)), 'it is no tar file'],
    ['three bytes', Buffer.from('abc'), 'it is no tar file'],
  ])('%s', async (_, bytes, why) => {
    const error = await refused(bytes);
    expect(error).toMatchObject({ code: 'bad-input', message: `this is no packed root file system: ${why}` });
  });

  test('a tar that was cut off anywhere', async () => {
    const bytes = await tinyRootfs('cut', 3_000);
    const end = bytes.length - 1024;
    for (let at = 200; at < end + 1024; at += 431) {
      const error = await refused(bytes.subarray(0, at));
      expect(['corrupt', 'bad-input']).toContain(error.code);
    }
    expect(await refused(bytes.subarray(0, end))).toMatchObject({
      code: 'corrupt',
      message: 'the archive cannot be used: it has no end mark, so it was cut off',
    });
  });

  test('a header that fell over', async () => {
    const bytes = Buffer.from(await tinyRootfs());
    bytes[512 * 3 + 20]! ^= 1;
    expect(await refused(bytes)).toMatchObject({ code: 'corrupt' });
  });

  test.each([
    ['../../etc/passwd', undefined],
    ['a/../../x', undefined],
    ['fine', '../../etc/passwd'],
    ['fine', '/../x'],
  ])('%s, linked to %s', async (name, linkname) => {
    const entry = linkname === undefined ? { name, body: 'x' } : { name, linkname, type: 'link' as const };
    const error = await refused(await rawTar([{ name: 'a/', type: 'directory' }, entry]));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('outside its root');
  });

  test('a file that claims 10 GB', async () => {
    expect(await refused(await rawTar([{ name: 'x', size: 10 * 1024 ** 3, body: 'little' }]))).toMatchObject({
      code: 'corrupt',
    });
  });

  test('padding without an end', async () => {
    const start = await tinyRootfs();
    const zeros = Buffer.alloc(1024 * 1024);
    let given = 0;
    const source = Readable.from(
      (function* () {
        yield start;
        for (; given < 100_000; given++) yield zeros;
      })(),
      { objectMode: false },
    );
    expect(await failureOf(drain(importInto(store, source)))).toMatchObject({ code: 'corrupt' });
    expect(given).toBeLessThan(40);
    await expectUntouched(store);
  });

  test('wrong options, before anything is read', async () => {
    for (const options of [
      { reference: 'UPPER' },
      { reference: `x@sha256:${'a'.repeat(64)}` },
      { platform: 'a/b/c/d' },
      { changes: ['RUN make'] },
    ]) {
      let asked = false;
      const source = new Readable({
        read() {
          asked = true;
          this.push(null);
        },
      });
      expect(await failureOf(drain(importInto(store, source, options)))).toMatchObject({ code: 'bad-input' });
      expect(asked).toBe(false);
      expect(source.destroyed).toBe(true);
    }
  });

  test('cancelled, before and in the middle, and with a source that stands still', async () => {
    const bytes = await tinyRootfs('abort', 4_000_000);
    for (const share of [0, 0.5]) {
      const ending = new AbortController();
      const source = new Readable({ read() {} });
      source.push(bytes.subarray(0, bytes.length * share));
      const importing = failureOf(drain(importInto(store, source, { signal: ending.signal })));
      setTimeout(() => ending.abort(), 50);
      expect(await importing).toMatchObject({ code: 'cancelled' });
      await expectUntouched(store);
    }
  });

  test.skipIf(process.getuid?.() !== 0)('a full disk', async () => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    try {
      const small = await newStore(disk);
      const source = Readable.from([await tinyRootfs('full', 4_000_000)], { objectMode: false });
      expect(await failureOf(drain(importInto(small, source)))).toMatchObject({ code: 'no-space' });
      await expectUntouched(small);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

test('what other archives are is said', async () => {
  const archive = await rawTar(dockerMembers(await makeImage('confused'), 'a:1'));
  const { events } = await drain(importInto(store, Readable.from([archive], { objectMode: false })));
  expect(events).toContainEqual({
    type: 'line',
    topic: 'warning',
    text: 'this holds a manifest.json, as archives of images do: those are taken in with load',
  });
  const plain = await drain(importInto(store, Readable.from([await tarOf([{ name: 'x', content: 'y' }])])));
  expect(plain.events.filter((event) => event.type === 'line')).toEqual([]);
});
