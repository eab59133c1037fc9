/** Names of one file: what the target of a hard link means in the layer that has it. */
import type { LayerIndex } from './layer-index.ts';
import { layersParts } from './member-name.ts';
import { MOST_LINKS } from './path-parts.ts';

/** The entry of the same layer that a hard link stands for; undefined where it leads out of it, nowhere or round in a circle. */
export function linkedEntry(index: LayerIndex, link: number): number | undefined {
  let at: number | undefined = link;
  for (let hops = 0; hops < MOST_LINKS && at !== undefined; hops++) {
    if (index.type(at) !== 'hardlink') return at;
    at = entryAt(index, index.target(at));
  }
  return undefined;
}

/** The entry at a path as a tar has it; undefined for the root, which no link can stand for. */
export function entryAt(index: LayerIndex, path: Uint8Array): number | undefined {
  return index.descend(layersParts(Buffer.from(path))) || undefined;
}
