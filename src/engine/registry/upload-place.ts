/** Where an upload goes, what for, and how far it is. Source: distribution spec, "Pushing Blobs". */
import { EngineError } from '../errors.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Exchange } from './exchange.ts';
import type { HttpResponse } from './transport.ts';

export function uploadPurpose(repository: string, digest: string, signal: AbortSignal | undefined) {
  const short = shortDigest(digest);
  return { doing: `push the layer ${short} to ${repository}`, subject: `repository ${repository}`, signal };
}

/** What a token must allow. */
export function pushRights(repository: string): string[] {
  return [`repository:${repository}:pull,push`];
}

/** Bytes that are there: 100 for `Range: 0-99`; undefined where it does not say. */
export function rangeEnd(response: HttpResponse): number | undefined {
  const end = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1];
  return end === undefined ? undefined : Number(end) + 1;
}

/** Where the upload goes on. Errors: `corrupt` where the registry does not say, and it was not known before. */
export function uploadLocation(
  response: HttpResponse,
  exchange: Exchange,
  repository: string,
  kept?: URL,
): URL {
  const url = URL.parse(response.headers['location'] ?? '', response.url.href);
  if (response.headers['location'] !== undefined && url !== null && /^https?:$/.test(url.protocol))
    return url;
  if (kept !== undefined) return kept;
  throw new EngineError({
    code: 'corrupt',
    message: `${exchange.address.domain} opens no upload for ${repository}: it says not where to`,
    hint: 'Ask who runs the registry.',
  });
}
