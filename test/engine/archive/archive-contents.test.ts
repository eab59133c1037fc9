/** Looking into archives where they lie: every layout and packing there is, and what only looks like one. */
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { archiveContents } from '../../../src/engine/archive/contents.ts';
import type { ContentSource } from '../../../src/engine/layers/contents.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import { readContents, wholeContents } from '../../../src/engine/layers/read-contents.ts';
import { digestOf, hexOf } from '../../../src/engine/oci/digest.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';
import {
  blobMembers,
  describeBlob,
  dockerMembers,
  failureOf,
  indexMember,
  LAYOUT,
  type MadeImage,
  makeImage,
  type RawMember,
  rawTar,
} from './archive-tools.ts';

const folder = scratchFolder();
let count = 0;

afterAll(async () => {
  await removeScratch(folder);
});

const NAME = 'org.opencontainers.image.ref.name';
const one = await makeImage('one', { layers: 3 });
const two = await makeImage('two', { layers: 1 });

async function written(bytes: Buffer, name = `archive-${count++}.tar`): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function archive(...members: RawMember[]): Promise<string> {
  return await written(await rawTar(members));
}

/** What is in it, by layer, with the digest of each content. */
async function told(source: ContentSource): Promise<string[][]> {
  const { image, indexes } = await wholeContents(source, { digests: true });
  expect(indexes.length).toBe(image.layers.length);
  return indexes.map((index) =>
    Array.from({ length: index.count - 1 }, (_, at) => {
      const entry = at + 1;
      return `${index.path(entry)} ${Buffer.from(index.digest(entry) ?? []).toString('hex')}`;
    }),
  );
}

/** The same, of images that `makeImage` has made. */
function expected(salt: string, layers: number): string[][] {
  return Array.from({ length: layers }, (_, at) => {
    const content = Buffer.alloc(1_000, `${salt}.${at}`);
    return [`file-${at} ${hexOf(digestOf(content))}`];
  });
}

/** An OCI image whose layers are packed in this way. */
function packed(image: MadeImage, kind: 'gzip' | 'zstd'): MadeImage {
  const layers = image.layers.map((layer) => (kind === 'gzip' ? gzipSync(layer) : zstdCompressSync(layer)));
  const type = `application/vnd.oci.image.layer.v1.tar+${kind}`;
  const parsed = JSON.parse(image.manifest.toString()) as object;
  const manifest = Buffer.from(
    JSON.stringify({ ...parsed, layers: layers.map((layer) => describeBlob(type, layer)) }),
  );
  return { ...image, layers, manifest, descriptor: describeBlob(image.descriptor.mediaType, manifest) };
}

const LAYOUTS: Readonly<Record<string, () => RawMember[] | Promise<RawMember[]>>> = {
  'docker before 25': () => dockerMembers(one, 'app:1'),
  'docker before 25, layers that are links': () => {
    const members = dockerMembers(one, 'app:1');
    const [first, ...rest] = members;
    // A layer that two images share stands there once; the other place leads to it.
    return [
      { ...first!, name: 'f/layer.tar' },
      { name: first!.name, type: 'symlink', linkname: '../f/layer.tar' },
      ...rest,
    ];
  },
  podman: () => {
    const paths = one.layers.map((layer) => `${hexOf(digestOf(layer))}.tar`);
    const Config = `${hexOf(digestOf(one.config))}.json`;
    const list = [{ Config, RepoTags: ['localhost/app:1'], Layers: paths }];
    return [
      ...one.layers.flatMap((body, at): RawMember[] => [
        { name: paths[at]!, body },
        { name: `${at}/layer.tar`, type: 'symlink', linkname: `../${paths[at]}` },
      ]),
      { name: Config, body: one.config },
      { name: 'manifest.json', body: JSON.stringify(list) },
    ];
  },
  'docker from 25 on': () => {
    const blob = (bytes: Buffer) => `blobs/sha256/${hexOf(digestOf(bytes))}`;
    const list = [{ Config: blob(one.config), RepoTags: ['app:1'], Layers: one.layers.map(blob) }];
    return [
      ...blobMembers(one),
      indexMember(one.descriptor),
      { name: 'manifest.json', body: JSON.stringify(list) },
      LAYOUT,
    ];
  },
  'an OCI layout, gzip': () => {
    const image = packed(one, 'gzip');
    return [
      LAYOUT,
      indexMember({ ...image.descriptor, annotations: { [NAME]: 'app:1' } }),
      ...blobMembers(image),
    ];
  },
  'an OCI layout, zstd': () => {
    const image = packed(one, 'zstd');
    return [...blobMembers(image), LAYOUT, indexMember(image.descriptor)];
  },
};

