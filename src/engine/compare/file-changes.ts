/** Walks the files of two images side by side, both sorted by the bytes of their names, and tells where they differ. */
import { ROOT } from '../layers/breadth-tree.ts';
import type { ImageContents } from '../layers/contents.ts';
import { layerKey } from '../layers/layer-key.ts';
import { shownPath } from '../layers/shown-path.ts';
import { REMOVED, type StackedTree } from '../layers/stacked-tree.ts';
import { type FileSide, sideOf } from './file-side.ts';

/** What of a file differs. `content` with `unsure` in its change: perhaps. */
export type Aspect = 'type' | 'content' | 'link' | 'mode' | 'owner';

export interface FileChange {
  readonly kind: 'added' | 'removed' | 'changed';
  /** From the root, without a slash in front, fit to be shown. */
  readonly path: string;
  /** The entry in each stacked tree; undefined where that image has it not. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** Empty for what was added or removed. */
  readonly aspects: readonly Aspect[];
  /** Nobody read the contents, and only the time tells that they may differ. */
  readonly unsure: boolean;
  /** Bytes by which the image grows; less than 0 where it shrinks. */
  readonly bytes: number;
  /** Bytes that come or go: another content is stored anew as a whole, however many bytes more or less it has. */
  readonly moved: number;
}

export interface FileChanges {
  readonly list: readonly FileChange[];
  readonly sums: Readonly<Record<FileChange['kind'], FileSum>>;
  /** Changed files whose contents may be the same. */
  readonly unsure: number;
  /** Files of the same size and time in different layers: taken as the same, though nobody read their contents. */
  readonly assumed: number;
}

export interface FileSum {
  /** All that is no folder. */
  readonly files: number;
  readonly folders: number;
  /** By which the image grows, less than 0 where it shrinks. */
  readonly bytes: number;
  readonly moved: number;
}

/** Two folders of one path; undefined where one image has none there. */
interface Pair {
  readonly path: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Names compared between two pauses: a millisecond or two, where all of them differ. */
const PIECE = 100;

/** Both trees are those of `a` and `b`, stacked. `list` is in no order yet: `byBytes` puts it into one. */
export function* fileChanges(
  a: ImageContents,
  b: ImageContents,
  treeA: StackedTree,
  treeB: StackedTree,
): Generator<void, FileChanges> {
  const [idsA, idsB] = sameNumbers(a, b);
  const list: FileChange[] = [];
  const sums = { added: noSum(), removed: noSum(), changed: noSum() };
  let unsure = 0;
  let assumed = 0;
  let told = 0;

  const tell = (change: FileChange, isFolder: boolean): void => {
    list.push(change);
    const sum = sums[change.kind];
    if (isFolder) sum.folders++;
    else sum.files++;
    sum.bytes += change.bytes;
    sum.moved += change.moved;
    if (change.unsure) unsure++;
  };

  /** The very entry of one layer that both images have; what a hard link stands for can lie below that layer. */
  const isShared = (before: number, after: number): boolean =>
    idsA[treeA.columns.layers[before]!] === idsB[treeB.columns.layers[after]!] &&
    treeA.columns.entries[before] === treeB.columns.entries[after] &&
    treeA.type(before) !== 'hardlink';

  const compare = (path: string, before: number, after: number): void => {
    if (isShared(before, after)) return;
    const old = sideOf(treeA, before);
    const now = sideOf(treeB, after);
    const [aspects, doubt] = aspectsOf(old, now);
    if (doubt === 'same') assumed++;
    if (aspects.length === 0) return;
    const bytes = now.own - old.own;
    const isAnew = aspects.includes('content') || aspects.includes('type');
    const moved = Math.max(isAnew ? now.own : 0, Math.abs(bytes));
    tell(
      { kind: 'changed', path, before, after, aspects, unsure: doubt === 'differs', bytes, moved },
      now.type === 'directory' && old.type === 'directory',
    );
  };

  const waiting: Pair[] = [{ path: '', before: ROOT, after: ROOT }];
  for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
    const { path } = pair;
    const below = (name: Uint8Array): string =>
      path === '' ? shownPath(name) : `${path}/${shownPath(name)}`;
    for (const { name, before, after } of namesIn(treeA, treeB, pair)) {
      if (++told % PIECE === 0) yield;
      const isFolderA = before !== undefined && isFolder(treeA, before);
      const isFolderB = after !== undefined && isFolder(treeB, after);
      if (before !== undefined && after !== undefined) {
        if (isFolderA && isFolderB) {
          const inside = below(name);
          compare(inside, before, after);
          waiting.push({ path: inside, before, after });
          continue;
        }
        if (isShared(before, after)) continue;
        compare(below(name), before, after);
      } else if (before !== undefined) {
        const bytes = -sideOf(treeA, before).own;
        tell(lone('removed', below(name), before, undefined, bytes), isFolderA);
      } else if (after !== undefined) {
        const bytes = sideOf(treeB, after).own;
        tell(lone('added', below(name), undefined, after, bytes), isFolderB);
      }
      // What became a file, or was one, has all that is in the folder added or removed.
      if (isFolderA) waiting.push({ path: below(name), before, after: undefined });
      if (isFolderB) waiting.push({ path: below(name), before: undefined, after });
    }
  }
  return { list, sums, unsure, assumed };
}

