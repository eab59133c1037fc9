/** Archives of every kind are read, in one pass, into a store that other tools can read. */
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { decompress } from '../../../src/engine/archive/compression.ts';
import { loadInto } from '../../../src/engine/embedded/load.ts';
import type { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf, hexOf } from '../../../src/engine/oci/digest.ts';
import type { TransferPart } from '../../../src/engine/transfer.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import {
  blobMembers,
  blobsOf,
  CONFIG_TYPE,
  describeBlob,
  dockerMembers,
  drain,
  failureOf,
  INDEX_TYPE,
  indexMember,
  LAYER_TYPE,
  LAYOUT,
  loadBytes,
  MANIFEST_TYPE,
  type MadeImage,
  makeImage,
  newStore,
  type RawMember,
  rawTar,
} from './archive-tools.ts';

const folder = scratchFolder();
let count = 0;
let store: Store;

beforeEach(async () => {
  store = await newStore(folder, `store-${++count}`);
});

afterAll(() => removeScratch(folder));

const CONTAINERD_NAME = 'io.containerd.image.name';
const REF_NAME = 'org.opencontainers.image.ref.name';

async function configOf(id: string): Promise<{ digest: string; layers: string[] }> {
  const manifest = await store.readManifest({ digest: id, mediaType: MANIFEST_TYPE });
  if (manifest.kind !== 'manifest') throw new Error('an index');
  return { digest: manifest.config.digest, layers: manifest.layers.map((layer) => layer.digest) };
}

