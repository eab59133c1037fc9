/** Archives that are broken, lie, or want to do harm. */
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { decompress } from '../../../src/engine/archive/compression.ts';
import { Intake } from '../../../src/engine/archive/intake.ts';
import { loadInto } from '../../../src/engine/embedded/load.ts';
import type { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf, hexOf } from '../../../src/engine/oci/digest.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import {
  blobMembers,
  blobsOf,
  CONFIG_TYPE,
  describeBlob,
  dockerMembers,
  drain,
  expectUntouched,
  failureOf,
  indexMember,
  LAYER_TYPE,
  LAYOUT,
  loadBytes,
  MANIFEST_TYPE,
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

async function refused(bytes: Buffer) {
  const error = await failureOf(loadBytes(store, bytes));
  await expectUntouched(store);
  return error;
}

describe('what is no archive of images', () => {
  test.each([
    ['nothing', Buffer.alloc(0), 'it is empty'],
    ['text', Buffer.from('hello, world\n'.repeat(100)), 'it is no tar file'],
    ['a few bytes', Buffer.from('PK'), 'it is no tar file'],
    ['a page of another kind', Buffer.alloc(100_000, 0xa5), 'it is no tar file'],
    ['a tar with nothing in it', Buffer.alloc(10_240), 'it has no manifest.json, index.json or repositories'],
  ])('%s', async (_, bytes, why) => {
    const error = await refused(bytes);
    expect(error).toMatchObject({ code: 'bad-input', message: `this is no image archive: ${why}` });
    expect(error.hint).toContain('nacre import');
  });

  test('a packed root file system is told from an archive before all of it is read', async () => {
    const files = Array.from({ length: 5_000 }, (_, at) => ({
      name: `usr/share/doc/${at}.txt`,
      body: 'words',
    }));
    const bytes = await rawTar(files);
    let given = 0;
    const source = Readable.from(
      (function* () {
        for (let at = 0; at < bytes.length; at += 65_536) {
          given = at;
          yield bytes.subarray(at, at + 65_536);
        }
      })(),
      { objectMode: false },
    );
    const error = await failureOf(drain(loadInto(store, source)));
    expect(error).toMatchObject({ code: 'bad-input' });
    expect(error.message).toMatch(
      /^this is no image archive: it has 1001 files that belong to none, such as usr/,
    );
    expect(given).toBeLessThan(bytes.length / 2);
    await expectUntouched(store);
  });

  test('an archive that lists no images', async () => {
    expect(await refused(await rawTar([LAYOUT, indexMember()]))).toMatchObject({ code: 'bad-input' });
    expect(await refused(await rawTar([{ name: 'manifest.json', body: '[]' }]))).toMatchObject({
      code: 'bad-input',
    });
  });
});