describe('an archive that is looked into', () => {
  for (const [name, members] of Object.entries(LAYOUTS)) {
    it(`as ${name}, plain and packed`, async () => {
      const plain = await rawTar(await members());
      for (const bytes of [plain, gzipSync(plain), zstdCompressSync(plain)]) {
        const source = archiveContents(await written(bytes));
        expect(await told(source)).toEqual(expected('one', 3));
        const image = await source.describe();
        expect(image.layers.map(({ createdBy, step }) => `${step} ${createdBy}`)).toEqual([
          '1 step 0',
          '2 step 1',
          '3 step 2',
        ]);
        expect(image.layers.map(({ diffId }) => diffId)).toEqual(one.layers.map((layer) => digestOf(layer)));
        expect(image.platform).toBe('linux/amd64');
        expect(image.config.labels).toEqual({ salt: 'one' });
      }
    });
  }

  it('packed by other programs', async () => {
    const path = await archive(...dockerMembers(one, 'app:1'));
    execFileSync('xz', ['-k', path]);
    expect(await told(archiveContents(`${path}.xz`))).toEqual(expected('one', 3));
  });

  it('gives only the layers that are asked for', async () => {
    const plain = await rawTar(dockerMembers(one, 'app:1'));
    for (const bytes of [plain, gzipSync(plain)]) {
      const given: (number | undefined)[] = [];
      const tars = archiveContents(await written(bytes)).tars(new Set([2, 1]));
      for await (const tar of tars) given.push(tar.layer);
      expect(given).toEqual([1, 2]);
    }
  });

  it('with several images gives the one that is named, or says which there are', async () => {
    const config = (image: MadeImage) => ({ name: hexOf(digestOf(image.config)), body: image.config });
    const list = [one, two].map((image, at) => ({
      Config: config(image).name,
      RepoTags: [`app:${at + 1}`],
      Layers: image.layers.map((_, layer) => `${at}-${layer}.tar`),
    }));
    const path = await archive(
      ...[one, two].flatMap((image, at) =>
        image.layers.map((body, layer) => ({ name: `${at}-${layer}.tar`, body })),
      ),
      config(one),
      config(two),
      { name: 'manifest.json', body: JSON.stringify(list) },
    );
    expect(await told(archiveContents(path, 'app:2'))).toEqual(expected('two', 1));
    expect(await told(archiveContents(path, 'docker.io/library/app:1'))).toEqual(expected('one', 3));
    expect(await told(archiveContents(path, digestOf(two.config).slice(7, 19)))).toEqual(expected('two', 1));
    const unsaid = await failureOf(archiveContents(path).describe());
    expect(unsaid).toMatchObject({ code: 'bad-input' });
    expect(`${unsaid.message} ${unsaid.hint}`).toMatch(/holds 2 images.*app:1, app:2/);
    expect(await failureOf(archiveContents(path, 'app:3').describe())).toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('app:1, app:2'),
    });
  });

  it('with several platforms gives the one that is asked for', async () => {
    const arm = await makeImage('arm', { architecture: 'arm64', layers: 2 });
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [
          { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64' } },
          { ...two.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
        ],
      }),
    );
    const root = describeBlob('application/vnd.oci.image.index.v1+json', index);
    const path = await archive(
      ...blobMembers(arm, two),
      { name: `blobs/sha256/${hexOf(root.digest)}`, body: index },
      indexMember(root),
    );
    const amd64 = { platform: 'linux/amd64' };
    expect(await told(archiveContents(path, undefined, amd64))).toEqual(expected('two', 1));
    expect(await told(archiveContents(path, undefined, { platform: 'arm64' }))).toEqual(expected('arm', 2));
    const source = archiveContents(path, undefined, { platform: 's390x' });
    expect(await failureOf(source.describe())).toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining('linux/arm64'),
    });
  });

  it('is told once, and never taken for what it claims to be', async () => {
    const cache = createLayerIndexCache(join(folder, 'cache'));
    const liar = await tarOf([{ name: 'not-what-it-says', content: 'x' }]);
    // The config names the layers of `one`.
    const path = await archive(
      ...dockerMembers({ ...one, layers: [liar, one.layers[1]!, one.layers[2]!] }, 'app:1'),
    );
    const first = await wholeContents(archiveContents(path), { cache });
    expect(first.indexes[0]!.path(1).toString()).toBe('not-what-it-says');
    expect(await cache.has(digestOf(one.layers[0]!))).toBe(false);
    const events: string[] = [];
    const source = archiveContents(path);
    const reading = readContents({ ...source, tars: () => expect.fail('nothing had to be read') }, { cache });
    for await (const { type } of reading) events.push(type);
    expect(events).toEqual(['described', 'layer', 'layer', 'layer']);
    // The same archive with other bytes is another one.
    await appendFile(path, Buffer.alloc(512));
    expect((await wholeContents(archiveContents(path))).indexes[0]!.count).toBe(2);
  });

  it('says what is wrong with it', async () => {
    const whole = await rawTar(dockerMembers(one, 'app:1'));
    const without = (name: RegExp) => dockerMembers(one, 'app:1').filter((member) => !name.test(member.name));
    const failures: readonly (readonly [bytes: Buffer, code: string, says: RegExp])[] = [
      [Buffer.from('no tar at all, and not even a whole block'.repeat(40)), 'bad-input', /no tar/],
      [Buffer.alloc(0), 'bad-input', /no manifest.json/],
      [await tarOf([{ name: 'etc/passwd', content: 'root' }]), 'bad-input', /no manifest.json/],
      [whole.subarray(0, 2_000), 'corrupt', /ends in the middle/],
      [gzipSync(whole).subarray(0, 300), 'corrupt', /ends in the middle/],
      [await rawTar(without(/^1+\//)), 'corrupt', /the layer 1+.* is not in it/],
      [await rawTar(without(/^[0-9a-f]{64}\.json$/)), 'corrupt', /names the config/],
      [await rawTar([{ name: 'manifest.json', body: '[' }]), 'corrupt', /not JSON/],
      [await rawTar([{ name: 'manifest.json', body: '[]' }]), 'bad-input', /lists no images/],
      [await rawTar([{ name: 'repositories', body: '{}' }]), 'unsupported', /before 1.10/],
      [
        await rawTar([...dockerMembers(one, 'app:1'), { name: 'manifest.json', body: '[{}]' }]),
        'corrupt',
        /two different manifest.json/,
      ],
    ];
    for (const [bytes, code, says] of failures) {
      const fault = await failureOf(archiveContents(await written(bytes)).describe());
      expect(`${fault.code} ${fault.message}`).toMatch(says);
      expect(fault.code, fault.message).toBe(code);
      expect(fault.hint).not.toBe('');
    }
    expect(await failureOf(archiveContents(join(folder, 'none.tar')).describe())).toMatchObject({
      code: 'not-found',
    });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await failureOf(archiveContents(join(folder, 'pipe')).describe())).toMatchObject({
      code: 'bad-input',
    });
    await mkdir(join(folder, 'a-folder'));
    expect(await failureOf(archiveContents(join(folder, 'a-folder')).describe())).toMatchObject({
      code: 'bad-input',
    });
  });

  it('is not read on after it was changed, and ends when it is told to', async () => {
    const path = await archive(...dockerMembers(one, 'app:1'));
    const source = archiveContents(path);
    await source.describe();
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.alloc(512)]));
    expect(await failureOf(source.tars(new Set([0])).next())).toMatchObject({ code: 'corrupt' });
    const signal = AbortSignal.abort();
    expect(await failureOf(wholeContents(archiveContents(path), { signal }))).toMatchObject({
      code: 'cancelled',
    });
  });
});
