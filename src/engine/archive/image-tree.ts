/** What an image in a store is made of: its manifest, or its index with the manifests of its platforms. */
import type { Blobs as StoreBlobs } from '../embedded/store.ts';
import { type Descriptor, isRecord, type OciPlatform, readPlatform } from '../oci/descriptor.ts';
import { isDigest, shortDigest } from '../oci/digest.ts';
import { type ImageManifest, readManifest } from '../oci/manifest.ts';
import { DOCKER_CONFIG, isForeignLayer, OCI_CONFIG } from '../oci/media-type.ts';
import { damaged } from './fault.ts';

/** Where they lie: in a store, or in an archive. */
type Blobs = Pick<StoreBlobs, 'size' | 'read'>;

/** One platform of an image. */
export interface TreeLeaf {
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  /** Of its config and layers, those that are not there. */
  readonly missing: readonly Descriptor[];
}

export interface ImageTree {
  readonly root: Descriptor;
  /** The indexes, from the root down; none for an image of one platform. */
  readonly indexes: readonly Descriptor[];
  /** Whose manifest is there, in the index's order. */
  readonly leaves: readonly TreeLeaf[];
}

const MAX_DEPTH = 4;

/** Errors: `not-found` where the root is not there, `corrupt` where sizes or digests disagree, `unsupported`. */
export async function readImageTree(blobs: Blobs, root: Descriptor): Promise<ImageTree> {
  const indexes: Descriptor[] = [];
  const leaves: TreeLeaf[] = [];
  const seen = new Set<string>();
  const visit = async (descriptor: Descriptor, depth: number): Promise<void> => {
    if (seen.has(descriptor.digest) || depth > MAX_DEPTH) return;
    seen.add(descriptor.digest);
    if (depth > 0 && !(await isThere(blobs, descriptor))) return;
    const bytes = await blobs.read(descriptor.digest);
    if (bytes.length !== descriptor.size) throw wrongSize(descriptor, bytes.length);
    const what = `the manifest ${shortDigest(descriptor.digest)}`;
    const document = readManifest(bytes, descriptor.mediaType, what);
    const typed = { ...descriptor, mediaType: document.mediaType };
    if (document.kind === 'index') {
      indexes.push(typed);
      for (const child of document.manifests) await visit(child, depth + 1);
      return;
    }
    const missing: Descriptor[] = [];
    for (const blob of [document.config, ...document.layers]) {
      if (!isForeignLayer(blob.mediaType) && !(await isThere(blobs, blob))) missing.push(blob);
    }
    leaves.push({ descriptor: typed, manifest: document, missing });
  };
  await visit(root, 0);
  return { root, indexes, leaves };
}

/** Platforms that can be run or packed: nothing of them is missing. */
export function wholeLeaves(tree: ImageTree): TreeLeaf[] {
  return tree.leaves.filter((leaf) => leaf.missing.length === 0);
}

/** What a config says; undefined where it is no config of an image, as artifacts have it. */
export interface ImageConfigFile {
  readonly diffIds: readonly string[];
  readonly platform: OciPlatform;
}

export async function readLeafConfig(
  blobs: Blobs,
  { config }: ImageManifest,
): Promise<ImageConfigFile | undefined> {
  if (config.mediaType !== OCI_CONFIG && config.mediaType !== DOCKER_CONFIG) return undefined;
  return readConfigFile(await blobs.read(config.digest), `the config ${shortDigest(config.digest)}`);
}

/** Source: OCI image specification, "Image Configuration". Errors: `corrupt`. */
export function readConfigFile(bytes: Buffer, what: string): ImageConfigFile {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw damaged(`${what} is not JSON`, cause);
  }
  if (!isRecord(value)) throw damaged(`${what} is not an object`);
  const rootfs = isRecord(value['rootfs']) ? value['rootfs'] : {};
  const diffIds = rootfs['diff_ids'] ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) {
    throw damaged(`${what} names its layers by what are no digests`);
  }
  return { diffIds, platform: readPlatform(value) };
}

async function isThere(blobs: Blobs, descriptor: Descriptor): Promise<boolean> {
  const size = await blobs.size(descriptor.digest);
  if (size !== undefined && size !== descriptor.size) throw wrongSize(descriptor, size);
  return size !== undefined;
}

function wrongSize({ digest, size }: Descriptor, actual: number): Error {
  return damaged(`the blob ${shortDigest(digest)} is said to have ${size} bytes, and has ${actual}`);
}