describe('broken archives', () => {
  test('cut off at any place: nothing is left', async () => {
    const image = await makeImage('cut');
    const bytes = await rawTar([...blobMembers(image), LAYOUT, indexMember(image.descriptor)]);
    const whole = bytes.length - 1024;
    for (let at = 0; at < whole; at += 311) {
      const error = await failureOf(loadBytes(store, bytes.subarray(0, at)));
      expect(['corrupt', 'bad-input'], `${at}: ${error.message}`).toContain(error.code);
      if (at > 512)
        expect(error.message, `${at}`).toMatch(/^the archive cannot be used|^this is no image archive/);
    }
    await expectUntouched(store);
    await loadBytes(store, bytes.subarray(0, whole));
    expect(await blobsOf(store)).toHaveLength(4);
  });

  test('a bit that fell over in a blob is noticed, wherever it is', async () => {
    const image = await makeImage('bit');
    for (const [at, member] of blobMembers(image).entries()) {
      const members = blobMembers(image);
      const body = Buffer.from(member.body!);
      body[body.length >> 1]! ^= 1;
      members[at] = { ...member, body };
      const error = await refused(await rawTar([...members, LAYOUT, indexMember(image.descriptor)]));
      expect(error.code).toBe('corrupt');
      expect(error.message).toContain('its bytes have the digest');
    }
  });

  test('a layer of a docker archive that is not the one its config names', async () => {
    const image = await makeImage('swapped');
    const error = await refused(
      await rawTar(dockerMembers({ ...image, layers: image.layers.toReversed() }, 'a:1')),
    );
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('is not the one that the config names');
  });

  test.each([
    ['longer', 1],
    ['shorter', -1],
  ])('a blob that is %s than the manifest says', async (_, off) => {
    const image = await makeImage('length');
    const manifest = JSON.parse(image.manifest.toString()) as { layers: { size: number }[] };
    manifest.layers[0]!.size += off;
    const bytes = Buffer.from(JSON.stringify(manifest));
    const error = await refused(
      await rawTar([
        ...blobMembers({ ...image, manifest: bytes }),
        LAYOUT,
        indexMember(describeBlob(MANIFEST_TYPE, bytes)),
      ]),
    );
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('is said to have');
  });

  test('an index that lies about the size or digest of a manifest', async () => {
    const image = await makeImage('index');
    const { descriptor } = image;
    const lies = [
      { ...descriptor, size: descriptor.size + 1 },
      { ...descriptor, digest: digestOf('another') },
      { ...descriptor, digest: 'sha256:../../../../etc/passwd' },
      { ...descriptor, size: -1 },
      { ...descriptor, size: 1e300 },
      'nothing',
    ];
    for (const lie of lies) {
      const error = await refused(await rawTar([...blobMembers(image), LAYOUT, indexMember(lie)]));
      expect(error.code).toBe('corrupt');
    }
  });

  test('a manifest that names what is not there', async () => {
    const image = await makeImage('missing');
    for (const left of [0, 1, 2, 3]) {
      const members = blobMembers(image).toSpliced(left, 1);
      const error = await refused(await rawTar([...members, LAYOUT, indexMember(image.descriptor)]));
      expect(error).toMatchObject({ code: 'corrupt' });
      expect(error.message).toMatch(/is not in it$/);
    }
  });

  test('a docker archive whose table names what is not there', async () => {
    const image = await makeImage('gone');
    for (const left of [0, 2]) {
      const error = await refused(await rawTar(dockerMembers(image, 'a:1').toSpliced(left, 1)));
      expect(error).toMatchObject({ code: 'corrupt' });
      expect(error.message).toMatch(/not in it$/);
    }
  });

  test('tables that are nonsense', async () => {
    const image = await makeImage('nonsense');
    const texts = [
      '',
      '{',
      'null',
      '7',
      '[]',
      '{}',
      '[null]',
      '[{"Config":7}]',
      '[{"Config":"x","Layers":"y"}]',
    ];
    for (const name of ['index.json', 'manifest.json', 'repositories']) {
      for (const body of texts) {
        const error = await refused(await rawTar([...blobMembers(image), { name, body }]));
        expect(['corrupt', 'bad-input'], `${name} ${body}: ${error.message}`).toContain(error.code);
      }
    }
  });

  test('a config that is nonsense', async () => {
    const image = await makeImage('config');
    for (const config of [
      '{',
      'null',
      '[]',
      '{"rootfs":{"diff_ids":["../x"]}}',
      '{"rootfs":{"diff_ids":[]}}',
    ]) {
      const error = await refused(
        await rawTar(dockerMembers({ ...image, config: Buffer.from(config) }, 'a:1')),
      );
      expect(error.code).toBe('corrupt');
    }
  });

  test('a packed archive that was cut off, or changed', async () => {
    const image = await makeImage('packed', { bytes: 200_000 });
    const packed = gzipSync(await rawTar(dockerMembers(image, 'a:1')), { level: 0 });
    const open = async (bytes: Buffer) => {
      const { stream } = await decompress(Readable.from([bytes], { objectMode: false }));
      return await drain(loadInto(store, stream));
    };
    expect(await failureOf(open(packed.subarray(0, packed.length >> 1)))).toMatchObject({ code: 'corrupt' });
    const changed = Buffer.from(packed);
    changed.fill(0xff, 40_000, 40_100);
    expect(await failureOf(open(changed))).toMatchObject({ code: 'corrupt' });
    await expectUntouched(store);
    expect((await open(packed)).result.images).toHaveLength(1);
  });
});

