/** What is inside an image of the store: its layers are read where they lie. */
import { type FileHandle, open } from 'node:fs/promises';
import { SNIFFED, sniff } from '../archive/compression.ts';
import { layerStream } from '../archive/layer-stream.ts';
import { contentImage } from '../layers/content-image.ts';
import type { ContentImage, ContentSource, LayerTar } from '../layers/contents.ts';
import { line } from '../text.ts';
import { type BlobId, missing } from './blobs.ts';
import { type Catalog, expectMain } from './catalog.ts';
import { readStoredConfig } from './config.ts';
import { errnoOf, storeFault, throwIfAborted } from './fault.ts';
import type { Store } from './store.ts';

/** `image`: name, digest reference, id or unique beginning of one; of an index, the platform that lists show. */
export function storedContents(catalog: Catalog, image: string): ContentSource {
  const { store } = catalog;
  return {
    where: `the store ${store.folder}`,
    async describe({ signal } = {}) {
      throwIfAborted(signal);
      return await describe(catalog, image);
    },
    async *tars(wanted, { signal, onRead = () => {} } = {}) {
      const { layers } = expectMain(await catalog.find(image)).facts;
      const places = layers.flatMap((_, at) => (wanted.has(at) ? [at] : []));
      const total = places.reduce((sum, at) => sum + layers[at]!.size, 0);
      let before = 0;
      for (const at of places) {
        throwIfAborted(signal);
        yield* tarOf(store, layers[at]!, at, (bytes) => onRead(before + bytes, total));
        before += layers[at]!.size;
        onRead(before, total);
      }
      return places;
    },
  };
}

async function describe(catalog: Catalog, image: string): Promise<ContentImage> {
  const surveyed = await catalog.find(image);
  const main = expectMain(surveyed);
  const { document } = await readStoredConfig(catalog.store, main);
  // What a layer is packed in was checked when it came; what is in the package was not.
  const blobs = main.facts.layers.map(({ digest }) => digest);
  return contentImage({ name: line(image), id: surveyed.root.id }, document, blobs);
}

async function* tarOf(
  store: Store,
  { digest }: BlobId,
  layer: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<LayerTar, void, void> {
  let file: FileHandle | undefined;
  try {
    file = await open(store.blobs.path(digest));
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED), 0, SNIFFED, 0);
    if (sniff(buffer.subarray(0, bytesRead)) === 'none') {
      yield { kind: 'file', layer, handle: file, start: 0, length: (await file.stat()).size };
    } else yield* layerStream(store.blobs.open(digest), layer, onRead);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') throw missing(digest);
    throw storeFault(thrown, `read the store ${store.folder}`);
  } finally {
    await file?.close();
  }
}
