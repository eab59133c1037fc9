/** Content digests. Source: OCI image specification, "Digests"; only sha256 is stored, as every engine and registry does. */
import { createHash } from 'node:crypto';

const SHA256 = /^sha256:[0-9a-f]{64}$/;

/** Whether a text is `sha256:` and 64 lower-case hex digits; anything else must never become a path. */
export function isDigest(text: unknown): text is string {
  return typeof text === 'string' && SHA256.test(text);
}

/** `sha256:…` of bytes in memory. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The 64 hex digits. */
export function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

/** The first 12 hex digits: what people and transfers know a layer by. */
export function shortDigest(digest: string): string {
  return hexOf(digest).slice(0, 12);
}