describe('archives that want to do harm', () => {
  /** A neighbour of the store that must stay as it is. */
  async function guarded(): Promise<() => Promise<void>> {
    const around = join(folder, `around-${count}`);
    await mkdir(around, { recursive: true });
    await writeFile(join(around, 'victim'), 'untouched');
    store = await newStore(around, 'store');
    const elsewhere = new Set(await readdir('/tmp'));
    return async () => {
      expect(await readFile(join(around, 'victim'), 'utf8')).toBe('untouched');
      expect((await readdir(around)).sort()).toEqual(['store', 'victim']);
      const fresh = (await readdir('/tmp')).filter((name) => !elsewhere.has(name) && name.includes('evil'));
      expect(fresh).toEqual([]);
    };
  }

  test('names that climb out of the archive, links, devices: nothing but the store is touched', async () => {
    const check = await guarded();
    const image = await makeImage('evil');
    const tar = (name: string) => ({ name, body: image.layers[0]! });
    const { result, events } = await drain(
      loadInto(
        store,
        Readable.from(
          [
            await rawTar([
              tar('../victim'),
              tar('blobs/sha256/../../../victim'),
              tar('/tmp/evil-absolute'),
              tar('x/../../victim'),
              { name: 'victim-link', type: 'symlink', linkname: '../victim' },
              tar('victim-link'),
              { name: 'blobs', type: 'symlink', linkname: '/tmp' },
              { name: 'out', type: 'symlink', linkname: '/tmp' },
              tar('out/evil-through-link'),
              { name: 'hard', type: 'link', linkname: '../victim' },
              { name: 'dev/sda', type: 'block-device', devmajor: 8, devminor: 0 },
              { name: 'dev/null', type: 'character-device', devmajor: 1, devminor: 3 },
              { name: 'pipe', type: 'fifo' },
              { name: 'manifest.json', type: 'symlink', linkname: '../victim' },
              ...dockerMembers(image, 'good:1'),
            ]),
          ],
          { objectMode: false },
        ),
      ),
    );
    expect(result.images).toMatchObject([{ references: ['good:1'] }]);
    await check();
    const warnings = events.flatMap((event) =>
      event.type === 'line' && event.topic === 'warning' ? [event.text] : [],
    );
    expect(warnings).toHaveLength(7);
    expect(warnings[0]).toBe('passed over ../victim: it lies outside the archive');
    // Its config, its two layers and a manifest: of the rest nothing stayed.
    expect(await blobsOf(store)).toHaveLength(4);
  });

  test.each([
    ['a path', '../../victim'],
    ['an absolute path', '/etc/passwd'],
    ['a link to a path', 'link-out'],
    ['an absolute link', 'link-abs'],
    ['a hard link out', 'hard-out'],
    ['links in a circle', 'round-a'],
  ])('a table that names a layer by %s reads nothing of this machine', async (_, layer) => {
    const check = await guarded();
    const image = await makeImage('reader', { layers: 1 });
    const Config = 'config.json';
    const error = await failureOf(
      loadBytes(
        store,
        await rawTar([
          { name: 'link-out', type: 'symlink', linkname: '../../victim' },
          { name: 'link-abs', type: 'symlink', linkname: '/etc/passwd' },
          { name: 'hard-out', type: 'link', linkname: '../../etc/passwd' },
          { name: 'round-a', type: 'symlink', linkname: 'round-b' },
          { name: 'round-b', type: 'symlink', linkname: 'round-a' },
          { name: Config, body: image.config },
          { name: 'manifest.json', body: JSON.stringify([{ Config, Layers: [layer], RepoTags: ['a:1'] }]) },
        ]),
      ),
    );
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('is not in it');
    await check();
    await expectUntouched(store);
  });

  test('a header that claims 10 GB for a table is not believed', async () => {
    const bytes = await rawTar([{ name: 'index.json', size: 10 * 1024 ** 3, body: '{}' }]);
    const error = await refused(bytes);
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toBe(
      'the archive cannot be used: its index.json says it has 10737418240 bytes, more than any list of images',
    );
  });

  test('a header that claims 10 GB for a layer ends in the middle', async () => {
    for (const name of [`blobs/sha256/${'a'.repeat(64)}`, `${'b'.repeat(64)}/layer.tar`]) {
      const layer = (await makeImage('claim')).layers[0]!;
      const error = await refused(await rawTar([{ name, size: 10 * 1024 ** 3, body: layer }]));
      expect(error).toMatchObject({ code: 'corrupt' });
      expect(error.message).toContain('it ends in the middle');
    }
  });

  test('a header that claims more than the disk has is refused before a byte is written', async () => {
    const layer = (await makeImage('vast')).layers[0]!;
    const size = 2 ** 50;
    const error = await refused(
      await rawTar([{ name: `blobs/sha256/${'b'.repeat(64)}`, size, body: layer }]),
    );
    expect(error).toMatchObject({ code: 'no-space' });
    expect(error.message).toContain(`${size} bytes`);
  });

  test('a bomb of padding ends, in little memory', async () => {
    const image = await makeImage('bomb');
    const archive = await rawTar(dockerMembers(image, 'a:1'));
    const zeros = Buffer.alloc(1024 * 1024);
    let given = 0;
    const source = Readable.from(
      (function* () {
        yield archive;
        for (; given < 100_000; given++) yield zeros;
      })(),
      { objectMode: false },
    );
    const { result } = await drain(loadInto(store, source));
    expect(result.images).toHaveLength(1);
    expect(given).toBeLessThan(40);
  });

  test('a gzip bomb in a description is stopped by its size', async () => {
    // 1 GiB of blanks in a table, 1 MiB on the way.
    const header = (await rawTar([{ name: 'manifest.json', size: 1024 ** 3, body: '' }])).subarray(0, 512);
    const packed = gzipSync(Buffer.concat([header, Buffer.alloc(64 * 1024 * 1024, ' ')]));
    const { stream } = await decompress(Readable.from([packed], { objectMode: false }));
    const error = await failureOf(drain(loadInto(store, stream)));
    expect(error).toMatchObject({ code: 'corrupt' });
    await expectUntouched(store);
  });

  test('more names than any archive has are not gathered for ever', { timeout: 120_000 }, async () => {
    const header = (await rawTar([{ name: 'link', type: 'symlink', linkname: 'x' }])).subarray(0, 512);
    const many = Buffer.concat(Array.from({ length: 2_000 }, () => header));
    const source = Readable.from(
      (function* () {
        for (let at = 0; at < 1_000; at++) yield many;
      })(),
      { objectMode: false },
    );
    const error = await failureOf(drain(loadInto(store, source)));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('more than 200000 members');
  });

  test('names that nobody could ever use are not gathered at all', async () => {
    const intake = new Intake(store, await store.hold());
    const long = 'n'.repeat(5000);
    const tar = pack();
    tar.entry({ name: `${long}.json` }, '{}');
    tar.entry({ name: 'far', type: 'symlink', linkname: long });
    tar.entry({ name: 'near.json' }, '{}');
    tar.finalize();
    const source = Readable.from([await buffer(tar as unknown as AsyncIterable<Buffer>)]);
    const said: string[] = [];
    for await (const event of intake.take(source)) if (event.type === 'line') said.push(event.text);
    expect(intake.has('near.json')).toBe(true);
    expect(intake.has(`${long}.json`)).toBe(false);
    expect(said).toHaveLength(2);
  });

  test('what is there already is held before it is relied on', async () => {
    const bytes = Buffer.from('{"left":"by another"}');
    const { digest } = await store.blobs.put(bytes);
    const hold = await store.hold();
    const add = async (...digests: string[]) => {
      await store.collect({ young: true });
      await hold.add(...digests);
    };
    await new Intake(store, { add, release: () => hold.release() }).put(bytes);
    expect(await store.blobs.size(digest)).toBe(bytes.length);
    await hold.release();
  });

  test('two tables of one name must say the same', async () => {
    const [one, two] = [await makeImage('one'), await makeImage('two')];
    const members = [...blobMembers(one, two), LAYOUT, indexMember(one.descriptor)];
    const error = await refused(await rawTar([...members, indexMember(two.descriptor)]));
    expect(error).toMatchObject({
      code: 'corrupt',
      message: 'the archive cannot be used: it holds two different index.json',
    });
    expect(await loadBytes(store, await rawTar([...members, indexMember(one.descriptor)]))).toMatchObject({
      images: [{ id: one.descriptor.digest }],
    });
  });

  test('members that are there twice are still checked by their digests', async () => {
    const image = await makeImage('twice');
    const members = dockerMembers(image, 'a:1');
    const false_ = { name: members[0]!.name, body: image.layers[1]! };
    expect(await refused(await rawTar([...members, false_]))).toMatchObject({ code: 'corrupt' });
    await loadBytes(store, await rawTar([false_, ...members]));
    expect(await blobsOf(store)).toHaveLength(4);
  });

  test('a manifest that is an index as well', async () => {
    const image = await makeImage('both');
    const both = Buffer.from(
      JSON.stringify({ ...(JSON.parse(image.manifest.toString()) as object), manifests: [image.descriptor] }),
    );
    const error = await refused(
      await rawTar([
        ...blobMembers({ ...image, manifest: both }),
        LAYOUT,
        indexMember(describeBlob(MANIFEST_TYPE, both)),
      ]),
    );
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('both a manifest and an index');
  });

  test('names and labels with control characters give no name, and no escape in a message', async () => {
    const image = await makeImage('escape');
    const { result, events } = await drain(
      loadInto(
        store,
        Readable.from([await rawTar(dockerMembers(image, '\u001b[2Jevil:1', 'UPPER:1', 'fine:1'))], {
          objectMode: false,
        }),
      ),
    );
    expect(result.images[0]!.references).toEqual(['fine:1']);
    expect(JSON.stringify(events)).not.toContain('\\u001b');
    const error = await failureOf(
      loadBytes(
        store,
        await rawTar([{ name: 'manifest.json', body: '[{"Config":"\\u001b]0;evil\\u0007"}]' }]),
      ),
    );
    expect(error.message).not.toMatch(/[\u0000-\u001f]/);
  });

  test('a config of schema 1 or another kind of blob is no layer', async () => {
    const image = await makeImage('types');
    const config = describeBlob(CONFIG_TYPE, image.config);
    const other = Buffer.from('neither a tar nor packed');
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config,
        layers: [describeBlob(LAYER_TYPE, other), describeBlob(LAYER_TYPE, other)],
      }),
    );
    const error = await refused(
      await rawTar([
        { name: `blobs/sha256/${hexOf(digestOf(other))}`, body: other },
        ...blobMembers({ ...image, layers: [], manifest }),
        LAYOUT,
        indexMember(describeBlob(MANIFEST_TYPE, manifest)),
      ]),
    );
    expect(error).toMatchObject({ code: 'corrupt' });
  });
});

