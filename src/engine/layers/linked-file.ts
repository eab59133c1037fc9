/** The file that a name of an image means: a hard link leads to it in its own layer, or in one below. */
import { damaged } from '../archive/fault.ts';
import { entryAt } from './hard-link.ts';
import type { LayerIndex } from './layer-index.ts';
import { layersParts } from './member-name.ts';
import { MOST_LINKS } from './path-parts.ts';
import { standingOf } from './path-standing.ts';
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

/** An entry that is no hard link, most often a file. Errors: `corrupt` for links that lead nowhere, go round, or on and on. */
export function linkedFile(indexes: readonly LayerIndex[], place: EntryPlace): EntryPlace {
  const seen = new Set<string>();
  let at = place;
  for (;;) {
    const index = indexes[at.layer]!;
    if (index.type(at.entry) !== 'hardlink') return at;
    if (seen.has(keyOf(at))) throw broken(index, at.entry, 'goes round in a circle');
    // A longer way, taken for each of its links, would not end in a lifetime.
    if (seen.size === MOST_LINKS) throw broken(index, at.entry, 'is one of too many that lead to each other');
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
  const parts = layersParts(Buffer.from(path));
  for (let below = layer - 1; below >= 0 && parts.length > 0; below--) {
    const found = standingOf(indexes[below]!, parts);
    if (found === 'gone') return undefined;
    if (found !== 'unsaid') return { layer: below, entry: found };
  }
  return undefined;
}

function broken(index: LayerIndex, entry: number, why: string): Error {
  return damaged(`the hard link ${shownPath(index.path(entry))} ${why}`);
}
