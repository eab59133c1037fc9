/** Real engines read what is saved, and what they save is read: the same image to the bit. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveFrom } from '../../../src/engine/embedded/save.ts';
import type { Store } from '../../../src/engine/embedded/store.ts';
import { digestOf, hexOf } from '../../../src/engine/oci/digest.ts';
import { familiarize } from '../../../src/engine/reference.ts';
import { run } from '../../support/command.ts';
import { eachEngine, engineGroup } from '../../support/engine-group.ts';
import { startEngine, type TestEngine } from '../../support/engines.ts';
import { ImageMaker, type RawImage } from '../../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import {
  blobMembers,
  describeBlob,
  dockerMembers,
  drain,
  INDEX_TYPE,
  indexMember,
  LAYOUT,
  loadBytes,
  makeImage,
  newStore,
  type RawMember,
  rawTar,
} from './archive-tools.ts';

interface Inspected {
  readonly Id: string;
  readonly RootFS: { readonly Layers: readonly string[] };
}

let folder = '';
let engine: TestEngine;
let maker: ImageMaker;
let count = 0;

async function start(name: Parameters<typeof startEngine>[0]): Promise<void> {
  folder = scratchFolder();
  engine = await startEngine(name);
  maker = new ImageMaker(engine);
}

async function stop(): Promise<void> {
  await engine.stop();
  await removeScratch(folder);
}

const inspect = async (image: string) =>
  (await engine.api.json('GET', `/images/${encodeURIComponent(image)}/json`)) as Inspected;

/** With curl, since an archive is no text. */
async function engineSave(names: readonly string[]): Promise<Buffer> {
  const file = join(folder, `saved-${++count}.tar`);
  const query = names.map((name) => `names=${encodeURIComponent(name)}`).join('&');
  await run('curl', ['-sf', '--unix-socket', engine.socket, '-o', file, `http://d/images/get?${query}`]);
  return await readFile(file);
}

async function engineLoad(archive: Buffer): Promise<string> {
  return await engine.api.text('POST', '/images/load', { body: archive });
}

async function save(store: Store, names: readonly string[]): Promise<Buffer> {
  const sink = new PassThrough();
  const [bytes] = await Promise.all([buffer(sink), drain(saveFrom(store, names, sink))]);
  return bytes;
}

/** Config digest and diff IDs, by the names given. */
async function identities(store: Store, name: string): Promise<Inspected> {
  const { descriptor } = await store.find(name);
  const manifest = await store.readManifest(descriptor);
  if (manifest.kind !== 'manifest') throw new Error('an index');
  const config = JSON.parse((await store.blobs.read(manifest.config.digest)).toString()) as {
    rootfs: { diff_ids: string[] };
  };
  // On a containerd store an image's id is its manifest's digest.
  const Id = engine.kind === 'docker-containerd' ? descriptor.digest : manifest.config.digest;
  return { Id, RootFS: { Layers: config.rootfs.diff_ids } };
}

const sameAs = ({ Id, RootFS }: Inspected) => ({
  Id: expect.stringContaining(Id.replace('sha256:', '')),
  RootFS: expect.objectContaining({ Layers: RootFS.Layers }),
});

async function names(): Promise<string[]> {
  const images = (await engine.api.json('GET', '/images/json')) as RawImage[];
  return images.flatMap(({ RepoTags }) => (RepoTags ?? []).map((tag) => familiarize(tag)));
}

