/** Names of one file: what the target of a hard link means in the layer that has it. */
import { ROOT } from './breadth-tree.ts';
import type { LayerIndex } from './layer-index.ts';
import { layersPath } from './member-name.ts';

/** Links over links than more of which nobody writes: those that go round end here. */
const MOST = 40;

/** The entry of the same layer that a hard link stands for; undefined where it leads out of it, nowhere or round in a circle. */
export function linkedEntry(index: LayerIndex, link: number): number | undefined {
  let at: number | undefined = link;
  for (let hops = 0; hops < MOST && at !== undefined; hops++) {
    if (index.type(at) !== 'hardlink') return at;
    at = entryAt(index, index.target(at));
  }
  return undefined;
}

/** The entry at a path as a tar has it. */
export function entryAt(index: LayerIndex, path: Uint8Array): number | undefined {
  const { folder, name } = layersPath(Buffer.from(path));
  let at: number | undefined = ROOT;
  for (const part of folder === '' ? [] : folder.split('/')) {
    at = index.child(at, Buffer.from(part, 'latin1'));
    if (at === undefined) return undefined;
  }
  return index.child(at, name);
}
