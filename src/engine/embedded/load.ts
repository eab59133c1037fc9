/** Takes the images of an archive into a store. */
import type { Readable } from 'node:stream';
import { findDockerImages } from '../archive/docker-archive.ts';
import { notAnArchive } from '../archive/fault.ts';
import type { FoundImage } from '../archive/found-image.ts';
import { Intake } from '../archive/intake.ts';
import { findOciImages } from '../archive/oci-archive.ts';
import { findV1Images } from '../archive/v1-archive.ts';
import type { CallOptions } from '../engine.ts';
import { shortDigest } from '../oci/digest.ts';
import type { LoadResult, Transfer, TransferEvent, TransferLine } from '../transfer.ts';
import { storeFault, throwIfAborted } from './fault.ts';
import type { Store } from './store.ts';

/**
 * Reads an uncompressed archive (of Docker of any age, of Podman, an OCI layout) in one pass; the source is
 * destroyed at the end. Layers are stored as they come. Nothing of it is left where it fails.
 * Errors: `bad-input` for what is no such archive, `corrupt`, `unsupported`, `no-space`, `cancelled`.
 */
export function loadInto(store: Store, source: Readable, options: CallOptions = {}): Transfer<LoadResult> {
  return takeInto(store, source, options, (images) => nameAll(store, images));
}

/**
 * As `loadInto`, for who decides what becomes of the images: while `settle` runs, all their blobs are in the
 * store, whole and held, and nothing in its index counts on them yet. `touched` gets the digests of all that came:
 * while the caller has a hold of its own nothing of it is dropped here.
 */
export async function* takeInto<Result>(
  store: Store,
  source: Readable,
  options: CallOptions & { readonly touched?: Set<string> },
  settle: (images: readonly FoundImage[]) => AsyncGenerator<TransferEvent, Result, void>,
): Transfer<Result> {
  // Whatever goes wrong before it is read must not go unheard.
  source.on('error', () => {});
  const holds = [
    await store.hold().catch((thrown: unknown) => {
      source.destroy();
      throw thrown;
    }),
  ];
  const intake = new Intake(store, holds[0]!);
  try {
    yield* intake.take(source, options);
    const lines: TransferLine[] = [];
    const images = await findImages(intake, store, (line) => lines.push(line));
    yield* lines;
    throwIfAborted(options.signal);
    // An index needs all that is here of it, so what it cannot use goes before the index counts.
    const kept = await store.hold();
    holds.push(kept);
    await kept.add(...images.flatMap(({ needed }) => [...needed]));
    await holds[0]!.release();
    await store.drop(intake.digests);
    return yield* settle(images);
  } catch (thrown) {
    throw storeFault(thrown, `load into the store ${store.folder}`);
  } finally {
    source.destroy();
    for (const hold of holds) await hold.release();
    for (const digest of intake.digests) options.touched?.add(digest);
    await store.drop(intake.digests);
  }
}

async function findImages(
  intake: Intake,
  store: Store,
  log: (line: TransferLine) => void,
): Promise<FoundImage[]> {
  let images: FoundImage[] | undefined;
  if (intake.has('index.json')) images = await findOciImages(intake, store, log);
  // Newer archives have both: the index has the digests, and this one has names for tools that know no index.
  if (intake.has('manifest.json')) images = await findDockerImages(intake, images ?? [], log);
  if (images === undefined && intake.has('repositories')) images = await findV1Images(intake, log);
  if (images === undefined) throw notAnArchive('it has no manifest.json, index.json or repositories');
  if (images.length === 0) throw notAnArchive('it lists no images');
  return images;
}

async function* nameAll(
  store: Store,
  images: readonly FoundImage[],
): AsyncGenerator<TransferLine, LoadResult, void> {
  for (const image of images) yield* name(store, image);
  return { images: images.map(({ root, references }) => ({ id: root.digest, references })) };
}

async function* name(
  store: Store,
  { root, references, digests }: FoundImage,
): AsyncGenerator<TransferLine, void, void> {
  if (references.length === 0) {
    await store.addDangling(root, { digests });
    yield { type: 'line', topic: 'engine', text: `loaded ${shortDigest(root.digest)}, which has no name` };
  }
  for (const reference of references) {
    const { moved } = await store.setName(reference, root, { digests });
    yield { type: 'line', topic: 'engine', text: `loaded ${reference}` };
    if (moved === undefined) continue;
    const text = `${reference} was the name of ${shortDigest(moved)} until now`;
    yield { type: 'line', topic: 'engine', text };
  }
}
