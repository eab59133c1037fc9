/** A tree of files with some folders open, as rows: which entry stands on each, how deep, and where the cursor is. Pure. */
import { ROOT } from '../engine/layers/breadth-tree.ts';
import { isFolder, type ShownTree, shownChildren } from './shown-tree.ts';

export interface OpenTree {
  readonly shown: ShownTree;
  /** Of each entry 1 where it is an open folder. */
  readonly open: Uint8Array;
  /** What stands on each row, and how many folders it lies in. */
  readonly entries: Uint32Array;
  readonly depths: Uint16Array;
  /** The row under the cursor, -1 where there is none, and the first row drawn. */
  readonly at: number;
  readonly top: number;
}

/** With the folders open that are in `before`, and the cursor on the same path, or on what is left of it. */
export function openTree(shown: ShownTree, before?: OpenTree): OpenTree {
  const open = before === undefined ? onlyRoot(shown) : carried(before, shown);
  const { entries, depths } = rowsBelow(shown, open, ROOT, 0);
  const entry = before === undefined ? undefined : sameEntry(before, shown);
  const at = entries.length === 0 ? -1 : Math.max(0, entry === undefined ? 0 : entries.indexOf(entry));
  const top = before === undefined ? 0 : Math.max(0, at - (before.at - before.top));
  return { shown, open, entries, depths, at, top };
}

function onlyRoot({ tree }: ShownTree): Uint8Array {
  const open = new Uint8Array(tree.count);
  open[ROOT] = 1;
  return open;
}

export function entryAt({ entries, at }: OpenTree): number | undefined {
  return entries[at];
}

/** All rows that an open folder has below it. */
function rowsBelow(
  shown: ShownTree,
  open: Uint8Array,
  folder: number,
  depth: number,
): { readonly entries: Uint32Array; readonly depths: Uint16Array } {
  let entries = new Uint32Array(64);
  let depths = new Uint16Array(64);
  let length = 0;
  const waiting: { readonly children: Uint32Array; next: number }[] = [
    { children: shownChildren(shown, folder), next: 0 },
  ];
  for (let last = waiting.at(-1); last !== undefined; last = waiting.at(-1)) {
    if (last.next === last.children.length) {
      waiting.pop();
      continue;
    }
    const entry = last.children[last.next++]!;
    if (length === entries.length) {
      entries = enlarged(entries, new Uint32Array(length * 2));
      depths = enlarged(depths, new Uint16Array(length * 2));
    }
    entries[length] = entry;
    depths[length++] = depth + waiting.length - 1;
    if (open[entry] === 1) waiting.push({ children: shownChildren(shown, entry), next: 0 });
  }
  return { entries: entries.slice(0, length), depths: depths.slice(0, length) };
}

function enlarged<Numbers extends Uint16Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from);
  return to;
}

/** Opens the folder on a row; one with nothing but a single folder in it opens with that. */
export function opened(view: OpenTree, row: number): OpenTree {
  const { shown } = view;
  const folder = view.entries[row];
  if (folder === undefined || view.open[folder] === 1 || !isFolder(shown.tree, folder)) return view;
  const open = view.open.slice();
  for (let next: number | undefined = folder; next !== undefined; next = onlyFolder(shown, next))
    open[next] = 1;
  return withBelow(view, row, open);
}

function onlyFolder(shown: ShownTree, folder: number): number | undefined {
  const { from, to } = shown.tree.children(folder);
  let only: number | undefined;
  for (let child = from; child < to; child++) {
    if (shown.shows[child] !== 1) continue;
    if (only !== undefined) return undefined;
    only = child;
  }
  return only !== undefined && isFolder(shown.tree, only) ? only : undefined;
}

/** Opens the folder on a row and all folders in it; `row` -1 stands for the root. The cursor stays on its entry. */
export function openedBelow(view: OpenTree, row: number): OpenTree {
  const { shown } = view;
  const top = row === -1 ? ROOT : view.entries[row];
  if (top === undefined || !isFolder(shown.tree, top)) return view;
  const open = view.open.slice();
  const waiting = [top];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    open[folder] = 1;
    const { from, to } = shown.tree.children(folder);
    for (let child = from; child < to; child++)
      if (shown.shows[child] === 1 && isFolder(shown.tree, child)) waiting.push(child);
  }
  const made =
    row === -1 ? { ...view, ...rowsBelow(shown, open, ROOT, 0), open } : withBelow(view, row, open);
  const entry = entryAt(view);
  return view.at === row || entry === undefined ? made : { ...made, at: made.entries.indexOf(entry) };
}

