/** What a manifest and its config say that lists and accounts need: they never change for a digest. */
import { readFileSync } from 'node:fs';
import { labels as readLabels, seconds } from '../docker/normalise.ts';
import { type Descriptor, isRecord, type OciPlatform, readPlatform } from '../oci/descriptor.ts';
import { digestOf, shortDigest } from '../oci/digest.ts';
import { MANIFEST_LIMIT, readManifest } from '../oci/manifest.ts';
import { type BlobId, type Blobs, damaged } from './blobs.ts';
import { CONFIG_LIMIT } from './config.ts';

export interface ManifestFacts {
  readonly kind: 'manifest';
  readonly config: BlobId;
  /** From the base up. */
  readonly layers: readonly BlobId[];
  /** Unix seconds, 0 where it is not known. */
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  /** What the config says; undefined where it is no config of an image. */
  readonly platform: OciPlatform | undefined;
}

export interface Child extends BlobId {
  readonly mediaType: string;
  readonly platform: OciPlatform | undefined;
}

export interface IndexFacts {
  readonly kind: 'index';
  readonly manifests: readonly Child[];
}

export type Facts = ManifestFacts | IndexFacts;

export interface ReadFacts {
  readonly facts: Facts;
  /** False while the config is not here or not whole: what it would say may come later. */
  readonly lasting: boolean;
}

/**
 * Reads at once and without a pause: waiting for each of thousands of small files takes longer than
 * reading them. Undefined where the manifest is not here. Errors: `corrupt`, `unsupported`.
 */
export function readFacts(
  blobs: Blobs,
  descriptor: Pick<Descriptor, 'digest' | 'mediaType'>,
): ReadFacts | undefined {
  const bytes = readSmall(blobs, descriptor.digest, MANIFEST_LIMIT);
  if (bytes === undefined) return undefined;
  const manifest = readManifest(
    bytes,
    descriptor.mediaType,
    `the manifest ${shortDigest(descriptor.digest)}`,
  );
  if (manifest.kind === 'index') {
    const manifests = manifest.manifests.map(({ mediaType, digest, size, platform }) => ({
      mediaType,
      digest,
      size,
      platform,
    }));
    return { facts: { kind: 'index', manifests }, lasting: true };
  }
  const blob = ({ digest, size }: Descriptor): BlobId => ({ digest, size });
  const base = {
    kind: 'manifest',
    config: blob(manifest.config),
    layers: manifest.layers.map(blob),
  } as const;
  const config = readConfig(blobs, manifest.config.digest);
  if (config === undefined) {
    return { facts: { ...base, created: 0, labels: {}, platform: undefined }, lasting: false };
  }
  const inner = isRecord(config['config']) ? config['config'] : {};
  const platform = readPlatform(config);
  return {
    facts: {
      ...base,
      created: Math.max(0, seconds(config['created'])),
      labels: readLabels(inner['Labels']),
      platform: platform.os === '' || platform.architecture === '' ? undefined : platform,
    },
    lasting: true,
  };
}

/** Undefined where it is not here or does not read: then it is the check's business. */
function readConfig(blobs: Blobs, digest: string): Record<string, unknown> | undefined {
  try {
    const bytes = readSmall(blobs, digest, CONFIG_LIMIT);
    const value: unknown = bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readSmall(blobs: Blobs, digest: string, limit: number): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(blobs.path(digest));
  } catch {
    return undefined;
  }
  if (bytes.byteLength > limit || digestOf(bytes) !== digest) {
    throw damaged(digest, 'its bytes are not those its digest says');
  }
  return bytes;
}