describe('docker archives', () => {
  test('the table last, the layers as they come', async () => {
    const image = await makeImage('plain');
    const { images } = await loadBytes(
      store,
      await rawTar(dockerMembers(image, 'acme/app:1', 'docker.io/library/b:2')),
    );
    expect(images).toEqual([{ id: expect.any(String), references: ['acme/app:1', 'b:2'] }]);
    const id = images[0]!.id;
    expect(await configOf(id)).toEqual({
      digest: digestOf(image.config),
      layers: image.layers.map((layer) => digestOf(layer)),
    });
    expect(await store.roots()).toMatchObject([{ id, references: ['acme/app:1', 'b:2'] }]);
    expect(await blobsOf(store)).toHaveLength(4);
  });

  test('the table first', async () => {
    const image = await makeImage('first');
    const members = dockerMembers(image, 'a:1').toReversed();
    expect((await loadBytes(store, await rawTar(members))).images).toHaveLength(1);
  });

  test('layers that are links, as Podman and Docker write what they share', async () => {
    const image = await makeImage('links');
    const Config = 'c.json';
    const { images } = await loadBytes(
      store,
      await rawTar([
        { name: './aaa.tar', body: image.layers[0]! },
        { name: '1/layer.tar', type: 'symlink', linkname: '../aaa.tar' },
        { name: 'bbb.tar', body: image.layers[1]! },
        { name: '2/layer.tar', type: 'link', linkname: 'bbb.tar' },
        { name: Config, body: image.config },
        {
          name: 'manifest.json',
          body: JSON.stringify([{ Config, RepoTags: null, Layers: ['1/layer.tar', '2/layer.tar'] }]),
        },
      ]),
    );
    expect((await configOf(images[0]!.id)).layers).toEqual(image.layers.map((layer) => digestOf(layer)));
    expect(images[0]!.references).toEqual([]);
    expect(await store.roots()).toMatchObject([{ references: [] }]);
  });

  test('packed layers, and a config with a digest for a name, as crane and kaniko write them', async () => {
    const image = await makeImage('crane');
    const [one, two] = [gzipSync(image.layers[0]!), zstdCompressSync(image.layers[1]!)];
    const Config = digestOf(image.config);
    const { images } = await loadBytes(
      store,
      await rawTar([
        { name: Config, body: image.config },
        { name: '1.tar.gz', body: one },
        { name: '2.tar.zst', body: two },
        {
          name: 'manifest.json',
          body: JSON.stringify([{ Config, RepoTags: ['a:1'], Layers: ['1.tar.gz', '2.tar.zst'] }]),
        },
      ]),
    );
    const manifest = await store.readManifest({ digest: images[0]!.id, mediaType: MANIFEST_TYPE });
    expect(manifest).toMatchObject({
      config: { digest: Config },
      layers: [
        describeBlob('application/vnd.oci.image.layer.v1.tar+gzip', one),
        describeBlob('application/vnd.oci.image.layer.v1.tar+zstd', two),
      ],
    });
  });

  test('layers larger than what is kept in memory', async () => {
    const image = await makeImage('large', { bytes: 3_000_000 });
    const { result, events } = await drain(
      loadInto(store, Readable.from([await rawTar(dockerMembers(image, 'a:1'))], { objectMode: false })),
    );
    expect(await configOf(result.images[0]!.id)).toMatchObject({
      layers: image.layers.map((layer) => digestOf(layer)),
    });
    const parts = events.filter((event): event is TransferPart => event.type === 'part');
    expect(parts[0]).toMatchObject({ id: 'archive', stage: 'reading' });
    expect(parts.at(-1)).toMatchObject({ id: 'archive', stage: 'done' });
    expect(parts.filter(({ id, stage }) => id !== 'archive' && stage === 'done').map(({ id }) => id)).toEqual(
      ['0'.repeat(12), '1'.repeat(12)],
    );
    for (const { done, total } of parts) expect(done).toBeLessThanOrEqual(total ?? Number.POSITIVE_INFINITY);
  });

  test('a layer packed as no image can have it is refused with a way out', async () => {
    const image = await makeImage('bz2', { layers: 1 });
    const body = Buffer.concat([Buffer.from('BZh91AY&SY'), Buffer.alloc(600)]);
    const members: RawMember[] = dockerMembers(image, 'a:1').map((member, at) =>
      at === 0 ? { ...member, body } : member,
    );
    const error = await failureOf(loadBytes(store, await rawTar(members)));
    expect(error).toMatchObject({ code: 'unsupported' });
    expect(error.message).toContain('packed with bzip2');
    expect(await blobsOf(store)).toEqual([]);
  });

  test('several images that share layers: each blob once', async () => {
    const base = await makeImage('shared', { layers: 1 });
    const config = Buffer.from(
      JSON.stringify({ ...(JSON.parse(base.config.toString()) as object), author: 'somebody' }),
    );
    const layer = `${'a'.repeat(64)}/layer.tar`;
    const table = [
      { Config: 'one.json', RepoTags: ['one:1'], Layers: [layer] },
      { Config: 'two.json', RepoTags: ['two:1'], Layers: [layer] },
    ];
    const { images } = await loadBytes(
      store,
      await rawTar([
        { name: layer, body: base.layers[0]! },
        { name: 'one.json', body: base.config },
        { name: 'two.json', body: config },
        { name: 'manifest.json', body: JSON.stringify(table) },
      ]),
    );
    expect(images.map(({ references }) => references)).toEqual([['one:1'], ['two:1']]);
    expect(await blobsOf(store)).toHaveLength(5);
  });
});

