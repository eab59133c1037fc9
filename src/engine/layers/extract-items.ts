/** What is to be extracted: a file, or a folder with all in it, as a list in which folders come before what is in them. */
import { damaged } from '../archive/fault.ts';
import { type FileType, FLAG, type LayerIndex } from './layer-index.ts';
import { type EntryPlace, keyOf, linkedFile } from './linked-file.ts';
import { shownPath } from './shown-path.ts';
import type { StackedTree } from './stacked-tree.ts';

export interface ExtractItem {
  /** Bytes of the path below what is extracted; empty for that itself. */
  readonly path: Buffer;
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Unix seconds; undefined for a folder that no layer tells more of than that it is there. */
  readonly mtime: number | undefined;
  /** Of a symbolic link. */
  readonly target: Uint8Array;
  /** Whose bytes a file has: names of one file have the same. */
  readonly body: EntryPlace | undefined;
  readonly size: number;
}

/** Extracted from the stacked tree: what a container would see. */
export function stackedItems(tree: StackedTree, entry: number): readonly ExtractItem[] {
  return itemsBelow(entry, {
    place: (at) => {
      const { layer, entry: own } = tree.source(at);
      return { layer, entry: own };
    },
    children: (at) => tree.children(at),
    isThere: (at) => tree.change(at) !== 'removed',
    indexes: tree.indexes,
  });
}

/** Extracted from one layer: what that layer alone has. */
export function layerItems(
  indexes: readonly LayerIndex[],
  layer: number,
  entry: number,
): readonly ExtractItem[] {
  const index = indexes[layer]!;
  return itemsBelow(entry, {
    place: (at) => ({ layer, entry: at }),
    children: (at) => index.children(at),
    isThere: (at) => index.type(at) !== 'whiteout',
    indexes,
  });
}

interface Walk {
  place(at: number): EntryPlace;
  children(at: number): { readonly from: number; readonly to: number };
  isThere(at: number): boolean;
  readonly indexes: readonly LayerIndex[];
}

function itemsBelow(top: number, walk: Walk): readonly ExtractItem[] {
  const items: ExtractItem[] = [];
  /** The last hard link to each file. */
  const links = new Map<string, EntryPlace>();
  const waiting: { readonly at: number; readonly path: Buffer }[] = [{ at: top, path: Buffer.alloc(0) }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const item = itemAt(walk, next.at, next.path);
    items.push(item);
    const own = walk.place(next.at);
    if (item.body !== undefined && walk.indexes[own.layer]!.type(own.entry) === 'hardlink')
      links.set(keyOf(item.body), own);
    if (item.type !== 'directory') continue;
    const { from, to } = walk.children(next.at);
    // The last is taken first.
    for (let child = to - 1; child >= from; child--) {
      if (!walk.isThere(child)) continue;
      const { layer, entry } = walk.place(child);
      const name = checkedName(walk.indexes[layer]!.name(entry));
      const path = next.path.length === 0 ? name : Buffer.concat([next.path, SLASH, name]);
      waiting.push({ at: child, path });
    }
  }
  return withLinksFacts(items, walk, links);
}

/** Engines unpack a hard link with its own mode and times, which are then those of all names of the file. */
function withLinksFacts(
  items: readonly ExtractItem[],
  { indexes }: Walk,
  links: ReadonlyMap<string, EntryPlace>,
): readonly ExtractItem[] {
  if (links.size === 0) return items;
  return items.map((item) => {
    const link = item.body === undefined ? undefined : links.get(keyOf(item.body));
    return link === undefined ? item : { ...item, ...factsOf(indexes[link.layer]!, link.entry) };
  });
}

const SLASH = Buffer.from('/');

function itemAt({ indexes, place }: Walk, at: number, path: Buffer): ExtractItem {
  const own = place(at);
  const body = linkedFile(indexes, own);
  const index = indexes[body.layer]!;
  const type = index.type(body.entry);
  return {
    path,
    type,
    ...factsOf(index, body.entry),
    target: type === 'symlink' ? index.target(body.entry) : NOTHING,
    body: type === 'file' ? body : undefined,
    size: index.size(body.entry),
  };
}

const NOTHING = new Uint8Array();

function factsOf(index: LayerIndex, entry: number): Pick<ExtractItem, 'mode' | 'uid' | 'gid' | 'mtime'> {
  return {
    mode: index.mode(entry),
    ...index.owner(entry),
    mtime: index.has(entry, FLAG.implied) ? undefined : index.mtime(entry),
  };
}

/** The name of one file in one folder. An index has no others; that nothing leads out of a target hangs on it. */
export function checkedName(name: Uint8Array): Buffer {
  const bytes = Buffer.from(name);
  const text = bytes.toString('latin1');
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('\0'))
    throw damaged(`${shownPath(bytes)} cannot be the name of a file`);
  return bytes;
}
