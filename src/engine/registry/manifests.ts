/** Manifests and indexes of a registry. Source: distribution spec, "Pulling manifests", "Pushing Manifests", "Deleting". */
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf, isDigest, shortDigest } from '../oci/digest.ts';
import { type ImageIndex, type ImageManifest, MANIFEST_LIMIT, readManifest } from '../oci/manifest.ts';
import { MANIFEST_TYPES } from '../oci/media-type.ts';
import type { Exchange } from './exchange.ts';
import { RegistryError } from './failure.ts';

/** A manifest or index, verified: its bytes are what its digest says. */
export interface FetchedManifest {
  readonly descriptor: Descriptor;
  /** As the registry has them; any other spelling would have another digest. */
  readonly bytes: Buffer;
  readonly content: ImageManifest | ImageIndex;
}

export interface ManifestOptions {
  readonly signal?: AbortSignal | undefined;
  /** What it is called in messages; default: repository and reference. */
  readonly subject?: string;
}

/** The old types come last: they are asked for only so that a refusal can say why. */
const ACCEPT = [
  ...MANIFEST_TYPES,
  'application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1',
  'application/vnd.docker.distribution.manifest.v1+json;q=0.1',
].join(', ');

/**
 * What a tag or digest means now, without its content. Undefined where the registry does not say.
 * Errors: `not-found`, as Exchange.once.
 */
export async function headManifest(
  exchange: Exchange,
  repository: string,
  reference: string,
  options: ManifestOptions = {},
): Promise<{ readonly digest: string; readonly mediaType: string } | undefined> {
  const { headers, status } = await exchange.status({
    ...purpose(exchange, repository, reference, options),
    method: 'HEAD',
    expect: [200, 405],
    at: path(repository, reference),
    headers: { accept: ACCEPT },
  });
  const digest = headers['docker-content-digest'];
  if (status !== 200 || !isDigest(digest)) return undefined;
  return { digest, mediaType: typeOf(headers) };
}

/** Errors: as Exchange.once. */
export async function hasManifest(
  exchange: Exchange,
  repository: string,
  digest: string,
  options: ManifestOptions = {},
): Promise<boolean> {
  const { status } = await exchange.status({
    ...purpose(exchange, repository, digest, options),
    method: 'HEAD',
    expect: [200, 404],
    at: path(repository, digest),
    headers: { accept: ACCEPT },
  });
  return status === 200;
}

/**
 * Errors: `not-found`, `corrupt` where the bytes are not what the digest or size says, `unsupported` for
 * schema 1; as Exchange.once.
 */
export async function getManifest(
  exchange: Exchange,
  repository: string,
  reference: string,
  options: ManifestOptions & { readonly expected?: Descriptor } = {},
): Promise<FetchedManifest> {
  const subject = options.subject ?? subjectOf(repository, reference);
  const { response, bytes } = await exchange.bytes(
    {
      ...purpose(exchange, repository, reference, options),
      expect: [200],
      at: path(repository, reference),
      headers: { accept: ACCEPT, 'accept-encoding': 'identity' },
    },
    MANIFEST_LIMIT,
  );
  const digest = digestOf(bytes);
  const said = response.headers['docker-content-digest'];
  const wanted =
    options.expected?.digest ?? (isDigest(reference) ? reference : isDigest(said) ? said : digest);
  if (digest !== wanted) {
    throw lies(subject, `its digest should be ${shortDigest(wanted)} and is ${shortDigest(digest)}`);
  }
  const size = options.expected?.size ?? bytes.length;
  if (bytes.length !== size) throw lies(subject, `it should have ${size} bytes and has ${bytes.length}`);
  const content = readManifest(bytes, typeOf(response.headers), subject);
  return { descriptor: { mediaType: content.mediaType, digest, size }, bytes, content };
}

/** Returns once the registry has it under that tag or digest. Errors: `not-found` for blobs it does not have, as Exchange.once. */
export async function putManifest(
  exchange: Exchange,
  repository: string,
  reference: string,
  manifest: { readonly bytes: Buffer; readonly mediaType: string },
  options: ManifestOptions = {},
): Promise<void> {
  const { bytes } = manifest;
  const response = await exchange.status({
    ...purpose(exchange, repository, reference, options),
    doing: `push ${options.subject ?? subjectOf(repository, reference)}`,
    scopes: [`repository:${repository}:pull,push`],
    method: 'PUT',
    at: path(repository, reference),
    headers: { 'content-type': manifest.mediaType },
    body: { length: bytes.length, chunks: () => [bytes] },
    expect: [201, 200, 202],
  });
  const said = response.headers['docker-content-digest'];
  const digest = digestOf(bytes);
  if (isDigest(said) && said !== digest) {
    throw lies(
      options.subject ?? subjectOf(repository, reference),
      `the registry made ${shortDigest(said)} of what was pushed as ${shortDigest(digest)}`,
    );
  }
}

/** By digest with all its tags, or one tag where the registry can. Errors: `unsupported`, `not-found`, as Exchange.once. */
export async function deleteManifest(
  exchange: Exchange,
  repository: string,
  reference: string,
  options: ManifestOptions = {},
): Promise<void> {
  const subject = options.subject ?? subjectOf(repository, reference);
  try {
    await exchange.status({
      ...purpose(exchange, repository, reference, options),
      doing: `delete ${subject}`,
      scopes: [`repository:${repository}:delete,pull`],
      method: 'DELETE',
      at: path(repository, reference),
      expect: [202, 200, 204],
    });
  } catch (thrown) {
    const { domain } = exchange.address;
    if (thrown instanceof RegistryError && thrown.status === 405) {
      throw new EngineError({
        code: 'unsupported',
        message: `cannot delete ${subject}: ${domain} deletes nothing`,
        hint: 'Ask who runs it to allow deletions.',
        detail: thrown.detail,
        cause: thrown,
      });
    }
    if (thrown instanceof RegistryError && thrown.status === 400 && !isDigest(reference)) {
      throw new EngineError({
        code: 'unsupported',
        message: `cannot delete ${subject}: ${domain} deletes by digest only`,
        hint: 'Delete the digest that the tag means; its other tags go with it.',
        detail: thrown.detail,
        cause: thrown,
      });
    }
    throw thrown;
  }
}

function purpose(exchange: Exchange, repository: string, reference: string, options: ManifestOptions) {
  const subject = options.subject ?? subjectOf(repository, reference);
  return {
    doing: `read ${subject} from ${exchange.address.domain}`,
    subject,
    scopes: [`repository:${repository}:pull`],
    signal: options.signal,
  };
}

function path(repository: string, reference: string): string {
  return `${repository}/manifests/${reference}`;
}

function subjectOf(repository: string, reference: string): string {
  return isDigest(reference) ? `${repository}@${shortDigest(reference)}` : `${repository}:${reference}`;
}

function typeOf(headers: Readonly<Record<string, string>>): string {
  return (headers['content-type'] ?? '').replace(/;.*$/, '').trim().toLowerCase();
}

function lies(subject: string, why: string): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `what the registry gives as ${subject} is something else: ${why}`,
    hint: 'Something on the way changes it, or the registry is damaged: try again, or ask who runs it.',
  });
}
