/** Finds what a path means in a tree of files, with symbolic links on the way followed inside of it, as in a container. */
import { EngineError } from '../errors.ts';
import { ROOT } from './breadth-tree.ts';
import type { FileType, LayerIndex } from './layer-index.ts';
import { missingPath } from './missing-path.ts';
import { MOST_LINKS, pathParts } from './path-parts.ts';
import { shownPath } from './shown-path.ts';
import type { StackedTree } from './stacked-tree.ts';

const SLASH = 0x2f;

/** What the stacked tree and the index of one layer have in common. */
export interface FileTree {
  child(folder: number, name: Uint8Array): number | undefined;
  parent(entry: number): number;
  path(entry: number): Uint8Array;
  type(entry: number): FileType;
  /** Where a link leads. */
  target(entry: number): Uint8Array;
  /** Whether a container would see it. */
  isThere(entry: number): boolean;
  /** What it is made of, and which of these alone; undefined for all. */
  readonly indexes: readonly LayerIndex[];
  readonly layer: number | undefined;
}

/** `layer`: its place in `indexes`. */
export function layerTree(indexes: readonly LayerIndex[], layer: number): FileTree {
  const index = indexes[layer]!;
  return {
    indexes,
    layer,
    child: (folder, name) => index.child(folder, name),
    parent: (entry) => index.parent(entry),
    path: (entry) => index.path(entry),
    type: (entry) => index.type(entry),
    target: (entry) => index.target(entry),
    isThere: (entry) => index.type(entry) !== 'whiteout',
  };
}

export function stackedFiles(tree: StackedTree): FileTree {
  return {
    indexes: tree.indexes,
    layer: undefined,
    child: (folder, name) => tree.child(folder, name),
    parent: (entry) => tree.parent(entry),
    path: (entry) => tree.path(entry),
    type: (entry) => tree.type(entry),
    target(entry) {
      const { index, entry: own } = tree.source(entry);
      return index.target(own);
    },
    isThere: (entry) => tree.change(entry) !== 'removed',
  };
}

/**
 * The entry at a path, which begins at the root with or without a slash. A link at its very end is not followed, unless a
 * slash, or `/.`, stands behind it, or with `follow`. Errors: `not-found`, `bad-input` for links that go round in a circle.
 */
export function lookUp(tree: FileTree, path: Uint8Array, { follow = false } = {}): number {
  const { indexes, layer } = tree;
  const waiting = pathParts(path);
  // Behind a slash at its end goes on what the last part is.
  const wantsFolder = path.at(-1) === SLASH || /(?:^|\/)\.$/.test(Buffer.from(path).toString('latin1'));
  let at = ROOT;
  let links = 0;
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
    const name = part.toString('latin1');
    if (name === '.') continue;
    if (name === '..') {
      at = tree.parent(at);
      continue;
    }
    const next = tree.type(at) === 'directory' ? tree.child(at, part) : undefined;
    if (next === undefined || !tree.isThere(next)) {
      const end = links === 0 ? undefined : joined([...pathParts(tree.path(at)), part, ...waiting]);
      throw missingPath({ indexes, layer, path, end });
    }
    if (tree.type(next) !== 'symlink' || (waiting.length === 0 && !wantsFolder && !follow)) {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) throw endless(path);
    const target = tree.target(next);
    if (target[0] === SLASH) at = ROOT;
    waiting.unshift(...pathParts(target));
  }
  if (wantsFolder && tree.type(at) !== 'directory') throw missingPath({ indexes: [], layer, path });
  return at;
}

function joined(names: readonly Buffer[]): Buffer {
  return Buffer.concat(names.flatMap((name, at) => (at === 0 ? [name] : [Buffer.of(SLASH), name])));
}

function endless(path: Uint8Array): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `symbolic links of ${shownPath(path)} go round in a circle`,
    hint: 'Name the file by another path.',
  });
}