export function closed(view: OpenTree, row: number): OpenTree {
  const folder = view.entries[row];
  if (folder === undefined || view.open[folder] !== 1) return view;
  const open = view.open.slice();
  open[folder] = 0;
  return withBelow(view, row, open);
}

/** Only what lies in the root is left; the cursor goes to what it was in. */
export function allClosed(view: OpenTree): OpenTree {
  let row = view.at;
  while (row > 0 && view.depths[row]! > 0) row--;
  const entry = view.entries[row];
  const open = onlyRoot(view.shown);
  const rows = rowsBelow(view.shown, open, ROOT, 0);
  return { ...view, ...rows, open, at: entry === undefined ? -1 : rows.entries.indexOf(entry), top: 0 };
}

/** The rows below one of them anew, all others as they are. */
function withBelow(view: OpenTree, row: number, open: Uint8Array): OpenTree {
  const { entries, depths, shown } = view;
  const depth = depths[row]!;
  let end = row + 1;
  while (end < entries.length && depths[end]! > depth) end++;
  const folder = entries[row]!;
  const below =
    open[folder] === 1
      ? rowsBelow(shown, open, folder, depth + 1)
      : { entries: new Uint32Array(), depths: new Uint16Array() };
  const at = view.at > row && view.at < end ? row : view.at;
  return {
    ...view,
    open,
    entries: spliced(
      entries,
      row + 1,
      end,
      below.entries,
      new Uint32Array(size(entries, row, end, below.entries)),
    ),
    depths: spliced(
      depths,
      row + 1,
      end,
      below.depths,
      new Uint16Array(size(depths, row, end, below.depths)),
    ),
    at: at >= end ? at + below.entries.length - (end - row - 1) : at,
  };
}

function size(all: { length: number }, row: number, end: number, more: { length: number }): number {
  return all.length - (end - row - 1) + more.length;
}

function spliced<Numbers extends Uint16Array | Uint32Array>(
  all: Numbers,
  from: number,
  to: number,
  put: Numbers,
  into: Numbers,
): Numbers {
  into.set(all.subarray(0, from));
  into.set(put, from);
  into.set(all.subarray(to), from + put.length);
  return into;
}

/** The row that an entry's folder stands on; -1 in the root. */
export function parentRow({ depths }: OpenTree, row: number): number {
  const depth = depths[row] ?? 0;
  if (depth === 0) return -1;
  let above = row - 1;
  while (depths[above]! >= depth) above--;
  return above;
}

/** The cursor on an entry, with all folders open that it lies in; the view as it is where that is not shown. */
export function revealed(view: OpenTree, entry: number): OpenTree {
  const { shown } = view;
  if (entry === ROOT || shown.shows[entry] !== 1) return view;
  const above: number[] = [];
  for (let at = shown.tree.parent(entry); at !== ROOT; at = shown.tree.parent(at)) above.unshift(at);
  let now = view;
  const closedOne = above.find((folder) => view.open[folder] !== 1);
  if (closedOne !== undefined) {
    const open = view.open.slice();
    for (const folder of above) open[folder] = 1;
    now = withBelow(view, view.entries.indexOf(closedOne), open);
  }
  return { ...now, at: now.entries.indexOf(entry) };
}

/** Folders of another tree that are open here, found by their names. */
function carried(before: OpenTree, shown: ShownTree): Uint8Array {
  const from = before.shown.tree;
  const to = shown.tree;
  if (from === to) return before.open;
  const open = onlyRoot(shown);
  const waiting: [number, number][] = [[ROOT, ROOT]];
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const [old, now] = pair;
    const range = from.children(old);
    for (let child = range.from; child < range.to; child++) {
      if (before.open[child] !== 1) continue;
      const same = to.child(now, from.name(child));
      if (same === undefined || !isFolder(to, same)) continue;
      open[same] = 1;
      waiting.push([child, same]);
    }
  }
  return open;
}

/** The entry of another tree at the path of the cursor, or the nearest above it that is shown. */
function sameEntry(before: OpenTree, shown: ShownTree): number | undefined {
  const cursor = entryAt(before);
  if (cursor === undefined) return undefined;
  const from = before.shown.tree;
  const path: number[] = [];
  for (let at = cursor; at !== ROOT; at = from.parent(at)) path.unshift(at);
  let found: number | undefined;
  let now: number = ROOT;
  for (const old of path) {
    const same = shown.tree.child(now, from.name(old));
    if (same === undefined || shown.shows[same] !== 1) break;
    found = same;
    now = same;
  }
  return found;
}
