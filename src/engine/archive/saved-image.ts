/** What of an image goes into an archive. */
import type { Store } from '../embedded/store.ts';
import { EngineError } from '../errors.ts';
import type { Descriptor, OciPlatform } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import { choosePlatform, HOST_PLATFORM, parsePlatform, showPlatform } from '../oci/platform.ts';
import { parseReference } from '../reference.ts';
import { readImageTree, readLeafConfig, type TreeLeaf, wholeLeaves } from './image-tree.ts';

/** The platform that tools see which know only one. */
export interface MainLeaf extends TreeLeaf {
  readonly diffIds: readonly string[];
}

export interface SavedImage {
  /** Of an index, or of the one manifest. */
  readonly root: Descriptor;
  /** In familiar form; none for one that was asked for by its id. */
  readonly references: readonly string[];
  /** Undefined where it is no image that runs, as artifacts are. */
  readonly main: MainLeaf | undefined;
  /** All it needs and is here: indexes, manifests, configs, layers. */
  readonly blobs: readonly Descriptor[];
}

/**
 * The images that were asked for, each once, with the names they were asked for by.
 * Errors: `not-found` for an image or its platform, `corrupt` where a part of it is gone, `bad-input`.
 */
export async function chooseImages(
  store: Store,
  asked: readonly string[],
  platform?: string,
): Promise<SavedImage[]> {
  const wanted = platform === undefined ? undefined : parsePlatform(platform);
  const images = new Map<string, SavedImage>();
  for (const text of asked) {
    const found = await store.find(text);
    const image = images.get(found.id) ?? (await chooseParts(store, found.descriptor, text, wanted));
    const name = nameOf(text, found.references);
    const isNew = name !== undefined && !image.references.includes(name);
    images.set(found.id, isNew ? { ...image, references: [...image.references, name] } : image);
  }
  return [...images.values()];
}

async function chooseParts(
  store: Store,
  root: Descriptor,
  asked: string,
  wanted: OciPlatform | undefined,
): Promise<SavedImage> {
  const tree = await readImageTree(store.blobs, root);
  const whole = await withConfigs(store, wholeLeaves(tree));
  const { leaves } = tree;
  const [broken] = leaves;
  if (whole.length === 0) throw notHere(asked, broken?.missing[0]);
  const runs = whole.filter((leaf) => leaf.diffIds !== undefined);
  if (wanted === undefined) {
    const main = choose(runs, HOST_PLATFORM) ?? runs[0];
    const documents = [...tree.indexes, ...whole.map((leaf) => leaf.descriptor)];
    const type = tree.indexes[0]?.mediaType ?? whole[0]!.descriptor.mediaType;
    return parts({ ...root, mediaType: type }, main, documents, whole);
  }
  const chosen = choose(runs, wanted);
  if (chosen === undefined) throw noPlatform(asked, wanted, runs);
  // What the index said of it belongs to the index, but for its platform.
  const { annotations: _, ...bare } = chosen.descriptor;
  return parts(bare, chosen, [bare], [chosen]);
}

type ReadLeaf = TreeLeaf & {
  readonly diffIds?: readonly string[];
  readonly platform: OciPlatform | undefined;
};

async function withConfigs(store: Store, leaves: readonly TreeLeaf[]): Promise<ReadLeaf[]> {
  const read: ReadLeaf[] = [];
  for (const leaf of leaves) {
    const stated = leaf.descriptor.platform;
    // An attestation has a config of an image's type and is none.
    const isImage = stated === undefined || stated.os !== 'unknown';
    const config = isImage ? await readLeafConfig(store.blobs, leaf.manifest) : undefined;
    const platform = stated ?? config?.platform;
    read.push({ ...leaf, platform, ...(config !== undefined && { diffIds: config.diffIds }) });
  }
  return read;
}

function choose(leaves: readonly ReadLeaf[], wanted: OciPlatform): ReadLeaf | undefined {
  const descriptors = leaves.map(({ descriptor, platform }) => ({
    ...descriptor,
    ...(platform !== undefined && { platform }),
  }));
  const digest = choosePlatform(descriptors, wanted)?.digest;
  return leaves.find((leaf) => leaf.descriptor.digest === digest);
}

function parts(
  root: Descriptor,
  main: ReadLeaf | undefined,
  documents: readonly Descriptor[],
  leaves: readonly TreeLeaf[],
): SavedImage {
  const configs = leaves.map(({ manifest }) => manifest.config);
  const layers = leaves.flatMap(({ manifest }) => manifest.layers);
  return {
    root,
    references: [],
    main: main?.diffIds && { ...main, diffIds: main.diffIds },
    blobs: [...documents, ...configs, ...layers],
  };
}

/** A name comes before an id, as `Store.find` has it. */
function nameOf(asked: string, references: readonly string[]): string | undefined {
  return references.find((reference) => {
    try {
      const name = parseReference(asked);
      return name.digest === '' && name.withDefaultTag().familiar() === reference;
    } catch {
      return false;
    }
  });
}

function notHere(asked: string, blob: Descriptor | undefined): EngineError {
  const what = blob === undefined ? 'no platform of it' : `its blob ${shortDigest(blob.digest)}`;
  return new EngineError({
    code: 'corrupt',
    message: `${asked} cannot be saved: ${what} is ${blob === undefined ? 'here' : 'missing in the store'}`,
    hint: 'Pull or load the image again.',
  });
}

function noPlatform(asked: string, wanted: OciPlatform, leaves: readonly ReadLeaf[]): EngineError {
  const here = leaves.flatMap(({ platform }) => (platform === undefined ? [] : [showPlatform(platform)]));
  return new EngineError({
    code: 'not-found',
    message: `${asked} is not here for ${showPlatform(wanted)}`,
    hint: `It is here for ${here.join(', ')}.`,
  });
}
