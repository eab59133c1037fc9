/** Whether an image can be had again from a registry. */
import type { EngineKind } from './engine.ts';
import type { Image } from './image.ts';

export type Pullable = 'yes' | 'no' | 'unknown';

/** As far as the engine tells: only Docker's classic store and our own keep digests of images that really came from or went to a registry. */
export function pullable(kind: EngineKind, image: Pick<Image, 'digests'>): Pullable {
  if (kind !== 'docker-classic' && kind !== 'embedded') return 'unknown';
  return image.digests.length > 0 ? 'yes' : 'no';
}
