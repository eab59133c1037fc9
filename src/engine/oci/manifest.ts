/** Image manifests and indexes, of OCI and of Docker's schema 2. Source: OCI image specification, "Image Manifest", "Image Index". */
import { EngineError } from '../errors.ts';
import { type Descriptor, isRecord, readDescriptor } from './descriptor.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  isIndexType,
  isManifestType,
  isSchema1Type,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-type.ts';

export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  /** From the base up. */
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Larger ones are refused by registries and engines alike. */
export const MANIFEST_LIMIT = 4 * 1024 * 1024;

/**
 * Reads a manifest or index; `type` is what its descriptor or the Content-Type said, `what` names it in errors.
 * Errors: `corrupt` for what is neither, `unsupported` for Docker's schema 1.
 */
export function readManifest(bytes: Uint8Array, type: string, what: string): ImageManifest | ImageIndex {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    throw corrupt(what, 'it is not JSON', cause);
  }
  if (!isRecord(value)) throw corrupt(what, 'it is not an object');
  if (isSchema1Type(type) || value['schemaVersion'] === 1) {
    throw new EngineError({
      code: 'unsupported',
      message: `${what} is a manifest of Docker's schema 1, which names no config and no verifiable layers`,
      hint: 'Push the image again with a newer Docker, or convert it with the tool that made it.',
    });
  }
  const annotations = isRecord(value['annotations'])
    ? { annotations: value['annotations'] as Record<string, string> }
    : {};
  const own = typeof value['mediaType'] === 'string' ? value['mediaType'] : '';
  const hasManifests = Array.isArray(value['manifests']);
  const hasLayers = Array.isArray(value['layers']) && isRecord(value['config']);
  // One that can be read as both means different images to different tools. Source: CVE-2021-41190.
  if (hasManifests && (hasLayers || 'config' in value || 'layers' in value)) {
    throw corrupt(what, 'it is both a manifest and an index');
  }
  if (hasManifests) {
    const manifests = descriptors(value['manifests'], what);
    const mediaType = isIndexType(own) ? own : isIndexType(type) ? type : own === '' ? OCI_INDEX : own;
    if (!isIndexType(mediaType)) throw corrupt(what, `it calls itself ${mediaType}`);
    return { kind: 'index', mediaType, manifests, ...annotations };
  }
  if (!hasLayers) throw corrupt(what, 'it is neither a manifest nor an index');
  const config = readDescriptor(value['config']);
  if (config === undefined) throw corrupt(what, 'its config has no valid digest and size');
  const mediaType = isManifestType(own) ? own : isManifestType(type) ? type : own === '' ? OCI_MANIFEST : own;
  if (!isManifestType(mediaType)) throw corrupt(what, `it calls itself ${mediaType}`);
  const subject = readDescriptor(value['subject']);
  return {
    kind: 'manifest',
    mediaType,
    config,
    layers: descriptors(value['layers'], what),
    ...(subject && { subject }),
    ...annotations,
  };
}

/** Whether both belong to Docker's family; an image keeps to one. */
export function isDockerType(mediaType: string): boolean {
  return mediaType === DOCKER_LIST || mediaType === DOCKER_MANIFEST;
}

function descriptors(value: unknown, what: string): Descriptor[] {
  if (!Array.isArray(value)) throw corrupt(what, 'its list of blobs is no list');
  return value.map((one) => {
    const descriptor = readDescriptor(one);
    if (descriptor === undefined) throw corrupt(what, 'a blob in it has no valid digest and size');
    return descriptor;
  });
}

function corrupt(what: string, why: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `${what} cannot be used: ${why}`,
    hint: 'Ask whoever published it to push it again.',
    cause,
  });
}
