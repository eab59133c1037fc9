/** What each layer did to one path. */
import { FLAG, type LayerIndex } from './layer-index.ts';
import { pathParts } from './path-parts.ts';
import { standingOf } from './path-standing.ts';

export interface PathEvent {
  /** The layer's place, from the base up. */
  readonly layer: number;
  /** What was removed before and comes again is added. */
  readonly what: 'added' | 'changed' | 'removed';
  /** The entry in that layer; undefined for what it removed. */
  readonly entry: number | undefined;
}

/** `indexes`: from the base up; `path`: bytes from the root, without a slash in front. Layers that did nothing to it are left out. */
export function pathHistory(indexes: readonly LayerIndex[], path: Uint8Array): PathEvent[] {
  const parts = pathParts(path);
  const events: PathEvent[] = [];
  let isThere = false;
  let isFolder = false;
  for (const [layer, index] of indexes.entries()) {
    const found = standingOf(index, parts);
    if (found === 'gone') {
      if (isThere) events.push({ layer, what: 'removed', entry: undefined });
      isThere = false;
    } else if (found !== 'unsaid' && !(isThere && isFolder && index.has(found, FLAG.implied))) {
      events.push({ layer, what: isThere ? 'changed' : 'added', entry: found });
      isThere = true;
      isFolder = index.type(found) === 'directory';
    }
  }
  return events;
}
