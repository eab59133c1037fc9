/** Entries as they came, put in the order of an index: breadth first, each folder's entries sorted by name. */

export interface TreeFacts {
  readonly count: number;
  /** The folder an entry lies in; 0 is the root, and in itself. */
  parent(entry: number): number;
  name(entry: number): Buffer;
  isFolder(entry: number): boolean;
  isWhiteout(entry: number): boolean;
}

export interface TreeOrder {
  /** Entries in their order; of several with one name in one folder only the last that came. */
  readonly order: Uint32Array;
  /** Places of folders in that order, and of the first entry in each, with one more at the end. */
  readonly folders: Uint32Array;
  readonly firsts: Uint32Array;
  /** Entries (numbered as they came) that a whiteout of the same name stood beside. */
  readonly replaced: readonly number[];
}

export function breadthFirst(facts: TreeFacts): TreeOrder {
  const { count } = facts;
  const starts = childStarts(facts);
  const children = new Uint32Array(count);
  const filled = starts.slice(0, count);
  for (let entry = 1; entry < count; entry++) children[filled[facts.parent(entry)]!++] = entry;

  const order = new Uint32Array(count);
  const folders: number[] = [];
  const firsts: number[] = [];
  const replaced: number[] = [];
  let length = 1;
  for (let place = 0; place < length; place++) {
    const entry = order[place]!;
    if (!facts.isFolder(entry)) continue;
    folders.push(place);
    firsts.push(length);
    const inside = children.subarray(starts[entry]!, starts[entry + 1]!);
    for (const child of sorted(inside, facts, replaced)) order[length++] = child;
  }
  firsts.push(length);
  return {
    order: order.slice(0, length),
    folders: Uint32Array.from(folders),
    firsts: Uint32Array.from(firsts),
    replaced,
  };
}

/** Where each folder's entries begin among all entries grouped by folder. */
function childStarts({ count, parent }: TreeFacts): Uint32Array {
  const starts = new Uint32Array(count + 1);
  for (let entry = 1; entry < count; entry++) starts[parent(entry) + 1]!++;
  for (let entry = 0; entry < count; entry++) starts[entry + 1]! += starts[entry]!;
  return starts;
}

function sorted(inside: Uint32Array, facts: TreeFacts, replaced: number[]): number[] {
  const names = new Map<number, Buffer>();
  for (const entry of inside) names.set(entry, facts.name(entry));
  const all = [...inside].sort((a, b) => Buffer.compare(names.get(a)!, names.get(b)!) || a - b);
  const kept: number[] = [];
  for (let at = 0; at < all.length; ) {
    const name = names.get(all[at]!)!;
    let end = at + 1;
    while (end < all.length && names.get(all[end]!)!.equals(name)) end++;
    const same = all.slice(at, end);
    // A whiteout is about lower layers: what this layer has under the name is there.
    const own = same.filter((entry) => !facts.isWhiteout(entry));
    const last = own.at(-1) ?? same.at(-1)!;
    if (own.length > 0 && own.length < same.length) replaced.push(last);
    kept.push(last);
    at = end;
  }
  return kept;
}
