/** Pulling an image into the store. */
import type { Descriptor, OciPlatform } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { readManifest } from '../oci/manifest.ts';
import { HOST_PLATFORM, parsePlatform, showPlatform } from '../oci/platform.ts';
import { parseReference, type Reference } from '../reference.ts';
import type { FetchedManifest } from '../registry/manifests.ts';
import type { PullOptions, PullResult, Transfer } from '../transfer.ts';
import { fetchBlob } from './blob-fetch.ts';
import { expectPlatform, platformOfConfig } from './image-platform.ts';
import { inParallel } from './parallel.ts';
import { AT_ONCE, LARGE_CONFIG, type Reach, type RegistryJob, withRegistry } from './registry-job.ts';
import type { Root, Store } from './store.ts';
import { type WantedImage, wantedImage } from './wanted-image.ts';

/** Bytes: a larger one is no config. */
const CONFIG_LIMIT = 64 * 1024 * 1024;

/**
 * Gets an image and gives it the name it was asked for by. Of an index the whole index is kept and the blobs
 * of one platform, or of all. Nothing that is here already is asked for again; an image that is here as the
 * registry has it takes one request for its manifest.
 * Errors: `bad-input`, `not-found`, `unauthorized`, `forbidden`, `unreachable`, `corrupt`, `no-space`, `unsupported`.
 */
export async function* pullInto(
  store: Store,
  name: string,
  options: PullOptions & Reach = {},
): Transfer<PullResult> {
  const reference = parseReference(name).withDefaultTag();
  const asked = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const platform = options.allPlatforms ? 'all' : (asked ?? HOST_PLATFORM);
  return yield* withRegistry(store, reference, options, (job) => pull({ ...job, platform, asked }));
}

interface Job extends RegistryJob {
  readonly platform: OciPlatform | 'all';
  /** By the person. */
  readonly asked: OciPlatform | undefined;
}

async function pull(job: Job): Promise<PullResult> {
  const { store, reference } = job;
  const known = await knownRoot(store, reference);
  // The registry is asked while it is looked whether all is here.
  const current = known && isCurrent(job, known);
  current?.catch(() => {});
  const kept = known && (await keptImage(job, known));
  const isSame = (await current) === true;
  if (known !== undefined && kept !== undefined && isSame) {
    const config = await configOf(job, kept);
    tellResolved(job, known.id, kept.platform ?? (config && platformOfConfig(config)));
    for (const layer of kept.layers) tellPresent(job, layer);
    await remember(job, known.descriptor, known.digests);
    return { reference: reference.familiar(), digest: known.id, id: known.id, changed: false };
  }
  const fetching = rootOf(job, isSame ? known : undefined);
  fetching.catch(() => {});
  const hold = await store.hold();
  let isFinished = false;
  try {
    const root = await fetching;
    const { digest } = root.descriptor;
    await hold.add(digest);
    const image = await wantedImage(root, job.platform, reference.familiar(), (one) => manifestOf(job, one));
    const [config] = await Promise.all([
      configOf(job, image),
      hold.add(...blobsOf(image).map((blob) => blob.digest)),
    ]);
    const platform = root.content.kind === 'index' ? image.platform : config && platformOfConfig(config);
    if (job.asked !== undefined && root.content.kind === 'manifest') {
      expectPlatform(platform, job.asked, reference.familiar());
    }
    tellResolved(job, digest, platform);
    await fetchBlobs(job, image, config);
    for (const { bytes } of [...image.below, root]) await store.blobs.put(bytes);
    await remember(job, root.descriptor, []);
    isFinished = true;
    return { reference: reference.familiar(), digest, id: digest, changed: true };
  } finally {
    await hold.release({ unfinished: !isFinished });
  }
}

/** The image that has the name now, or the digest that was asked for. */
async function knownRoot(store: Store, reference: Reference): Promise<Root | undefined> {
  const roots = await store.roots();
  if (reference.digest !== '') return roots.find((root) => root.id === reference.digest);
  return roots.find((root) => root.references.includes(reference.familiar()));
}

/** What a root of the store needs, if all of it is here. */
async function keptImage(job: Job, root: Root): Promise<WantedImage | undefined> {
  const { store } = job;
  try {
    const top = await storedManifest(store, root.descriptor);
    const image = await wantedImage(top, job.platform, '', (one) => storedManifest(store, one));
    for (const blob of blobsOf(image)) {
      if ((await store.blobs.size(blob.digest)) !== blob.size) return undefined;
    }
    return image;
  } catch {
    // Whatever is wrong with what is here: it is fetched again.
    return undefined;
  }
}

async function isCurrent({ registry, reference, signal }: Job, known: Root): Promise<boolean> {
  // What a digest means never changes, so nobody needs to be asked.
  if (reference.digest !== '') return true;
  const options = { signal, subject: reference.familiar() };
  const now = await registry.digestOf(reference.path, reference.tag, options);
  return now?.digest === known.id;
}

