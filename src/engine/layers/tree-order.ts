/** Entries as they came, put in the order of an index: breadth first, each folder's entries sorted by name. */
import type { GatheredEntries } from './gathered-entries.ts';
import { DIRECTORY, WHITEOUT } from './layer-index.ts';

export interface TreeOrder {
  /** Entries in their order; of several with one name in one folder only the last that came. */
  readonly order: Uint32Array<ArrayBuffer>;
  /** Places of folders in that order, and of the first entry in each, with one more at the end. */
  readonly folders: Uint32Array;
  readonly firsts: Uint32Array;
  /** Entries (numbered as they came) that a whiteout of the same name stood beside. */
  readonly replaced: readonly number[];
}

export function breadthFirst(entries: GatheredEntries): TreeOrder {
  const { count, parents, kinds } = entries;
  // Where each folder's entries begin among all entries grouped by folder, and then where they end.
  const ends = new Uint32Array(count + 1);
  let folderCount = 0;
  for (let entry = 1; entry < count; entry++) ends[parents[entry]! + 1]!++;
  for (let entry = 0; entry < count; entry++) {
    ends[entry + 1]! += ends[entry]!;
    if (kinds[entry]! >>> 12 === DIRECTORY) folderCount++;
  }
  const children = new Uint32Array(count);
  for (let entry = 1; entry < count; entry++) children[ends[parents[entry]!]!++] = entry;

  const order = new Uint32Array(count);
  const folders = new Uint32Array(folderCount);
  const firsts = new Uint32Array(folderCount + 1);
  const replaced: number[] = [];
  let length = 1;
  let folder = 0;
  for (let place = 0; place < length; place++) {
    const entry = order[place]!;
    if (kinds[entry]! >>> 12 !== DIRECTORY) continue;
    folders[folder] = place;
    firsts[folder++] = length;
    const from = entry === 0 ? 0 : ends[entry - 1]!;
    const to = ends[entry]!;
    if (isSorted(entries, children, from, to)) {
      for (let at = from; at < to; at++) order[length++] = children[at]!;
    } else length = sort(entries, children.subarray(from, to), order, length, replaced);
  }
  firsts[folder] = length;
  // Given back at once: what comes next takes as much.
  ends.buffer.transfer(0);
  children.buffer.transfer(0);
  return {
    order: order.subarray(0, length),
    folders: folders.slice(0, folder),
    firsts: firsts.slice(0, folder + 1),
    replaced,
  };
}

/** Most writers put what is in a folder in order: then nothing is there twice. */
function isSorted(entries: GatheredEntries, children: Uint32Array, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at++)
    if (entries.compare(children[at - 1]!, children[at]!) >= 0) return false;
  return true;
}

/** Adds them to `order` from `length` on; where it ends then. */
function sort(
  entries: GatheredEntries,
  inside: Uint32Array,
  order: Uint32Array,
  length: number,
  replaced: number[],
): number {
  inside.sort((a, b) => entries.compare(a, b) || a - b);
  let end = length;
  for (let at = 0; at < inside.length; ) {
    const first = inside[at]!;
    let last = first;
    let own = -1;
    let hasWhiteout = false;
    for (; at < inside.length && entries.compare(first, inside[at]!) === 0; at++) {
      last = inside[at]!;
      if (entries.kinds[last]! >>> 12 === WHITEOUT) hasWhiteout = true;
      else own = last;
    }
    // A whiteout is about lower layers: what this layer has under the name is there.
    if (own !== -1 && hasWhiteout) replaced.push(own);
    order[end++] = own === -1 ? last : own;
  }
  return end;
}
