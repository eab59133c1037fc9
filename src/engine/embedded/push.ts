/** Pushing an image of the store to the registry that its name says. */
import { EngineError } from '../errors.ts';
import type { Descriptor, OciPlatform } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { parsePlatform, showPlatform } from '../oci/platform.ts';
import { parseReference } from '../reference.ts';
import type { PushOptions, PushResult, Transfer } from '../transfer.ts';
import { expectPlatform, platformOfConfig } from './image-platform.ts';
import { mountCandidates } from './mount-candidates.ts';
import { inParallel } from './parallel.ts';
import { AT_ONCE, LARGE_CONFIG, type Reach, type RegistryJob, withRegistry } from './registry-job.ts';
import type { Store } from './store.ts';
import { storedBlob } from './stored-blob.ts';
import {
  imagesHere,
  manifestFor,
  type StoredImage,
  type StoredManifest,
  storedImage,
} from './stored-image.ts';

/** Milliseconds and bytes between two reports. */
const REPORT_AFTER = 100;
const REPORT_BYTES = 8 * 1024 * 1024;

/**
 * Sends an image under one of its names. Of an index all platforms that are here go, and the index itself where
 * the registry then has all it names; else the one platform that is here goes under the name.
 * Errors: `bad-input`, `not-found`, `unauthorized`, `forbidden`, `unreachable`, `corrupt`, `unsupported`.
 */
export async function* pushFrom(
  store: Store,
  name: string,
  options: PushOptions & Reach = {},
): Transfer<PushResult> {
  const reference = parseReference(name).withDefaultTag();
  if (reference.digest !== '') {
    throw new EngineError({
      code: 'bad-input',
      message: `${reference.familiar()} cannot be pushed: a registry gives digests itself`,
      hint: `Tag the image first, and push that name: nacre tag ${reference.familiar()} ${reference.familiarName}:latest`,
    });
  }
  return yield* withRegistry(store, reference, options, (job) => push(job, options.platform));
}

async function push(job: RegistryJob, platform: string | undefined): Promise<PushResult> {
  const { store, reference, channel, signal } = job;
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  const root = await store.find(reference.familiar());
  const whole = await storedImage(store, root.descriptor);
  const image = wanted === undefined ? await sendable(job, whole) : await partFor(job, whole, wanted);
  const { digest } = image.root.descriptor;
  channel.tell({ type: 'resolved', reference: reference.familiar(), digest, platform: platform ?? '' });
  // A store that cannot be written needs no protection either.
  const hold = await store.hold().catch(() => undefined);
  try {
    await hold?.add(...[...image.configs, ...image.layers].map((blob) => blob.digest));
    await sendBlobs(job, image);
  } finally {
    await hold?.release();
  }
  for (const manifest of image.below) await sendManifest(job, manifest, manifest.descriptor.digest);
  await sendManifest(job, image.root, reference.tag, reference.familiar());
  channel.line('resolve', `${reference.tag} → ${digest}`);
  if (digest === root.id) {
    const known = `${reference.familiarName}@${digest}`;
    // The image is pushed whether or not this store can remember it.
    if (!root.digests.includes(known)) {
      await store
        .setName(reference.full(), root.descriptor, { digests: [known], signal })
        .catch((thrown: unknown) => {
          channel.line('warning', `not remembered: ${thrown instanceof Error ? thrown.message : thrown}`);
        });
    }
  }
  return { reference: reference.familiar(), digest, size: image.root.bytes.length };
}

/** The image itself, or the part of it that can be sent because the rest is neither here nor there. */
async function sendable(job: RegistryJob, image: StoredImage): Promise<StoredImage> {
  const { store, registry, reference, channel, signal } = job;
  const missing: Descriptor[] = [];
  for (const child of image.absent) {
    const isThere = await registry.hasManifest(reference.path, child.digest, { signal });
    if (!isThere) missing.push(child);
  }
  if (missing.length === 0) return image;
  const here = imagesHere(image);
  if (here.length === 1) {
    const [only] = here;
    const shown = showPlatform(only!.platform!);
    channel.line(
      'warning',
      `only ${shown} is here: that is pushed as ${reference.familiar()}, without the other platforms`,
    );
    return await storedImage(store, only!);
  }
  throw new EngineError({
    code: 'not-found',
    message: `${reference.familiar()} cannot be pushed whole: ${missing.length} of its platforms are not here`,
    hint:
      here.length === 0
        ? 'Pull it for a platform first.'
        : `Push one with --platform (${here.map((one) => showPlatform(one.platform!)).join(', ')}), or pull the others with --all-platforms.`,
  });
}

