/** What each layer did to one path. */
import { ROOT } from './breadth-tree.ts';
import { FLAG, type LayerIndex } from './layer-index.ts';

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
  const parts = Buffer.from(path)
    .toString('latin1')
    .split('/')
    .filter((part) => part !== '')
    .map((part) => Buffer.from(part, 'latin1'));
  const events: PathEvent[] = [];
  let isThere = false;
  let isFolder = false;
  for (const [layer, index] of indexes.entries()) {
    const found = inLayer(index, parts);
    if (found === 'gone') {
      if (isThere) events.push({ layer, what: 'removed', entry: undefined });
      isThere = false;
    } else if (found !== 'untouched' && !(isThere && isFolder && index.has(found, FLAG.implied))) {
      events.push({ layer, what: isThere ? 'changed' : 'added', entry: found });
      isThere = true;
      isFolder = index.type(found) === 'directory';
    }
  }
  return events;
}

/** The entry that a layer has at a path, or what else that means for lower ones. */
function inLayer(index: LayerIndex, parts: readonly Buffer[]): number | 'gone' | 'untouched' {
  let at = ROOT;
  let hides = index.has(ROOT, FLAG.opaque);
  for (const part of parts) {
    const child = index.child(at, part);
    if (child === undefined) return hides || index.type(at) !== 'directory' ? 'gone' : 'untouched';
    if (index.type(child) === 'whiteout') return 'gone';
    at = child;
    hides ||= index.has(at, FLAG.opaque) || index.has(at, FLAG.replaces);
  }
  return at;
}
