/** Looking into images of a store, layers packed in every way. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { Catalog } from '../../../src/engine/embedded/catalog.ts';
import { storedContents } from '../../../src/engine/embedded/contents.ts';
import { Store } from '../../../src/engine/embedded/store.ts';
import { createLayerIndexCache } from '../../../src/engine/layers/layer-index-cache.ts';
import { wholeContents } from '../../../src/engine/layers/read-contents.ts';
import { digestOf } from '../../../src/engine/oci/digest.ts';
import { OciMaker } from '../../support/oci-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';
import { failureOf } from '../archive/archive-tools.ts';

const folder = scratchFolder();

afterAll(async () => {
  await removeScratch(folder);
});

it('reads plain layers where they lie and unpacks the others', async () => {
  const maker = new OciMaker(join(folder, 'store'));
  await maker.init();
  const tars = await Promise.all(['a', 'b', 'c'].map((name) => tarOf([{ name, content: name }])));
  const layers = await Promise.all(
    [tars[0]!, gzipSync(tars[1]!), zstdCompressSync(tars[2]!)].map(async (bytes, at) => ({
      mediaType: `application/vnd.oci.image.layer.v1.tar${['', '+gzip', '+zstd'][at]}`,
      ...(await maker.blob(bytes)),
    })),
  );
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { User: 'ada' },
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
    history: [
      { created_by: '/bin/sh -c #(nop) ADD file:a in /' },
      { created_by: '/bin/sh -c #(nop)  USER ada', empty_layer: true },
      { created_by: 'RUN /bin/sh -c make b # buildkit' },
    ],
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...(await maker.blob(Buffer.from(JSON.stringify(config)))),
    },
    layers,
  };
  const root = await maker.blob(Buffer.from(JSON.stringify(manifest)));
  await maker.writeIndex([
    {
      mediaType: manifest.mediaType,
      ...root,
      annotations: { 'io.containerd.image.name': 'docker.io/library/app:1' },
    },
  ]);
  const catalog = new Catalog(await Store.open(maker.folder));
  const cache = createLayerIndexCache(join(folder, 'cache'));
  const { image, indexes } = await wholeContents(storedContents(catalog, 'app:1'), { cache, digests: true });
  expect(image).toMatchObject({
    name: 'app:1',
    id: root.digest,
    platform: 'linux/amd64',
    config: { user: 'ada' },
  });
  expect(image.layers).toMatchObject([
    { step: 1, createdBy: 'ADD file:a in /' },
    { step: 3, createdBy: 'RUN make b' },
    { step: 0, createdBy: '' },
  ]);
  expect(indexes.map((index) => [index.path(1).toString(), digestOf(index.path(1))])).toEqual(
    indexes.map((index, at) => [
      ['a', 'b', 'c'][at],
      `sha256:${Buffer.from(index.digest(1)!).toString('hex')}`,
    ]),
  );
  // What is in a package is known as that package's: nobody has looked whether it is the layer that the config names.
  expect(await Promise.all(tars.map((tar) => cache.has(digestOf(tar))))).toEqual([true, false, false]);
  expect(await Promise.all(layers.map(({ digest }) => cache.has(digest)))).toEqual([true, true, true]);

  // A blob whose bytes are not what its digest says is not believed.
  await writeFile(maker.pathOf(layers[1]!.digest), gzipSync(await tarOf([{ name: 'other', content: 'x' }])));
  expect(await failureOf(wholeContents(storedContents(catalog, 'app:1')))).toMatchObject({ code: 'corrupt' });
  expect(await failureOf(wholeContents(storedContents(catalog, 'none:1')))).toMatchObject({
    code: 'not-found',
  });
});
