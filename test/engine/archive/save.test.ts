/** What is saved is an OCI layout and a Docker archive at once, and the same every time. */
import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { saveFrom } from '../../../src/engine/embedded/save.ts';
import type { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf, hexOf } from '../../../src/engine/oci/digest.ts';
import type { SaveOptions, TransferPart } from '../../../src/engine/transfer.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { ensureSkopeo, identify, skopeo } from '../../support/skopeo.ts';
import {
  blobMembers,
  describeBlob,
  dockerMembers,
  drain,
  failureOf,
  INDEX_TYPE,
  indexMember,
  LAYOUT,
  loadBytes,
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

const CONTAINERD_NAME = 'io.containerd.image.name';
const REF_NAME = 'org.opencontainers.image.ref.name';

async function save(images: readonly string[], options?: SaveOptions): Promise<Buffer> {
  const sink = new PassThrough();
  const [bytes, { result }] = await Promise.all([
    buffer(sink),
    drain(saveFrom(store, images, sink, options)),
  ]);
  expect(result.bytes).toBe(bytes.length);
  return bytes;
}

async function membersOf(tar: Buffer): Promise<Map<string, Buffer>> {
  const members = new Map<string, Buffer>();
  const parser = extract();
  parser.end(tar);
  for await (const entry of parser) {
    expect(members.has(entry.header.name)).toBe(false);
    members.set(entry.header.name, await buffer(entry as unknown as Readable));
  }
  return members;
}

const json = (bytes: Buffer | undefined) => JSON.parse(bytes!.toString()) as Record<string, unknown>;

async function twoPlatforms() {
  const amd = await makeImage('saved-amd', { architecture: 'amd64' });
  const arm = await makeImage('saved-arm', { architecture: 'arm64' });
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX_TYPE,
      manifests: [
        { ...arm.descriptor, platform: { os: 'linux', architecture: 'arm64' } },
        { ...amd.descriptor, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    }),
  );
  const root = {
    ...describeBlob(INDEX_TYPE, index),
    annotations: { [CONTAINERD_NAME]: 'docker.io/library/multi:1' },
  };
  const members = [
    { name: `blobs/sha256/${hexOf(digestOf(index))}`, body: index },
    LAYOUT,
    indexMember(root),
  ];
  return { amd, arm, root, members };
}

