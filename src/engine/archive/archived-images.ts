/**
 * The images of an archive that is looked into where it lies. Sources: OCI image layout; Docker image specification 1.2,
 * "Combined Image JSON + Filesystem Changeset Format".
 */
import { FULL_NAME, REF_NAME } from '../embedded/entry.ts';
import { EngineError } from '../errors.ts';
import { type Descriptor, isRecord, type OciPlatform, readDescriptor } from '../oci/descriptor.ts';
import { digestOf, shortDigest } from '../oci/digest.ts';
import { isIndexType, isManifestType } from '../oci/media-type.ts';
import { choosePlatform, HOST_PLATFORM, showPlatform } from '../oci/platform.ts';
import { isImageId, parseReference } from '../reference.ts';
import { blobPath } from './archive-tables.ts';
import { damaged, notAnArchive, shown } from './fault.ts';
import { readConfigFile, readImageTree, readLeafConfig, wholeLeaves } from './image-tree.ts';
import type { MemberPlace, Members } from './members.ts';

/** One platform of an image. */
interface Variant {
  readonly platform: OciPlatform;
  /** Digest of its config. */
  readonly config: string;
  readonly configBytes: Buffer;
  /** From the base up. */
  readonly layers: readonly MemberPlace[];
}

export interface ArchivedImage {
  /** The digest of its manifest or index; where the archive has none, of its config. */
  readonly id: string;
  /** In familiar form; what can be no name stays as the archive has it. */
  readonly names: string[];
  readonly variants: readonly Variant[];
}

/** Errors: `bad-input` for what is no archive of images, `corrupt`, `unsupported`. */
export async function findArchived(members: Members): Promise<ArchivedImage[]> {
  const images = members.has('index.json') ? await readLayout(members) : [];
  if (members.has('manifest.json')) await readDockerList(members, images);
  else if (!members.has('index.json')) {
    if (members.has('repositories')) throw tooOld();
    throw notAnArchive('it has no manifest.json, index.json or repositories');
  }
  if (images.length === 0) throw notAnArchive('it lists no images');
  return images;
}

/** `wanted`: a name or an id, or the beginning of one; undefined for the only one. Errors: `not-found`, `bad-input` where it has to be said which. */
export function chooseArchived(
  images: readonly ArchivedImage[],
  wanted: string | undefined,
  called: string,
): ArchivedImage {
  const all = images.map(({ id, names }) => names[0] ?? shortDigest(id));
  const hint = `It holds ${all.slice(0, 10).map(shown).join(', ')}${all.length > 10 ? ' …' : ''}.`;
  if (wanted === undefined) {
    if (images.length === 1) return images[0]!;
    throw new EngineError({
      code: 'bad-input',
      message: `${called} holds ${images.length} images, and it is not said which one`,
      hint: `${hint} Name one behind the path: ${called}#${shown(all[0]!)}`,
    });
  }
  const name = familiar(wanted);
  const found = images.filter(({ names }) => names.includes(name) || names.includes(wanted));
  const hex = wanted.replace(/^sha256:/, '');
  const same =
    found.length > 0 || !isImageId(wanted) ? found : images.filter((image) => isCalled(image, hex));
  if (same.length === 1) return same[0]!;
  throw new EngineError({
    code: same.length === 0 ? 'not-found' : 'bad-input',
    message: `${called} holds ${same.length === 0 ? 'no image' : 'several images'} called ${shown(wanted)}`,
    hint,
  });
}

/** `wanted`: default this machine's, else the first. Errors: `not-found`. */
export function chooseVariant(
  { variants }: ArchivedImage,
  wanted: OciPlatform | undefined,
  called: string,
): Variant {
  const descriptors = variants.map(({ config, platform }) => ({
    mediaType: '',
    digest: config,
    size: 0,
    platform,
  }));
  const chosen = choosePlatform(descriptors, wanted ?? HOST_PLATFORM);
  const variant = variants.find(({ config }) => config === chosen?.digest);
  if (variant !== undefined || wanted === undefined) return variant ?? variants[0]!;
  const here = variants.map(({ platform }) => showPlatform(platform));
  throw new EngineError({
    code: 'not-found',
    message: `${called} is not here for ${showPlatform(wanted)}`,
    hint: `It is here for ${here.map(shown).join(', ')}.`,
  });
}

function isCalled({ id, variants }: ArchivedImage, hex: string): boolean {
  return [id, ...variants.map(({ config }) => config)].some((digest) => digest.startsWith(`sha256:${hex}`));
}

