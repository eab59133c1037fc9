/** How an image is named in a request. */
import type { EngineKind } from '../engine.ts';
import { isImageId, parseReference, shortId } from '../reference.ts';

/**
 * A reference or id as the engine takes it: Podman rejects a short id with `sha256:`, and calls a full
 * one without it a name.
 * Errors: `bad-input`, on every engine alike, before anything is sent.
 */
export function imageName(kind: EngineKind, image: string): string {
  if (!isImageId(image)) {
    parseReference(image);
    return image;
  }
  if (kind !== 'podman') return image;
  const hex = image.replace(/^sha256:/, '');
  return hex.length === 64 ? `sha256:${hex}` : hex;
}

/** How an image is called in messages: ids short, names as they are. */
export function shownName(image: string): string {
  return isImageId(image) ? shortId(image) : image;
}