describe('archives of OCI layouts', () => {
  const named = (image: MadeImage, annotations: Record<string, string>) => ({
    ...image.descriptor,
    annotations,
  });

  test('names as containerd and skopeo write them', async () => {
    const image = await makeImage('names');
    const { images } = await loadBytes(
      store,
      await rawTar([
        ...blobMembers(image),
        LAYOUT,
        indexMember(
          named(image, { [CONTAINERD_NAME]: 'docker.io/library/app:1', [REF_NAME]: '1' }),
          named(image, { [REF_NAME]: 'registry.example:5000/team/app:2' }),
        ),
      ]),
    );
    expect(images).toEqual([
      { id: image.descriptor.digest, references: ['app:1', 'registry.example:5000/team/app:2'] },
    ]);
    expect(await store.roots()).toMatchObject([
      { id: image.descriptor.digest, references: images[0]!.references },
    ]);
  });

  test('a bare tag names nothing, and that is said', async () => {
    const image = await makeImage('bare');
    const { result, events } = await drain(
      loadInto(
        store,
        Readable.from(
          [
            await rawTar([
              ...blobMembers(image),
              LAYOUT,
              indexMember(named(image, { [REF_NAME]: 'latest' })),
            ]),
          ],
          {
            objectMode: false,
          },
        ),
      ),
    );
    expect(result.images).toEqual([{ id: image.descriptor.digest, references: [] }]);
    expect(events).toContainEqual(expect.objectContaining({ type: 'line', topic: 'warning' }));
    expect(await store.roots()).toMatchObject([{ references: [] }]);
  });

  test('the names of the docker part count too, where an archive has both', async () => {
    const image = await makeImage('both');
    const path = (bytes: Buffer) => `blobs/sha256/${hexOf(digestOf(bytes))}`;
    const table = [
      { Config: path(image.config), RepoTags: ['app:1', 'app:2'], Layers: image.layers.map(path) },
    ];
    const { images } = await loadBytes(
      store,
      await rawTar([
        ...blobMembers(image),
        indexMember(named(image, { [CONTAINERD_NAME]: 'docker.io/library/app:1', [REF_NAME]: '1' })),
        { name: 'manifest.json', body: JSON.stringify(table) },
        LAYOUT,
      ]),
    );
    expect(images).toEqual([{ id: image.descriptor.digest, references: ['app:1', 'app:2'] }]);
    expect(await blobsOf(store)).toHaveLength(4);
  });

  async function multiPlatform() {
    const [amd, arm] = [
      await makeImage('multi', { architecture: 'amd64' }),
      await makeImage('other', { architecture: 'arm64' }),
    ];
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: INDEX_TYPE,
        manifests: [
          { ...amd.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
          { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64' } },
        ],
      }),
    );
    const member = { name: `blobs/sha256/${hexOf(digestOf(index))}`, body: index };
    const root = {
      ...describeBlob(INDEX_TYPE, index),
      annotations: { [CONTAINERD_NAME]: 'docker.io/library/m:1' },
    };
    return { amd, arm, member, root };
  }

  test('an image of several platforms is kept whole', async () => {
    const { amd, arm, member, root } = await multiPlatform();
    const { images } = await loadBytes(
      store,
      await rawTar([...blobMembers(amd, arm), member, LAYOUT, indexMember(root)]),
    );
    expect(images).toEqual([{ id: root.digest, references: ['m:1'] }]);
    expect(await blobsOf(store)).toHaveLength(9);
  });

  test.each([
    ['nothing of the other platform', 0],
    ['a layer of the other platform', 1],
    ['all but its manifest', 3],
  ])('a sparse one is taken, with %s', async (_, there) => {
    const { amd, arm, member, root } = await multiPlatform();
    const { images } = await loadBytes(
      store,
      await rawTar([
        ...blobMembers(amd),
        ...blobMembers(arm).slice(0, there),
        member,
        LAYOUT,
        indexMember(root),
      ]),
    );
    expect(images).toEqual([{ id: root.digest, references: ['m:1'] }]);
    // What cannot be used is not kept: the index, and what amd64 needs.
    expect(await blobsOf(store)).toHaveLength(5);
  });

  test('one with a manifest whose layers are missing keeps what is whole only', async () => {
    const { amd, arm, member, root } = await multiPlatform();
    await loadBytes(
      store,
      await rawTar([...blobMembers(amd), ...blobMembers(arm).slice(2), member, LAYOUT, indexMember(root)]),
    );
    expect(await store.roots()).toMatchObject([{ id: root.digest }]);
    expect(await blobsOf(store)).toHaveLength(5);
  });

  test('one of which no platform is there is refused', async () => {
    const { member, root } = await multiPlatform();
    const error = await failureOf(loadBytes(store, await rawTar([member, LAYOUT, indexMember(root)])));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain('no platform of the index');
    expect(await blobsOf(store)).toEqual([]);
  });

  test('what the store has already may be left out', async () => {
    const image = await makeImage('known');
    await loadBytes(
      store,
      await rawTar([...blobMembers(image), LAYOUT, indexMember(named(image, { [REF_NAME]: 'a:1' }))]),
    );
    const { events } = await drain(
      loadInto(
        store,
        Readable.from(
          [
            await rawTar([
              ...blobMembers(image).slice(1),
              LAYOUT,
              indexMember(named(image, { [REF_NAME]: 'b:1' })),
            ]),
          ],
          { objectMode: false },
        ),
      ),
    );
    expect(events.filter((event) => event.type === 'part' && event.stage === 'present')).toHaveLength(3);
    expect(await store.roots()).toMatchObject([{ references: ['a:1', 'b:1'] }]);
  });

  test.each([
    ['goes on', false],
    ['starts again, the next time, where it was wrong', true],
  ])('the beginning of a blob that an earlier try left: it %s', async (_, wrong) => {
    const image = await makeImage('resumed', { bytes: 2_000_000 });
    const layer = image.layers[0]!;
    const { digest, size } = describeBlob(LAYER_TYPE, layer);
    const writer = await store.blobs.create({ digest, size });
    await writer!.write(wrong ? Buffer.alloc(1_000_000, 7) : layer.subarray(0, 1_000_000));
    await writer!.abort({ keep: true });
    const bytes = await rawTar([...blobMembers(image), LAYOUT, indexMember(image.descriptor)]);
    if (wrong)
      expect(await failureOf(loadBytes(store, bytes))).toMatchObject({ code: 'corrupt', retryable: true });
    await loadBytes(store, bytes);
    expect((await store.blobs.read(digest, size)).equals(layer)).toBe(true);
  });

  test('an artifact that is no image keeps its blobs', async () => {
    const config = Buffer.from('{}');
    const blob = Buffer.from('a chart');
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: describeBlob('application/vnd.example.config+json', config),
        layers: [describeBlob('application/vnd.example.chart', blob)],
      }),
    );
    const image = { manifest, config, layers: [blob], descriptor: describeBlob(MANIFEST_TYPE, manifest) };
    const { images } = await loadBytes(
      store,
      await rawTar([...blobMembers(image), LAYOUT, indexMember(image.descriptor)]),
    );
    expect(images).toEqual([{ id: image.descriptor.digest, references: [] }]);
    expect(await blobsOf(store)).toHaveLength(3);
  });

  test('media types of Docker stay, so that digests do', async () => {
    const image = await makeImage('schema2');
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        config: describeBlob('application/vnd.docker.container.image.v1+json', image.config),
        layers: image.layers.map((layer) =>
          describeBlob('application/vnd.docker.image.rootfs.diff.tar', layer),
        ),
      }),
    );
    const descriptor = describeBlob('application/vnd.docker.distribution.manifest.v2+json', manifest);
    const { images } = await loadBytes(
      store,
      await rawTar([...blobMembers({ ...image, manifest }), LAYOUT, indexMember(descriptor)]),
    );
    expect(images[0]!.id).toBe(digestOf(manifest));
    expect(await store.roots()).toMatchObject([{ descriptor: { mediaType: descriptor.mediaType } }]);
  });
});