async function readLayout(members: Members): Promise<ArchivedImage[]> {
  const table = await readTable(members, 'index.json');
  if (!isRecord(table) || !Array.isArray(table['manifests']))
    throw damaged('its index.json lists no manifests');
  const images = new Map<string, ArchivedImage>();
  for (const value of table['manifests']) {
    const descriptor = readDescriptor(value);
    if (descriptor === undefined) throw damaged('a manifest in its index.json has no valid digest and size');
    const { digest, mediaType, annotations = {} } = descriptor;
    if (mediaType !== '' && !isManifestType(mediaType) && !isIndexType(mediaType)) continue;
    const image = images.get(digest) ?? {
      id: digest,
      names: [],
      variants: await readVariants(members, descriptor),
    };
    const name = annotations[FULL_NAME] ?? annotations[REF_NAME];
    if (name !== undefined) addName(image, name);
    // What runs nowhere, as attestations, has no files to look at.
    if (image.variants.length > 0) images.set(digest, image);
  }
  return [...images.values()];
}

async function readVariants(members: Members, root: Descriptor): Promise<Variant[]> {
  const blobs = {
    size: async (digest: string) => members.place(blobPath(digest))?.size,
    read: async (digest: string) => await readBlob(members, digest),
  };
  const variants: Variant[] = [];
  for (const { descriptor, manifest } of wholeLeaves(await readImageTree(blobs, root))) {
    if (descriptor.platform?.os === 'unknown') continue;
    const config = await readLeafConfig(blobs, manifest);
    if (config === undefined) continue;
    variants.push({
      platform: descriptor.platform ?? config.platform,
      config: manifest.config.digest,
      configBytes: await readBlob(members, manifest.config.digest),
      layers: manifest.layers.map(({ digest }) => placeOf(members, blobPath(digest))),
    });
  }
  return variants;
}

async function readBlob(members: Members, digest: string): Promise<Buffer> {
  const bytes = await members.read(blobPath(digest));
  if (bytes === undefined) throw damaged(`the blob ${shortDigest(digest)} is not in it`);
  if (digestOf(bytes) !== digest)
    throw damaged(`the blob ${shortDigest(digest)} is not what its digest says`);
  return bytes;
}

/** Newer archives have both tables: then this one adds names, and what the other does not know. */
async function readDockerList(members: Members, images: ArchivedImage[]): Promise<void> {
  const table = await readTable(members, 'manifest.json');
  if (!Array.isArray(table)) throw damaged('its manifest.json is no list of images');
  for (const value of table) {
    const { Config, Layers, RepoTags } = isRecord(value) ? value : {};
    if (typeof Config !== 'string') throw damaged('its manifest.json lists an image without a config');
    const bytes = await members.read(Config);
    if (bytes === undefined)
      throw damaged(`its manifest.json names the config ${shown(Config)}, which is not in it`);
    const config = digestOf(bytes);
    let image = images.find(({ variants }) => variants.some((variant) => variant.config === config));
    if (image === undefined) {
      const { platform } = readConfigFile(bytes, `the config ${shown(Config)}`);
      const layers = texts(Layers).map((path) => placeOf(members, path));
      image = { id: config, names: [], variants: [{ platform, config, configBytes: bytes, layers }] };
      images.push(image);
    }
    for (const tag of texts(RepoTags)) addName(image, tag);
  }
}

function placeOf(members: Members, path: string): MemberPlace {
  const place = members.place(path);
  if (place === undefined) throw damaged(`the layer ${shown(path)} is not in it`);
  return place;
}

async function readTable(members: Members, path: string): Promise<unknown> {
  try {
    return JSON.parse((await members.read(path))!.toString('utf8'));
  } catch (cause) {
    if (cause instanceof EngineError) throw cause;
    throw damaged(`its ${path} is not JSON`, cause);
  }
}

function texts(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw damaged('its manifest.json lists layers or names that are no texts');
}

function addName({ names }: ArchivedImage, text: string): void {
  const name = familiar(text);
  if (!names.includes(name)) names.push(name);
}

/** A bare word stays one: without a repository it is no name of an engine's. */
function familiar(text: string): string {
  try {
    const reference = parseReference(text);
    return reference.digest === '' ? reference.withDefaultTag().familiar() : text;
  } catch {
    return text;
  }
}

function tooOld(): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: 'nobody can look into this archive where it lies: a Docker before 1.10 wrote it',
    hint: 'Load it first, and look into the image: nacre load -i FILE',
  });
}