describe('interruptions', () => {
  test('cancelled in the middle: nothing is left, and the source is given up', async () => {
    const image = await makeImage('abort', { bytes: 8_000_000 });
    const bytes = await rawTar([...blobMembers(image), LAYOUT, indexMember(image.descriptor)]);
    for (const share of [0, 0.1, 0.4, 0.6, 0.9]) {
      const ending = new AbortController();
      const source = Readable.from(
        (function* () {
          for (let at = 0; at < bytes.length; at += 65_536) {
            if (at >= bytes.length * share) ending.abort();
            yield bytes.subarray(at, at + 65_536);
          }
        })(),
        { objectMode: false },
      );
      const error = await failureOf(drain(loadInto(store, source, { signal: ending.signal })));
      expect(error.code).toBe('cancelled');
      expect(source.destroyed).toBe(true);
      await expectUntouched(store);
    }
  });

  test('a source that stands still can be given up', async () => {
    const image = await makeImage('stuck');
    const bytes = await rawTar([...blobMembers(image), LAYOUT, indexMember(image.descriptor)]);
    const source = new Readable({ read() {} });
    source.push(bytes.subarray(0, 1_500));
    const ending = new AbortController();
    const loading = failureOf(drain(loadInto(store, source, { signal: ending.signal })));
    setTimeout(() => ending.abort(), 50);
    expect(await loading).toMatchObject({ code: 'cancelled' });
    await expectUntouched(store);
  });

  test('whoever stops listening leaves nothing', async () => {
    const image = await makeImage('return', { bytes: 8_000_000 });
    const bytes = await rawTar([...blobMembers(image), LAYOUT, indexMember(image.descriptor)]);
    const source = Readable.from([bytes], { objectMode: false });
    const loading = loadInto(store, source);
    await loading.next();
    await loading.next();
    await loading.next();
    await loading.return(undefined as never);
    expect(source.destroyed).toBe(true);
    await expectUntouched(store);
  });

  test('a source that breaks is no end', async () => {
    const image = await makeImage('breaks', { bytes: 500_000 });
    const bytes = await rawTar([...blobMembers(image), LAYOUT, indexMember(image.descriptor)]);
    const source = Readable.from(
      (function* () {
        yield bytes.subarray(0, 300_000);
        throw new Error('the cable was pulled');
      })(),
      { objectMode: false },
    );
    expect(await failureOf(drain(loadInto(store, source)))).toMatchObject({
      message: 'the cable was pulled',
    });
    await expectUntouched(store);
  });

  test.skipIf(process.getuid?.() !== 0)('a full disk: nothing half-written remains', async () => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk]);
    try {
      const small = await newStore(disk);
      const image = await makeImage('full', { bytes: 4_000_000 });
      const members = [...blobMembers(image), LAYOUT, indexMember(image.descriptor)];
      for (const archive of [members, dockerMembers(image, 'a:1')]) {
        const error = await failureOf(loadBytes(small, await rawTar(archive)));
        expect(error).toMatchObject({ code: 'no-space' });
        await expectUntouched(small);
      }
      const fits = await makeImage('fits', { bytes: 400_000 });
      await loadBytes(small, await rawTar(dockerMembers(fits, 'a:1')));
      expect(await blobsOf(small)).toHaveLength(4);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