describe('names', () => {
  test('a name that moves leaves its image dangling', async () => {
    const [old, fresh] = [await makeImage('old'), await makeImage('new')];
    const first = await loadBytes(store, await rawTar(dockerMembers(old, 'app:1')));
    const { result, events } = await drain(
      loadInto(store, Readable.from([await rawTar(dockerMembers(fresh, 'app:1'))], { objectMode: false })),
    );
    expect(await store.roots()).toMatchObject([
      { id: first.images[0]!.id, references: [] },
      { id: result.images[0]!.id, references: ['app:1'] },
    ]);
    const lines = events.flatMap((event) => (event.type === 'line' ? [event.text] : []));
    expect(lines).toContain(`app:1 was the name of ${first.images[0]!.id.slice(7, 19)} until now`);
  });

  test('loading the same again changes nothing', async () => {
    const bytes = await rawTar(dockerMembers(await makeImage('again'), 'app:1'));
    const first = await loadBytes(store, bytes);
    const before = [await blobsOf(store), await store.roots()];
    expect(await loadBytes(store, bytes)).toEqual(first);
    expect([await blobsOf(store), await store.roots()]).toEqual(before);
  });

  test('an image without a name does not lose the names it has', async () => {
    const image = await makeImage('kept');
    await loadBytes(store, await rawTar(dockerMembers(image, 'app:1')));
    await loadBytes(store, await rawTar(dockerMembers(image)));
    expect(await store.roots()).toMatchObject([{ references: ['app:1'] }]);
  });
});

