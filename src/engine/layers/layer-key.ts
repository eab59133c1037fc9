/** What a layer is known by: the same for all images that have it. */
import type { ContentLayer } from './contents.ts';

/** What nobody has checked is not trusted to be the layer that it is called. */
export function layerKey({ keptBy, diffId }: ContentLayer): string {
  return keptBy ?? diffId;
}