/** From the store where it is known to be the same, else from the registry. */
async function rootOf(job: Job, same: Root | undefined): Promise<FetchedManifest> {
  const { store, registry, reference, signal } = job;
  const stored = same && (await storedManifest(store, same.descriptor).catch(() => undefined));
  if (stored !== undefined) return stored;
  const subject = reference.familiar();
  return await registry.manifest(reference.path, reference.digest || reference.tag, { signal, subject });
}

async function manifestOf(
  { store, registry, reference, signal }: Job,
  one: Descriptor,
): Promise<FetchedManifest> {
  if ((await store.blobs.size(one.digest)) === one.size) {
    const stored = await storedManifest(store, one).catch(() => undefined);
    if (stored !== undefined) return stored;
  }
  return await registry.manifest(reference.path, one.digest, { signal, expected: one });
}

async function storedManifest(store: Store, descriptor: Descriptor): Promise<FetchedManifest> {
  const bytes = await store.blobs.read(descriptor.digest);
  const content = readManifest(bytes, descriptor.mediaType, `the manifest ${shortDigest(descriptor.digest)}`);
  return { descriptor, bytes, content };
}

/** Rows come in the manifest's order and at once; then so many are fetched at a time. */
async function fetchBlobs(job: Job, image: WantedImage, config: Buffer | undefined): Promise<void> {
  const { store, registry, reference, channel, signal } = job;
  if (config !== undefined) await store.blobs.put(config);
  const missing: { readonly blob: Descriptor; readonly isRow: boolean }[] = [];
  for (const [blobs, least] of [[image.configs, LARGE_CONFIG] as const, [image.layers, 0] as const]) {
    for (const blob of blobs) {
      const isRow = blob.size >= least;
      const isHere = (await store.blobs.size(blob.digest)) === blob.size;
      if (!isHere) missing.push({ blob, isRow });
      if (!isRow) continue;
      if (isHere) tellPresent(job, blob);
      else channel.part({ id: shortDigest(blob.digest), stage: 'waiting', done: 0, total: blob.size });
    }
  }
  for (const { digest } of image.foreign) {
    channel.line('warning', `${shortDigest(digest)} is not in registries and was left out`);
  }
  const fetch = { store, registry, repository: reference.path, channel };
  await inParallel(missing, AT_ONCE, signal, async ({ blob, isRow }, stop, makeRoom) => {
    await fetchBlob(fetch, blob, isRow, stop, makeRoom);
  });
}

/**
 * The config of an image that is no index: only there it says what it runs on. From the store, else fetched into
 * memory, where it waits for the layers; undefined for a large one, which has a row like them.
 */
async function configOf(job: Job, image: WantedImage): Promise<Buffer | undefined> {
  const { store, registry, reference, signal, channel } = job;
  const { content } = image.root;
  if (content.kind === 'index') return undefined;
  const { config } = content;
  if ((await store.blobs.size(config.digest)) === config.size) {
    return await store.blobs.read(config.digest, CONFIG_LIMIT).catch(() => undefined);
  }
  if (config.size >= LARGE_CONFIG) return undefined;
  const onRetry = (note: string) => channel.line('retry', `config: ${note}`);
  return await registry.smallBlob(reference.path, config, { signal, onRetry });
}

/** Gives the image its name, or remembers where it came from where it was asked for by its digest. */
async function remember(job: Job, root: Descriptor, remembered: readonly string[]): Promise<void> {
  const { store, reference, channel } = job;
  const digest = `${reference.familiarName}@${root.digest}`;
  if (remembered.includes(digest)) return;
  const plain: Descriptor = { mediaType: root.mediaType, digest: root.digest, size: root.size };
  if (reference.digest !== '') return await store.addDangling(plain, { digests: [digest] });
  const { moved } = await store.setName(reference.full(), plain, { digests: [digest] });
  if (moved === undefined) return;
  channel.line('engine', `${reference.familiar()} was the name of ${shortDigest(moved)} until now`);
}

function tellResolved(job: Job, digest: string, platform: OciPlatform | undefined): void {
  const { channel, reference } = job;
  const called = reference.digest === '' ? reference.tag : shortDigest(digest);
  const shown = platform === undefined ? '' : showPlatform(platform);
  channel.tell({ type: 'resolved', reference: reference.familiar(), digest, platform: shown });
  channel.line('resolve', `${called} → ${digest}${shown && ` · ${shown}`}`);
  const wanted = job.platform === 'all' ? shown : showPlatform(job.platform);
  if (shown !== '' && shown !== wanted && job.asked === undefined) {
    channel.line('warning', `${reference.familiar()} is for ${shown}, not for ${wanted}`);
  }
}

function tellPresent({ channel }: Job, { digest, size }: Descriptor): void {
  channel.part({ id: shortDigest(digest), stage: 'present', done: size, total: size });
}

function blobsOf(image: WantedImage): { readonly digest: string; readonly size: number }[] {
  return [...image.below.map(({ descriptor }) => descriptor), ...image.configs, ...image.layers];
}
