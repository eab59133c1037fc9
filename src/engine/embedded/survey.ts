/** Which blobs each image of a store needs, and which of them are there. */
import { readdir } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import type { Descriptor, OciPlatform } from '../oci/descriptor.ts';
import { hexOf, shortDigest } from '../oci/digest.ts';
import { choosePlatform, HOST_PLATFORM } from '../oci/platform.ts';
import type { BlobId } from './blobs.ts';
import { type Child, type Facts, type IndexFacts, type ManifestFacts, readFacts } from './facts.ts';
import { errnoOf, storeFault } from './fault.ts';
import type { Root, Store } from './store.ts';

/** One image that a machine can run, of the one or several that a root stands for. */
export interface Variant {
  readonly descriptor: BlobId & Pick<Descriptor, 'mediaType'>;
  readonly platform: OciPlatform | undefined;
  readonly facts: ManifestFacts;
}

export interface SurveyedImage {
  readonly root: Root;
  /** All it needs that is here, once each: manifests, configs, layers. */
  readonly blobs: readonly BlobId[];
  /** What it needs and is not here; platforms of an index that were never fetched are not needed. */
  readonly missing: readonly BlobId[];
  /** The platforms that are here, attestations left out, in the index's order. */
  readonly variants: readonly Variant[];
  /** What lists and inspections show: the variant for this machine, else the first. */
  readonly main: Variant | undefined;
  /** Why a manifest of it cannot be read: what it needs is then not wholly known. */
  readonly problem: EngineError | undefined;
}

/** Names of the blob files: hex digits. */
export type Presence = ReadonlySet<string>;

/** An index in an index in an index makes no sense; one in itself cannot be, but a circle must not hang. */
const MAX_DEPTH = 4;

export async function presentBlobs(store: Store): Promise<Presence> {
  try {
    return new Set(await readdir(store.paths.blobs));
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return new Set();
    throw storeFault(thrown, `read the store ${store.folder}`);
  }
}

export function surveyImage(store: Store, present: Presence, root: Root): SurveyedImage {
  const survey = new Survey(store, present);
  survey.visit(root.descriptor, undefined, 0);
  const { blobs, missing, variants, problem } = survey;
  const main = variants.length < 2 ? variants[0] : (chooseMain(variants) ?? variants[0]);
  return { root, blobs, missing, variants, main, problem };
}

function chooseMain(variants: readonly Variant[]): Variant | undefined {
  const manifests = variants.map(({ descriptor, platform }) => ({
    ...descriptor,
    ...(platform && { platform }),
  }));
  const chosen = choosePlatform(manifests, HOST_PLATFORM);
  return variants.find((variant) => variant.descriptor.digest === chosen?.digest);
}

/** So many blobs are compared one by one faster than by a set: most images have fewer. */
const FEW = 32;

class Survey {
  readonly blobs: BlobId[] = [];
  readonly missing: BlobId[] = [];
  readonly variants: Variant[] = [];
  problem: EngineError | undefined;
  readonly #store: Store;
  readonly #present: Presence;
  #seen: Set<string> | undefined;

  constructor(store: Store, present: Presence) {
    this.#store = store;
    this.#present = present;
  }

  visit(
    descriptor: BlobId & Pick<Descriptor, 'mediaType'>,
    platform: OciPlatform | undefined,
    depth: number,
  ): void {
    this.#take(descriptor);
    if (!this.#isPresent(descriptor)) return;
    const facts = this.#facts(descriptor);
    if (facts === undefined) return;
    if (facts.kind === 'index') this.#visitChildren(facts, depth);
    else this.#visitManifest(descriptor, platform, facts);
  }

  #visitManifest(
    descriptor: Variant['descriptor'],
    platform: OciPlatform | undefined,
    facts: ManifestFacts,
  ): void {
    this.#take(facts.config);
    for (const layer of facts.layers) this.#take(layer);
    if (!isRunnable(platform)) return;
    this.variants.push({ descriptor, platform: platform ?? facts.platform, facts });
  }

  #visitChildren({ manifests }: IndexFacts, depth: number): void {
    for (const child of manifests) {
      if (this.#isSeen(child) || !this.#isPresent(child)) continue;
      if (depth < MAX_DEPTH) this.visit(child, child.platform, depth + 1);
      else this.problem ??= tooDeep(child);
    }
  }

  #take(blob: BlobId): void {
    if (this.#isSeen(blob)) return;
    (this.#isPresent(blob) ? this.blobs : this.missing).push(blob);
    this.#seen?.add(blob.digest);
  }

  #isSeen({ digest }: BlobId): boolean {
    const { blobs, missing } = this;
    if (this.#seen === undefined && blobs.length + missing.length < FEW) {
      for (const one of blobs) if (one.digest === digest) return true;
      for (const one of missing) if (one.digest === digest) return true;
      return false;
    }
    this.#seen ??= new Set([...blobs, ...missing].map((one) => one.digest));
    return this.#seen.has(digest);
  }

  #isPresent({ digest }: BlobId): boolean {
    return this.#present.has(hexOf(digest));
  }

  #facts(descriptor: Pick<Child, 'digest' | 'mediaType'>): Facts | undefined {
    const known = this.#store.facts.get(descriptor.digest);
    if (known !== undefined) return known;
    try {
      const read = readFacts(this.#store.blobs, descriptor);
      if (read?.lasting) this.#store.facts.set(descriptor.digest, read.facts);
      return read?.facts;
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown;
      this.problem ??= thrown;
      return undefined;
    }
  }
}

/** What lies below is needed, and not known. */
function tooDeep({ digest }: BlobId): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: `the manifest ${shortDigest(digest)} cannot be used: it is nested in more than ${MAX_DEPTH} indexes`,
    hint: 'As long as it is there, the store deletes no blobs: remove the image, or make it anew.',
  });
}

/** Attestations stand in an index as `unknown/unknown`. */
function isRunnable(platform: OciPlatform | undefined): boolean {
  return platform === undefined || (platform.os !== 'unknown' && platform.architecture !== 'unknown');
}
