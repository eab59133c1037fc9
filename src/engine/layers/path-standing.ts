/** What one layer says of a path. Source: OCI image spec, "Layer Filesystem Changeset". */
import { ROOT } from './breadth-tree.ts';
import { FLAG, type LayerIndex } from './layer-index.ts';

/** The entry it has there, that nothing of lower layers is there any more, or nothing at all. */
export type PathStanding = number | 'gone' | 'unsaid';

export function standingOf(index: LayerIndex, parts: readonly Uint8Array[]): PathStanding {
  let at = ROOT;
  let hides = false;
  for (const part of parts) {
    const entry = index.child(at, part);
    // Whatever is no folder ends what lower layers have below it.
    if (entry === undefined) return hides || index.type(at) !== 'directory' ? 'gone' : 'unsaid';
    if (index.type(entry) === 'whiteout') return 'gone';
    at = entry;
    hides ||= index.has(at, FLAG.opaque) || index.has(at, FLAG.replaces);
  }
  return at;
}
