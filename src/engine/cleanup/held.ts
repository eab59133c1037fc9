/** What a pin holds now. */
import type { EngineKind } from '../engine.ts';
import type { Image } from '../image.ts';
import { shortId } from '../reference.ts';
import { type Volume, volumeId } from '../volume.ts';
import { settingsOf } from './pin-file.ts';
import { createPins } from './pins.ts';

export interface Held {
  readonly id: string;
  /** The names that must stay, digests left out where there are tags; none where an image without a name must. */
  readonly names: readonly string[];
}

/** Images that one pin, as `pinTexts` writes it, keeps from being cleaned up. */
export function heldBy(pin: string, images: readonly Image[], kind: EngineKind): readonly Held[] {
  const pins = createPins(settingsOf([pin]));
  return images.flatMap((image) => {
    const found = pins.of(image, kind);
    if (found === undefined) return [];
    const tags = found.names.filter((name) => !name.includes('@'));
    return [{ id: image.id, names: tags.length > 0 ? tags : found.names }];
  });
}

/** Volumes that it keeps. */
export function volumesHeldBy(pin: string, volumes: readonly Volume[]): readonly Held[] {
  const pins = createPins(settingsOf([pin]));
  return volumes.flatMap((volume) =>
    pins.ofVolume(volume) === undefined
      ? []
      : [{ id: volumeId(volume.name), names: [volumeId(volume.name)] }],
  );
}

/** What is held as a person calls it. */
export function heldNames(held: readonly Held[]): string[] {
  return held.flatMap(({ id, names }) => (names.length > 0 ? names : [shortId(id)]));
}
