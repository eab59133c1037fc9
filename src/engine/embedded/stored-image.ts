/** What a push has to send of an image: the manifests and blobs that are here, and what is not. */
import { EngineError } from '../errors.ts';
import type { Descriptor, OciPlatform } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { type ImageIndex, type ImageManifest, readManifest } from '../oci/manifest.ts';
import { isForeignLayer, isIndexType, isManifestType } from '../oci/media-type.ts';
import { choosePlatform, showPlatform } from '../oci/platform.ts';
import type { Store } from './store.ts';

export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
  readonly content: ImageManifest | ImageIndex;
}

export interface StoredImage {
  readonly root: StoredManifest;
  /** Those below the root that are here whole; what points comes after what it points to. */
  readonly below: readonly StoredManifest[];
  /** Children of an index that are not here, or not whole. */
  readonly absent: readonly Descriptor[];
  /** Of all manifests that are here, once each. */
  readonly configs: readonly Descriptor[];
  readonly layers: readonly Descriptor[];
  readonly foreign: readonly Descriptor[];
}

const MAX_DEPTH = 4;

/** Errors: `not-found` where the root or a part of its only manifest is not here, `corrupt`. */
export async function storedImage(store: Store, descriptor: Descriptor): Promise<StoredImage> {
  const below: StoredManifest[] = [];
  const absent: Descriptor[] = [];
  const configs = new Map<string, Descriptor>();
  const layers = new Map<string, Descriptor>();
  const foreign = new Map<string, Descriptor>();
  const take = async ({ config, layers: own }: ImageManifest): Promise<Descriptor | undefined> => {
    const needed = own.filter((layer) => !isForeignLayer(layer.mediaType));
    for (const blob of [config, ...needed]) {
      if ((await store.blobs.size(blob.digest)) !== blob.size) return blob;
    }
    configs.set(config.digest, config);
    for (const layer of needed) layers.set(layer.digest, layer);
    for (const layer of own) if (isForeignLayer(layer.mediaType)) foreign.set(layer.digest, layer);
    return undefined;
  };
  const visit = async (index: ImageIndex, depth: number): Promise<void> => {
    for (const child of index.manifests) {
      if (below.some((known) => known.descriptor.digest === child.digest)) continue;
      const isHere =
        (await store.blobs.size(child.digest)) === child.size && isImage(child) && depth < MAX_DEPTH;
      const stored = isHere ? await readStored(store, child) : undefined;
      if (stored?.content.kind === 'index') await visit(stored.content, depth + 1);
      const missing = stored?.content.kind === 'manifest' && (await take(stored.content)) !== undefined;
      if (stored === undefined || missing) absent.push(child);
      else below.push(stored);
    }
  };
  const root = await readStored(store, descriptor);
  if (root.content.kind === 'index') await visit(root.content, 1);
  else {
    const missing = await take(root.content);
    if (missing !== undefined) throw incomplete(missing);
  }
  const once = (map: ReadonlyMap<string, Descriptor>) => [...map.values()];
  return { root, below, absent, configs: once(configs), layers: once(layers), foreign: once(foreign) };
}

/** The manifest of one platform of an image. Errors: `not-found`. */
export function manifestFor(image: StoredImage, platform: OciPlatform, called: string): StoredManifest {
  const { root, below } = image;
  if (root.content.kind === 'manifest') return root;
  const found = choosePlatform(imagesHere(image), platform);
  const manifest = below.find(({ descriptor }) => descriptor.digest === found?.digest);
  if (manifest !== undefined) return manifest;
  const here = imagesHere(image).map((one) => showPlatform(one.platform!));
  throw new EngineError({
    code: 'not-found',
    message: `${called} is not here for ${showPlatform(platform)}`,
    hint: here.length === 0 ? 'Pull it for that platform first.' : `It is here for ${here.join(', ')}.`,
  });
}

/** Descriptors of the platforms that are here; attestations are no images. */
export function imagesHere({ root, below }: StoredImage): Descriptor[] {
  if (root.content.kind !== 'index') return [];
  return root.content.manifests.filter(
    ({ digest, platform }) =>
      platform !== undefined &&
      platform.os !== 'unknown' &&
      below.some(({ descriptor }) => descriptor.digest === digest),
  );
}

async function readStored(store: Store, descriptor: Descriptor): Promise<StoredManifest> {
  const bytes = await store.blobs.read(descriptor.digest);
  const what = `the manifest ${shortDigest(descriptor.digest)}`;
  return { descriptor, bytes, content: readManifest(bytes, descriptor.mediaType, what) };
}

function isImage({ mediaType }: Descriptor): boolean {
  return mediaType === '' || isManifestType(mediaType) || isIndexType(mediaType);
}

function incomplete(blob: Descriptor): EngineError {
  return new EngineError({
    code: 'not-found',
    message: `the store does not have all of the image: ${shortDigest(blob.digest)} is missing`,
    hint: 'Pull it again first. See what else is missing with: nacre store check',
  });
}