eachEngine('archives', (name) => {
  beforeAll(() => start(name), 180_000);
  afterAll(() => stop());

  test('there and back, twice', async () => {
    await maker.base('base:1');
    await maker.layered('base:1', 'one', { tags: ['mid:1'] });
    await maker.layered('mid:1', 'two', { tags: ['trip/app:1', 'other:2'], bytes: 300_000 });
    const [app, base] = [await inspect('trip/app:1'), await inspect('base:1')];
    const store = await newStore(folder, 'first');
    const loaded = await loadBytes(store, await engineSave(['trip/app:1', 'other:2', 'base:1']));
    // Each engine has an order of its own.
    expect(loaded.images.map(({ references }) => references.toSorted().join())).toEqual(
      expect.arrayContaining(['other:2,trip/app:1', 'base:1']),
    );
    expect(await identities(store, 'other:2')).toEqual(sameAs(app));
    expect(await identities(store, 'base:1')).toEqual(sameAs(base));

    const archive = await save(store, ['trip/app:1', 'other:2', 'base:1']);
    for (const image of ['trip/app:1', 'other:2', 'mid:1', 'base:1'])
      await maker.remove(image, { force: true });
    expect(await names()).toEqual([]);
    await engineLoad(archive);
    expect((await names()).sort()).toEqual(['base:1', 'other:2', 'trip/app:1']);
    expect(await inspect('trip/app:1')).toMatchObject({ Id: app.Id, RootFS: app.RootFS });
    expect(await inspect('base:1')).toMatchObject({ Id: base.Id });

    const second = await newStore(folder, 'second');
    await loadBytes(second, await engineSave(['trip/app:1']));
    expect(await identities(second, 'trip/app:1')).toEqual(await identities(store, 'trip/app:1'));
  });

  test('one image alone, by name and by id', async () => {
    const image = await makeImage('alone');
    const store = await newStore(folder, 'alone');
    const { images } = await loadBytes(store, await rawTar(dockerMembers(image, 'alone/app:1')));
    await engineLoad(await save(store, [images[0]!.id]));
    expect(await names()).not.toContain('alone/app:1');
    await engineLoad(await save(store, ['alone/app:1']));
    expect(await names()).toContain('alone/app:1');
    expect(await inspect('alone/app:1')).toEqual(
      expect.objectContaining(sameAs(await identities(store, 'alone/app:1'))),
    );
    if (engine.kind === 'docker-classic') {
      const store2 = await newStore(folder, 'alone-id');
      const id = digestOf(image.config);
      expect((await loadBytes(store2, await engineSave([id]))).images).toMatchObject([{ references: [] }]);
    }
  });

  test('packed layers', async () => {
    const image = await makeImage('packed');
    const store = await newStore(folder, 'packed');
    const layers = [gzipSync(image.layers[0]!), gzipSync(image.layers[1]!, { level: 1 })];
    await loadBytes(store, await rawTar(dockerMembers({ ...image, layers }, 'packed:1')));
    await engineLoad(await save(store, ['packed:1']));
    const { RootFS } = await inspect('packed:1');
    expect(RootFS.Layers).toEqual(image.layers.map((layer) => digestOf(layer)));
  });

  test('layers packed with zstd, which Docker 20 does not know and refuses', async () => {
    const image = await makeImage('zstd');
    const store = await newStore(folder, 'zstd');
    const layers = image.layers.map((layer) => zstdCompressSync(layer));
    await loadBytes(store, await rawTar(dockerMembers({ ...image, layers }, 'zstd:1')));
    const archive = await save(store, ['zstd:1']);
    if (name === 'docker20')
      return await expect(engineLoad(archive)).rejects.toThrow('Error processing tar file');
    await engineLoad(archive);
    const { RootFS } = await inspect('zstd:1');
    expect(RootFS.Layers).toEqual(image.layers.map((layer) => digestOf(layer)));
  });

  test('an image of several platforms', async () => {
    const amd = await makeImage('multi-amd', { architecture: 'amd64' });
    const arm = await makeImage('multi-arm', { architecture: 'arm64' });
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
    const root = {
      ...describeBlob(INDEX_TYPE, index),
      annotations: { 'io.containerd.image.name': 'docker.io/library/multi:1' },
    };
    const member = { name: `blobs/sha256/${hexOf(digestOf(index))}`, body: index };
    for (const blobs of [blobMembers(amd, arm), blobMembers(amd)]) {
      const store = await newStore(folder, `multi-${blobs.length}`);
      await loadBytes(store, await rawTar([...blobs, member, LAYOUT, indexMember(root)]));
      await engineLoad(await save(store, ['multi:1']));
      const { Id, RootFS } = await inspect('multi:1');
      expect(RootFS.Layers).toEqual(amd.layers.map((layer) => digestOf(layer)));
      if (engine.kind === 'docker-containerd') expect(Id).toBe(root.digest);
      await maker.remove('multi:1', { force: true });
    }
  });
});

engineGroup('archives from before Docker 1.10', 'docker20', () => {
  beforeAll(() => start('docker20'), 180_000);
  afterAll(() => stop());

  test('get the id that docker load gives them', async () => {
    const image = await makeImage('v1', { layers: 2 });
    const ids = ['a'.repeat(64), 'b'.repeat(64)];
    const container = (text: string) => ({ Cmd: ['/bin/sh', '-c', text], Image: '', Env: null });
    const links = [
      {
        id: ids[0],
        created: '2015-01-01T00:00:00.5Z',
        container_config: container('#(nop) ADD <a> & b'),
        os: 'linux',
        architecture: 'amd64',
      },
      {
        id: ids[1],
        parent: ids[0],
        comment: 'said',
        created: '2015-01-02T00:00:00Z',
        container_config: container('echo é'),
        docker_version: '1.9.1',
        author: 'somebody',
        config: { Cmd: ['run'], Labels: { a: '<b>' } },
        architecture: 'amd64',
        os: 'linux',
        Size: 7,
      },
    ];
    const members: RawMember[] = links.flatMap((json, at) => [
      { name: `${ids[at]}/`, type: 'directory' as const },
      { name: `${ids[at]}/VERSION`, body: '1.0' },
      { name: `${ids[at]}/json`, body: JSON.stringify(json) },
      { name: `${ids[at]}/layer.tar`, body: image.layers[at]! },
    ]);
    const archive = await rawTar([
      ...members,
      { name: 'repositories', body: JSON.stringify({ 'old/app': { '1': ids[1] } }) },
    ]);
    await engineLoad(archive);
    const store = await newStore(folder);
    expect(await loadBytes(store, archive)).toMatchObject({ images: [{ references: ['old/app:1'] }] });
    const { Id, RootFS } = await inspect('old/app:1');
    expect(await identities(store, 'old/app:1')).toEqual({ Id, RootFS: { Layers: RootFS.Layers } });
  });
});
