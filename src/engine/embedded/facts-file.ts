/**
 * The form in which facts are kept on disk: images share layers, so blobs are told once, in flat arrays, which
 * is what JSON.parse is fastest at.
 */
import { isRecord, type OciPlatform } from '../oci/descriptor.ts';
import type { BlobId } from './blobs.ts';
import type { Child, Facts } from './facts.ts';

const FORMAT = 1;

interface FactsFile {
  readonly format: number;
  readonly digests: string[];
  readonly sizes: number[];
  readonly platforms: (OciPlatform | null)[];
  /** Of a manifest: its blob, config, platform, creation time, labels, layers. */
  readonly manifests: [number, number, number, number, Readonly<Record<string, string>>, number[]][];
  /** Of an index: its blob and, of each entry, blob, platform and media type. */
  readonly indexes: [number, [number, number, string][]][];
}

export function packFacts(facts: ReadonlyMap<string, Facts>): FactsFile {
  const file: FactsFile = {
    format: FORMAT,
    digests: [],
    sizes: [],
    platforms: [],
    manifests: [],
    indexes: [],
  };
  const blobs = new Map<string, number>();
  const blobAt = ({ digest, size }: BlobId): number => {
    const key = `${digest} ${size}`;
    const known = blobs.get(key);
    if (known !== undefined) return known;
    const at = file.digests.push(digest) - 1;
    file.sizes.push(size);
    blobs.set(key, at);
    return at;
  };
  const platforms = new Map<string, number>();
  const platformAt = (platform: OciPlatform | undefined): number => {
    const key = JSON.stringify(platform);
    const known = platforms.get(key);
    if (known !== undefined) return known;
    const at = file.platforms.push(platform ?? null) - 1;
    platforms.set(key, at);
    return at;
  };
  for (const [digest, one] of facts) {
    const own = blobAt({ digest, size: 0 });
    if (one.kind === 'index') {
      const children = one.manifests.map((child): [number, number, string] => [
        blobAt(child),
        platformAt(child.platform),
        child.mediaType,
      ]);
      file.indexes.push([own, children]);
    } else {
      const { config, platform, created, labels, layers } = one;
      file.manifests.push([own, blobAt(config), platformAt(platform), created, labels, layers.map(blobAt)]);
    }
  }
  return file;
}

/** Undefined for what is damaged or of another version. */
export function unpackFacts(value: unknown): Map<string, Facts> | undefined {
  if (!isWhole(value)) return undefined;
  const blobs = value.digests.map((digest, at): BlobId => ({ digest, size: value.sizes[at]! }));
  const platforms = value.platforms.map((platform) => platform ?? undefined);
  const facts = new Map<string, Facts>();
  for (const [own, config, platform, created, labels, layers] of value.manifests) {
    facts.set(blobs[own]!.digest, {
      kind: 'manifest',
      config: blobs[config]!,
      layers: layers.map((layer) => blobs[layer]!),
      created,
      labels,
      platform: platforms[platform],
    });
  }
  for (const [own, children] of value.indexes) {
    const manifests = children.map(
      ([blob, platform, mediaType]): Child => ({ ...blobs[blob]!, mediaType, platform: platforms[platform] }),
    );
    facts.set(blobs[own]!.digest, { kind: 'index', manifests });
  }
  return facts;
}

/** Numbers that lead nowhere would crash whoever follows them. */
function isWhole(value: unknown): value is FactsFile {
  if (!isRecord(value) || value['format'] !== FORMAT) return false;
  const { digests, sizes, platforms, manifests, indexes } = value as unknown as FactsFile;
  if (![digests, sizes, platforms, manifests, indexes].every(Array.isArray)) return false;
  const isBlob = (at: unknown) => typeof at === 'number' && digests[at] !== undefined;
  const isPlatform = (at: unknown) => typeof at === 'number' && platforms[at] !== undefined;
  return (
    digests.length === sizes.length &&
    digests.every((digest) => typeof digest === 'string' && digest.length === 71) &&
    sizes.every((size) => typeof size === 'number') &&
    platforms.every((platform) => platform === null || isRecord(platform)) &&
    manifests.every(
      ([own, config, platform, created, labels, layers]) =>
        isBlob(own) &&
        isBlob(config) &&
        isPlatform(platform) &&
        typeof created === 'number' &&
        isRecord(labels) &&
        layers.every(isBlob),
    ) &&
    indexes.every(
      ([own, children]) =>
        isBlob(own) && children.every(([blob, platform]) => isBlob(blob) && isPlatform(platform)),
    )
  );
}
