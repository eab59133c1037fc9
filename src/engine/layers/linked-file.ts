/** The file that a name of an image means: a hard link leads to it in its own layer, or in one below. */
import { damaged } from '../archive/fault.ts';
import { ROOT } from './breadth-tree.ts';
import { entryAt } from './hard-link.ts';
import { FLAG, type LayerIndex } from './layer-index.ts';
import { layersPath } from './member-name.ts';
import { shownPath } from './shown-path.ts';

/** An entry of one layer of an image. */
export interface EntryPlace {
  readonly layer: number;
  readonly entry: number;
}

/** The same for the same entry. */
export function keyOf({ layer, entry }: EntryPlace): string {
  return `${layer} ${entry}`;
}

/** Links over links than more of which nobody writes: a longer way, taken for each of its links, would not end in a lifetime. */
const MOST = 40;

/** An entry that is no hard link, most often a file. Errors: `corrupt` for links that lead nowhere, go round, or on and on. */
export function linkedFile(indexes: readonly LayerIndex[], place: EntryPlace): EntryPlace {
  const seen = new Set<string>();
  let at = place;
  for (;;) {
    const index = indexes[at.layer]!;
    if (index.type(at.entry) !== 'hardlink') return at;
    if (seen.has(keyOf(at))) throw broken(index, at.entry, 'goes round in a circle');
    if (seen.size === MOST) throw broken(index, at.entry, 'is one of too many that lead to each other');
    seen.add(keyOf(at));
    const target = index.target(at.entry);
    const entry = entryAt(index, target);
    // A link may have taken the place of what it leads to: that is then the one below.
    const next =
      entry === undefined || index.type(entry) === 'whiteout'
        ? entryBelow(indexes, at.layer, target)
        : { layer: at.layer, entry };
    if (next === undefined)
      throw broken(index, at.entry, `leads to ${shownPath(target)}, which is not there`);
    at = next;
  }
}

/** What a path means under a layer. */
function entryBelow(indexes: readonly LayerIndex[], layer: number, path: Uint8Array): EntryPlace | undefined {
  const { folder, name } = layersPath(Buffer.from(path));
  const parts = [
    ...(folder === '' ? [] : folder.split('/')).map((part) => Buffer.from(part, 'latin1')),
    name,
  ];
  for (let below = layer - 1; below >= 0; below--) {
    const index = indexes[below]!;
    let at: number | undefined = ROOT;
    let hides = false;
    for (const part of parts) {
      hides ||= index.has(at, FLAG.opaque);
      at = index.child(at, part);
      if (at === undefined) break;
      // Whatever is no folder ends what lower layers have below it.
      hides ||= index.type(at) !== 'directory' || index.has(at, FLAG.replaces);
    }
    if (at !== undefined) return index.type(at) === 'whiteout' ? undefined : { layer: below, entry: at };
    if (hides) return undefined;
  }
  return undefined;
}

function broken(index: LayerIndex, entry: number, why: string): Error {
  return damaged(`the hard link ${shownPath(index.path(entry))} ${why}`);
}