describe('the archive', () => {
  test('has both tables, and every blob once', async () => {
    const image = await makeImage('tables');
    const { images } = await loadBytes(
      store,
      await rawTar(dockerMembers(image, 'app:1', 'registry.example:5000/x/y:2')),
    );
    const members = await membersOf(await save(['app:1', 'registry.example:5000/x/y:2', 'app:1']));
    const path = (digest: string) => `blobs/sha256/${hexOf(digest)}`;
    const [id] = images.map((one) => one.id);
    const layers = image.layers.map((layer) => digestOf(layer));
    expect([...members.keys()]).toEqual([
      'oci-layout',
      'index.json',
      'manifest.json',
      'blobs/',
      'blobs/sha256/',
      path(id!),
      path(digestOf(image.config)),
      ...layers.map(path),
    ]);
    expect(json(members.get('oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(json(members.get('index.json'))).toMatchObject({
      schemaVersion: 2,
      mediaType: INDEX_TYPE,
      manifests: [
        { digest: id, annotations: { [CONTAINERD_NAME]: 'docker.io/library/app:1', [REF_NAME]: '1' } },
        { digest: id, annotations: { [CONTAINERD_NAME]: 'registry.example:5000/x/y:2', [REF_NAME]: '2' } },
      ],
    });
    expect(json(members.get('manifest.json'))).toEqual([
      {
        Config: path(digestOf(image.config)),
        RepoTags: ['docker.io/library/app:1', 'registry.example:5000/x/y:2'],
        Layers: layers.map(path),
        LayerSources: Object.fromEntries(
          image.layers.map((layer) => [
            digestOf(layer),
            describeBlob('application/vnd.oci.image.layer.v1.tar', layer),
          ]),
        ),
      },
    ]);
    expect(members.get(path(layers[0]!))).toEqual(image.layers[0]);
  });

  test('is the same to the byte each time, and after another way through a store', async () => {
    await loadBytes(store, await rawTar(dockerMembers(await makeImage('same'), 'app:1')));
    const first = await save(['app:1']);
    expect(await save(['app:1'])).toEqual(first);
    store = await newStore(folder, `store-${++count}`);
    await loadBytes(store, first);
    expect(await save(['app:1'])).toEqual(first);
  });

  test('gives an image that was asked for by its id no name', async () => {
    const { images } = await loadBytes(store, await rawTar(dockerMembers(await makeImage('id'), 'app:1')));
    const members = await membersOf(await save([images[0]!.id.slice(0, 19)]));
    expect(json(members.get('manifest.json'))).toMatchObject([{ RepoTags: null }]);
    expect(json(members.get('index.json'))['manifests']).toEqual([
      expect.not.objectContaining({ annotations: expect.anything() }),
    ]);
  });

  test('never gives two images one word to pick them by', async () => {
    await loadBytes(store, await rawTar(dockerMembers(await makeImage('word-1'), 'one:latest')));
    await loadBytes(store, await rawTar(dockerMembers(await makeImage('word-2'), 'two:latest')));
    const { manifests } = json((await membersOf(await save(['one', 'two']))).get('index.json')) as {
      manifests: { annotations: Record<string, string> }[];
    };
    expect(manifests.map(({ annotations }) => annotations[REF_NAME])).toEqual([
      'latest',
      'docker.io/library/two:latest',
    ]);
  });

  test('tells how far it is, to the last byte', async () => {
    await loadBytes(
      store,
      await rawTar(dockerMembers(await makeImage('far', { bytes: 3_000_000 }), 'app:1')),
    );
    const sink = new PassThrough();
    const [bytes, { events }] = await Promise.all([buffer(sink), drain(saveFrom(store, ['app:1'], sink))]);
    const parts = events.filter(
      (event): event is TransferPart => event.type === 'part' && event.id === 'archive',
    );
    expect(parts[0]).toMatchObject({ stage: 'writing', done: 0, total: bytes.length });
    expect(parts.at(-1)).toMatchObject({ stage: 'done', done: bytes.length, total: bytes.length });
  });

  test('of more than 8 GiB has headers that say so', async () => {
    const { tarHeader } = await import('../../../src/engine/archive/tar-block.ts');
    const size = 9 * 1024 ** 3;
    const parser = extract();
    const header = new Promise<number>((resolve) => parser.on('entry', (entry) => resolve(entry.size)));
    parser.write(tarHeader('blobs/sha256/x', size));
    expect(await header).toBe(size);
    parser.destroy(null);
  });
});

describe('an image of several platforms', () => {
  test('is kept whole; the docker part has the one for this machine', async () => {
    const { amd, arm, root, members } = await twoPlatforms();
    await loadBytes(store, await rawTar([...blobMembers(amd, arm), ...members]));
    const saved = await membersOf(await save(['multi:1']));
    expect(json(saved.get('index.json'))).toMatchObject({
      manifests: [{ digest: root.digest, mediaType: INDEX_TYPE }],
    });
    expect([...saved.keys()].filter((name) => /[0-9a-f]{64}/.test(name))).toHaveLength(9);
    const here = process.arch === 'arm64' ? arm : amd;
    expect(json(saved.get('manifest.json'))).toMatchObject([
      { Config: `blobs/sha256/${hexOf(digestOf(here.config))}`, RepoTags: ['docker.io/library/multi:1'] },
    ]);
  });

  test('gives one platform, if asked', async () => {
    const { amd, arm, members } = await twoPlatforms();
    await loadBytes(store, await rawTar([...blobMembers(amd, arm), ...members]));
    const saved = await membersOf(await save(['multi:1'], { platform: 'linux/arm64' }));
    expect(json(saved.get('index.json'))).toMatchObject({ manifests: [{ digest: arm.descriptor.digest }] });
    expect([...saved.keys()].filter((name) => /[0-9a-f]{64}/.test(name))).toHaveLength(4);
    expect(json(saved.get('manifest.json'))).toMatchObject([
      { Config: `blobs/sha256/${hexOf(digestOf(arm.config))}` },
    ]);
  });

  test('that is not here for the platform says what is', async () => {
    const { amd, arm, members } = await twoPlatforms();
    await loadBytes(store, await rawTar([...blobMembers(amd, arm), ...members]));
    const error = await failureOf(save(['multi:1'], { platform: 'windows/amd64' }));
    expect(error).toMatchObject({
      code: 'not-found',
      message: 'multi:1 is not here for windows/amd64',
      hint: 'It is here for linux/arm64, linux/amd64.',
    });
  });

  test('of which only one is here goes as it is, and comes back', async () => {
    const { amd, root, members } = await twoPlatforms();
    await loadBytes(store, await rawTar([...blobMembers(amd), ...members]));
    const bytes = await save(['multi:1']);
    store = await newStore(folder, `store-${++count}`);
    expect(await loadBytes(store, bytes)).toEqual({ images: [{ id: root.digest, references: ['multi:1'] }] });
  });
});

describe('failures', () => {
  test('an image that is not there ends the sink without a byte', async () => {
    const sink = new PassThrough();
    const error = await failureOf(drain(saveFrom(store, ['nobody:1'], sink)));
    expect(error).toMatchObject({ code: 'not-found' });
    expect(sink.destroyed).toBe(true);
    expect(sink.readableLength).toBe(0);
  });

  test('no image at all', async () => {
    expect(await failureOf(save([]))).toMatchObject({ code: 'bad-input' });
  });

  test('a damaged layer does not look like a whole archive', async () => {
    const image = await makeImage('rotten');
    await loadBytes(store, await rawTar(dockerMembers(image, 'app:1')));
    const layer = Buffer.from(image.layers[1]!);
    layer[700]! ^= 1;
    await writeFile(store.blobs.path(digestOf(image.layers[1]!)), layer);
    const sink = new PassThrough().on('error', () => {});
    const reading = failureOf(buffer(sink));
    expect(await failureOf(drain(saveFrom(store, ['app:1'], sink)))).toMatchObject({ code: 'corrupt' });
    await reading;
    expect(sink.destroyed).toBe(true);
  });

  test('a layer that is gone', async () => {
    const image = await makeImage('lost');
    await loadBytes(store, await rawTar(dockerMembers(image, 'app:1')));
    await rm(store.blobs.path(digestOf(image.layers[1]!)));
    const error = await failureOf(save(['app:1']));
    expect(error).toMatchObject({ code: 'corrupt' });
    expect(error.message).toContain(digestOf(image.layers[1]!).slice(7, 19));
  });

  test('a sink that fails, and one that is closed', async () => {
    await loadBytes(store, await rawTar(dockerMembers(await makeImage('sink', { bytes: 500_000 }), 'app:1')));
    const full = new Writable({
      write: (_, __, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
    });
    expect(await failureOf(drain(saveFrom(store, ['app:1'], full)))).toMatchObject({ code: 'no-space' });
    const closed = new PassThrough();
    const saving = failureOf(drain(saveFrom(store, ['app:1'], closed)));
    setTimeout(() => closed.destroy(), 20);
    expect((await saving).message).toBe('cannot write the archive: whoever was to take it closed it');
  });

  test('cancelled while nobody reads', async () => {
    await loadBytes(store, await rawTar(dockerMembers(await makeImage('stop', { bytes: 500_000 }), 'app:1')));
    const sink = new PassThrough();
    const ending = new AbortController();
    const saving = failureOf(drain(saveFrom(store, ['app:1'], sink, { signal: ending.signal })));
    setTimeout(() => ending.abort(), 20);
    expect(await saving).toMatchObject({ code: 'cancelled' });
    expect(sink.destroyed).toBe(true);
  });
});

describe('skopeo', () => {
  beforeAll(() => ensureSkopeo(), 300_000);

  test('reads both parts, and finds the same image in them', async () => {
    const image = await makeImage('skopeo', { layers: 3 });
    await loadBytes(store, await rawTar(dockerMembers(image, 'acme/app:1')));
    const file = join(folder, 'skopeo.tar');
    await drain(saveFrom(store, ['acme/app:1'], createWriteStream(file)));
    const expected = {
      config: digestOf(image.config),
      diffIds: image.layers.map((layer) => digestOf(layer)),
      layers: image.layers.map((layer) => digestOf(layer)),
    };
    for (const address of [`oci-archive:${file}:1`, `oci-archive:${file}`]) {
      expect(await identify(address)).toEqual(expected);
    }
    for (const address of [`docker-archive:${file}:acme/app:1`, `docker-archive:${file}`]) {
      expect(await identify(address)).toMatchObject({ config: expected.config, diffIds: expected.diffIds });
    }
  });

  test('copies packed layers out of both parts', async () => {
    const image = await makeImage('packed');
    const packed = image.layers.map((layer) => gzipSync(layer));
    await loadBytes(store, await rawTar(dockerMembers({ ...image, layers: packed }, 'app:1')));
    const file = join(folder, 'packed.tar');
    await drain(saveFrom(store, ['app:1'], createWriteStream(file)));
    for (const kind of ['oci-archive', 'docker-archive']) {
      const copy = join(folder, `copy-${kind}`);
      await mkdir(copy);
      await skopeo('copy', '--insecure-policy', `${kind}:${file}`, `oci:${copy}:app`);
      expect(await identify(`oci:${copy}:app`)).toMatchObject({
        // skopeo writes the config anew where it turns Docker's format into the other one.
        ...(kind === 'oci-archive' && { config: digestOf(image.config) }),
        diffIds: image.layers.map((layer) => digestOf(layer)),
      });
    }
  });

  test('what it writes is read: docker archives and OCI archives, with and without a name', async () => {
    const image = await makeImage('written');
    await loadBytes(store, await rawTar(dockerMembers(image, 'app:1')));
    const saved = join(folder, 'written.tar');
    await drain(saveFrom(store, ['app:1'], createWriteStream(saved)));
    const { readFile } = await import('node:fs/promises');
    for (const [kind, suffix, references] of [
      ['docker-archive', ':other/name:2', ['other/name:2']],
      ['oci-archive', ':other/name:2', ['other/name:2']],
      ['oci-archive', '', []],
      ['docker-archive', '', []],
    ] as const) {
      const file = join(folder, `by-skopeo-${kind}-${references.length}.tar`);
      await skopeo('copy', '--insecure-policy', `oci-archive:${saved}`, `${kind}:${file}${suffix}`);
      const other = await newStore(folder, `by-skopeo-${++count}`);
      const { images } = await loadBytes(other, await readFile(file));
      expect(images.map((one) => one.references)).toEqual([references]);
      const manifest = await other.readManifest({ digest: images[0]!.id, mediaType: '' });
      expect(manifest).toMatchObject({ config: { digest: digestOf(image.config) } });
    }
  });
});