test.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)('an archive packed with %s', async (kind, pack) => {
  const image = await makeImage(kind);
  const packed = pack(await rawTar(dockerMembers(image, 'app:1')));
  const { stream, compression } = await decompress(Readable.from([packed], { objectMode: false }));
  expect(compression).toBe(kind);
  expect((await drain(loadInto(store, stream))).result.images).toHaveLength(1);
});

describe('archives from before Docker 1.10', () => {
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(64));

  async function v1(changes: Partial<Record<string, unknown>> = {}): Promise<RawMember[]> {
    const image = await makeImage('v1', { layers: 3 });
    const links = ids.map((id, at) => ({
      id,
      ...(at > 0 && { parent: ids[at - 1] }),
      created: `2015-01-0${at + 1}T00:00:00Z`,
      container_config: { Cmd: ['/bin/sh', '-c', `#(nop) step <${at}> & more`] },
      docker_version: '1.7.1',
      architecture: 'amd64',
      os: 'linux',
      Size: 7,
      ...(at === 2 && { config: { Cmd: ['run'], Env: ['A=1'] }, author: 'me', comment: 'top' }),
    }));
    return [
      ...links.flatMap((json, at) => [
        { name: `${ids[at]}/VERSION`, body: '1.0' },
        { name: `${ids[at]}/json`, body: JSON.stringify({ ...json, ...(at === 0 && changes) }) },
        { name: `${ids[at]}/layer.tar`, body: image.layers[at]! },
      ]),
      { name: 'repositories', body: JSON.stringify({ 'old/app': { '1': ids[2], '2': ids[1] } }) },
    ];
  }

  test('a chain of layers becomes an image with a config', async () => {
    const { images } = await loadBytes(store, await rawTar(await v1()));
    expect(images.map(({ references }) => references)).toEqual([['old/app:1'], ['old/app:2']]);
    const { digest, layers } = await configOf(images[0]!.id);
    expect(layers).toHaveLength(3);
    expect(JSON.parse((await store.blobs.read(digest)).toString())).toEqual({
      architecture: 'amd64',
      author: 'me',
      comment: 'top',
      config: { Cmd: ['run'], Env: ['A=1'] },
      container_config: { Cmd: ['/bin/sh', '-c', '#(nop) step <2> & more'] },
      created: '2015-01-03T00:00:00Z',
      docker_version: '1.7.1',
      history: [
        { created: '2015-01-01T00:00:00Z', created_by: '/bin/sh -c #(nop) step <0> & more' },
        { created: '2015-01-02T00:00:00Z', created_by: '/bin/sh -c #(nop) step <1> & more' },
        {
          created: '2015-01-03T00:00:00Z',
          author: 'me',
          created_by: '/bin/sh -c #(nop) step <2> & more',
          comment: 'top',
        },
      ],
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: layers },
    });
  });

  test.each([
    ['without an end', { parent: ids[2] }],
    ['that leads to what is not there', { parent: 'd'.repeat(64) }],
    ['that leads out of the archive', { parent: '../../../etc' }],
  ])('a chain %s', async (_, changes) => {
    expect(await failureOf(loadBytes(store, await rawTar(await v1(changes))))).toMatchObject({
      code: 'corrupt',
    });
    expect(await blobsOf(store)).toEqual([]);
  });
});

test('a config is the same to the byte, whatever is in it', async () => {
  const image = await makeImage('bytes', { layers: 1 });
  const config = Buffer.from(`  ${image.config.toString().replace('"salt"', '"s\\u0061lt"')}\n`);
  const { images } = await loadBytes(store, await rawTar(dockerMembers({ ...image, config }, 'a:1')));
  expect((await configOf(images[0]!.id)).digest).toBe(digestOf(config));
  expect(await store.readManifest({ digest: images[0]!.id, mediaType: MANIFEST_TYPE })).toMatchObject({
    config: describeBlob(CONFIG_TYPE, config),
    layers: [describeBlob(LAYER_TYPE, image.layers[0]!)],
  });
});