/** One platform of it. */
async function partFor(job: RegistryJob, image: StoredImage, wanted: OciPlatform): Promise<StoredImage> {
  const { store, reference } = job;
  const { content, descriptor } = manifestFor(image, wanted, reference.familiar());
  if (image.root.content.kind === 'manifest' && content.kind === 'manifest') {
    const found = platformOfConfig(await store.blobs.read(content.config.digest, content.config.size));
    expectPlatform(found, wanted, reference.familiar());
  }
  return await storedImage(store, descriptor);
}

async function sendManifest(
  job: RegistryJob,
  manifest: StoredManifest,
  as: string,
  subject?: string,
): Promise<void> {
  const { registry, reference, signal } = job;
  const { bytes, content } = manifest;
  await registry.putManifest(
    reference.path,
    as,
    { bytes, mediaType: content.mediaType },
    { signal, ...(subject !== undefined && { subject }) },
  );
}

/** Rows come in the manifest's order and at once; then so many are sent at a time. */
async function sendBlobs(job: RegistryJob, image: StoredImage): Promise<void> {
  const { channel, signal, store, reference } = job;
  const blobs: { readonly blob: Descriptor; readonly isRow: boolean }[] = [
    ...image.configs.map((blob) => ({ blob, isRow: blob.size >= LARGE_CONFIG })),
    ...image.layers.map((blob) => ({ blob, isRow: true })),
  ];
  for (const { blob, isRow } of blobs) {
    if (isRow) channel.part({ id: shortDigest(blob.digest), stage: 'waiting', done: 0, total: blob.size });
  }
  for (const { digest } of image.foreign) {
    channel.line('warning', `${shortDigest(digest)} may not be distributed and is not sent`);
  }
  const candidates = mountCandidates(store, reference);
  await inParallel(blobs, AT_ONCE, signal, async ({ blob, isRow }, stop) => {
    await sendBlob({ ...job, signal: stop }, blob, isRow, candidates);
  });
}

async function sendBlob(
  job: RegistryJob,
  blob: Descriptor,
  isRow: boolean,
  candidates: (digest: string) => Promise<readonly string[]>,
): Promise<void> {
  const { store, registry, reference, channel, signal } = job;
  const { size } = blob;
  const id = shortDigest(blob.digest);
  const row = (
    stage: 'checking' | 'uploading' | 'retrying' | 'present' | 'done',
    done: number,
    note?: string,
  ) => {
    if (isRow) channel.part({ id, stage, done, total: size, ...(note !== undefined && { note }) });
  };
  row('checking', 0);
  if (await registry.hasBlob(reference.path, blob.digest, { signal, push: true })) {
    row('present', size);
    return;
  }
  let told = performance.now();
  let toldBytes = 0;
  const outcome = await registry.upload(reference.path, storedBlob(store, blob), {
    signal,
    mountFrom: await candidates(blob.digest),
    onStart: () => row('uploading', 0),
    onProgress: (bytes) => {
      const now = performance.now();
      if (now - told < REPORT_AFTER && bytes - toldBytes < REPORT_BYTES) return undefined;
      told = now;
      toldBytes = bytes;
      // The last byte is sent, and the registry checks what it has.
      row(bytes === size ? 'checking' : 'uploading', bytes);
      return channel.untaken();
    },
    onRetry: (note) => {
      row('retrying', toldBytes, note);
      channel.line('retry', `${id}: ${note}`);
    },
  });
  if (outcome.kind === 'mounted') {
    row('done', size, `mounted from ${outcome.from}`);
    channel.line('layer', `${id} mounted from ${outcome.from}`);
    return;
  }
  row('done', size);
  channel.line('layer', `${id} pushed`);
}
