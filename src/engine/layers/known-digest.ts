/** The content of a file, where it was read. */
import type { LayerIndex } from './layer-index.ts';

/** Undefined for what is no file, and for one whose content nobody has hashed: its digest is all zeros. */
export function knownDigest(index: LayerIndex, entry: number): Uint8Array | undefined {
  const digest = index.digest(entry);
  return digest === undefined || digest.every((byte) => byte === 0) ? undefined : digest;
}