export function byPath(one: FileChange, other: FileChange): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}

/** Those that move most bytes first; of equal ones what changed, then by path. */
export function byBytes(one: FileChange, other: FileChange): number {
  return (
    other.moved - one.moved ||
    Number(other.kind === 'changed') - Number(one.kind === 'changed') ||
    byPath(one, other)
  );
}

function lone(
  kind: 'added' | 'removed',
  path: string,
  before: number | undefined,
  after: number | undefined,
  bytes: number,
): FileChange {
  return { kind, path, before, after, aspects: [], unsure: false, bytes, moved: Math.abs(bytes) };
}

/** What differs; and where nobody read the contents, what is taken for true of them. */
function aspectsOf(old: FileSide, now: FileSide): readonly [Aspect[], 'same' | 'differs' | undefined] {
  if (old.type !== now.type) return [['type'], undefined];
  const aspects: Aspect[] = [];
  let doubt: 'same' | 'differs' | undefined;
  if (old.type === 'file') {
    if (old.size !== now.size) aspects.push('content');
    else if (old.digest !== undefined && now.digest !== undefined) {
      if (Buffer.compare(old.digest, now.digest) !== 0) aspects.push('content');
    } else if (old.size > 0) {
      doubt = old.mtime === now.mtime ? 'same' : 'differs';
      if (doubt === 'differs') aspects.push('content');
    }
  }
  if (old.link !== now.link) aspects.push('link');
  if (old.implied || now.implied) return [aspects, doubt];
  // Permissions of symbolic links mean nothing, and every writer of tars makes up its own.
  if (old.type !== 'symlink' && old.mode !== now.mode) aspects.push('mode');
  if (old.uid !== now.uid || old.gid !== now.gid) aspects.push('owner');
  return [aspects, doubt];
}

function noSum(): { files: number; folders: number; bytes: number; moved: number } {
  return { files: 0, folders: 0, bytes: 0, moved: 0 };
}

function isFolder(tree: StackedTree, place: number): boolean {
  return tree.type(place) === 'directory';
}

/** For the layers of both images a number each, the same for the same layer. */
function sameNumbers(a: ImageContents, b: ImageContents): readonly [Uint32Array, Uint32Array] {
  const numbers = new Map<string, number>();
  const numbered = ({ image }: ImageContents): Uint32Array =>
    Uint32Array.from(image.layers, (layer) => {
      const key = layerKey(layer);
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      return numbers.get(key)!;
    });
  return [numbered(a), numbered(b)];
}

interface Name {
  readonly name: Uint8Array;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** Each name in either folder, with where each image has it; what a later layer took away is not there. */
function* namesIn(treeA: StackedTree, treeB: StackedTree, { before, after }: Pair): Generator<Name> {
  const inA = before === undefined ? NOWHERE : treeA.children(before);
  const inB = after === undefined ? NOWHERE : treeB.children(after);
  let { from: a } = inA;
  let { from: b } = inB;
  for (;;) {
    while (a < inA.to && treeA.columns.changes[a] === REMOVED) a++;
    while (b < inB.to && treeB.columns.changes[b] === REMOVED) b++;
    if (a >= inA.to && b >= inB.to) return;
    const nameA = a < inA.to ? treeA.name(a) : undefined;
    const nameB = b < inB.to ? treeB.name(b) : undefined;
    const order = nameA === undefined ? 1 : nameB === undefined ? -1 : Buffer.compare(nameA, nameB);
    yield {
      name: (order <= 0 ? nameA : nameB)!,
      before: order <= 0 ? a++ : undefined,
      after: order >= 0 ? b++ : undefined,
    };
  }
}

const NOWHERE = { from: 0, to: 0 };
