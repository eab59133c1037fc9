/** Writes images of a store into an archive. */
import type { Writable } from 'node:stream';
import { archiveTables, blobPath } from '../archive/archive-tables.ts';
import { chooseImages, type SavedImage } from '../archive/saved-image.ts';
import { BLOCK, END_MARK, padding } from '../archive/tar-block.ts';
import { TarSink } from '../archive/tar-sink.ts';
import { Ticker } from '../archive/ticker.ts';
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import type { SaveOptions, SaveResult, Transfer, TransferPart } from '../transfer.ts';
import { storeFault } from './fault.ts';
import type { Store } from './store.ts';

const FOLDERS = ['blobs/', 'blobs/sha256/'];

/**
 * One tar that is an OCI layout and a Docker archive at once, as Docker writes it from 25 on: blobs as they
 * are stored, each once, and the tables first, so that a reader knows what comes. The same images give the same bytes.
 * An index is kept whole, as far as it is here; `manifest.json` has its platform for this machine.
 * Errors: `not-found`, `corrupt` for a damaged store, `no-space`, `cancelled`; the sink is destroyed then.
 */
export async function* saveFrom(
  store: Store,
  images: readonly string[],
  sink: Writable,
  options: SaveOptions = {},
): Transfer<SaveResult> {
  const tar = new TarSink(sink, options.signal);
  let hold: { release(): Promise<void> } | undefined;
  try {
    if (images.length === 0) throw nothing();
    const chosen = await chooseImages(store, images, options.platform);
    const blobs = uniqueBlobs(chosen);
    hold = await holdBlobs(store, blobs);
    yield* write(store, tar, chosen, blobs);
    return { bytes: tar.bytes };
  } catch (thrown) {
    throw storeFault(thrown, `save from the store ${store.folder}`);
  } finally {
    tar.destroy();
    await hold?.release();
  }
}

async function* write(
  store: Store,
  tar: TarSink,
  images: readonly SavedImage[],
  blobs: readonly Descriptor[],
): AsyncGenerator<TransferPart, void, void> {
  const ticker = new Ticker();
  const tables = archiveTables(images);
  const total = sumOf([...tables.map(({ bytes }) => bytes.length), ...blobs.map(({ size }) => size)]);
  const archive = (stage: 'writing' | 'done'): TransferPart => {
    return { type: 'part', id: 'archive', stage, done: tar.bytes, total };
  };
  yield archive('writing');
  for (const { name, bytes } of tables) {
    await tar.header(name, bytes.length);
    await tar.write(bytes);
    await tar.pad(bytes.length);
  }
  for (const name of FOLDERS) await tar.header(name, 0);
  for (const { digest, size } of blobs) {
    const part = { type: 'part', id: shortDigest(digest), total: size } as const;
    let done = 0;
    await tar.header(blobPath(digest), size);
    for await (const chunk of store.blobs.open(digest) as AsyncIterable<Buffer>) {
      await tar.write(chunk);
      done += chunk.length;
      if (!ticker.isDue()) continue;
      yield { ...part, stage: 'writing', done };
      yield archive('writing');
    }
    await tar.pad(size);
    yield { ...part, stage: 'done', done: size };
  }
  await tar.end();
  yield archive('done');
}

/** A store that nobody may write to is one that nothing is collected from. */
async function holdBlobs(store: Store, blobs: readonly Descriptor[]) {
  try {
    const hold = await store.hold();
    await hold.add(...blobs.map(({ digest }) => digest));
    return hold;
  } catch (thrown) {
    const { code } = storeFault(thrown, `write to the store ${store.folder}`);
    if (code === 'read-only' || code === 'permission' || code === 'no-space') return undefined;
    throw thrown;
  }
}

function uniqueBlobs(images: readonly SavedImage[]): Descriptor[] {
  const byDigest = new Map(images.flatMap(({ blobs }) => blobs).map((blob) => [blob.digest, blob]));
  return [...byDigest.values()];
}

/** Of the whole tar. */
function sumOf(sizes: readonly number[]): number {
  const files = sizes.reduce((sum, size) => sum + BLOCK + size + padding(size).length, 0);
  return files + FOLDERS.length * BLOCK + END_MARK.length;
}

function nothing(): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: 'no image was named to be saved',
    hint: 'Name one or more images.',
  });
}
