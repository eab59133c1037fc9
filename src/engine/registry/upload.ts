/** Putting a blob: mounted where it is next door, in one piece, or in chunks. Source: distribution spec, "Pushing Blobs". */
import { shortDigest } from '../oci/digest.ts';
import type { Call, Exchange } from './exchange.ts';
import { RegistryError } from './failure.ts';
import { pushRights, uploadLocation, uploadPurpose } from './upload-place.ts';
import { type BlobSource, type SendOptions, UploadSession } from './upload-session.ts';

export interface UploadOptions extends SendOptions {
  /** Repositories of the same registry that may have it. */
  readonly mountFrom?: readonly string[];
  /** It could not be mounted and is going to be sent. */
  readonly onStart?: () => void;
}

export type UploadOutcome =
  | { readonly kind: 'mounted'; readonly from: string }
  | { readonly kind: 'uploaded' };

export interface LookOptions {
  readonly signal?: AbortSignal | undefined;
  /** Asks with the rights that a push will need anyway. */
  readonly push?: boolean;
}

/** Whether a registry has a blob. Errors: as Exchange.once. */
export async function hasBlob(
  exchange: Exchange,
  repository: string,
  digest: string,
  options: LookOptions = {},
): Promise<boolean> {
  const response = await exchange.status({
    ...uploadPurpose(repository, digest, options.signal),
    doing: `look for the layer ${shortDigest(digest)} in ${repository}`,
    method: 'HEAD',
    at: `${repository}/blobs/${digest}`,
    scopes: options.push ? pushRights(repository) : [`repository:${repository}:pull`],
    expect: [200, 404],
  });
  return response.status === 200;
}

/** To be called for what the registry does not have. Errors: `unauthorized`, `forbidden`, `corrupt` where the registry received something else, as Exchange.once. */
export async function uploadBlob(
  exchange: Exchange,
  repository: string,
  blob: BlobSource,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const { signal } = options;
  let session: URL | undefined;
  for (const from of options.mountFrom ?? []) {
    const mounted = await mount(exchange, repository, blob.digest, from, signal);
    if (mounted === true) return { kind: 'mounted', from };
    // The registry has opened an upload instead: that one is used, not left lying about.
    if (mounted !== undefined) session = mounted;
    if (session !== undefined) break;
  }
  options.onStart?.();
  await new UploadSession(exchange, repository, blob, options).run(session);
  return { kind: 'uploaded' };
}

/** True when it is there now; else the upload that was opened instead. */
async function mount(
  exchange: Exchange,
  repository: string,
  digest: string,
  from: string,
  signal: AbortSignal | undefined,
): Promise<true | URL | undefined> {
  const call: Call = {
    ...uploadPurpose(repository, digest, signal),
    method: 'POST',
    at: `${repository}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`,
    scopes: [...pushRights(repository), `repository:${from}:pull`],
    expect: [201, 202],
  };
  try {
    const response = await exchange.status(call);
    return response.status === 201 ? true : uploadLocation(response, exchange, repository);
  } catch (thrown) {
    // Who may not read there, or cannot mount, uploads.
    const refused = thrown instanceof RegistryError && thrown.status >= 400 && thrown.status < 500;
    if (refused && thrown.status !== 429) return undefined;
    throw thrown;
  }
}
