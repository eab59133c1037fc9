/** A layer that two images share has the same entries in both: what is wanted of one can be read from the other. */
import type { ImageContents } from '../layers/contents.ts';
import { layerKey } from '../layers/layer-key.ts';
import type { EntryPlace } from '../layers/linked-file.ts';

/** Where `to` has the same entry of the same layer; undefined where it has not that layer. */
export function movedPlace(
  { layer, entry }: EntryPlace,
  from: ImageContents,
  to: ImageContents,
): EntryPlace | undefined {
  const key = layerKey(from.image.layers[layer]!);
  const other = to.image.layers.findIndex((one) => layerKey(one) === key);
  return other === -1 ? undefined : { layer: other, entry };
}
