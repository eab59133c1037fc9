/** Looks for paths in a tree of files: fuzzily, best first, or where `*` or `?` stands in the text, by a pattern. In pieces. */
import fuzzysort from 'fuzzysort';
import { asEngineError } from '../engine/errors.ts';
import { ROOT } from '../engine/layers/breadth-tree.ts';
import { type PatternPart, parsePathPattern } from '../engine/layers/path-pattern.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import { kindOf, type ShownTree } from './shown-tree.ts';

export interface FoundPaths {
  /** What was looked for, and where. */
  readonly text: string;
  readonly shown: ShownTree;
  /** The best of them, or the first. */
  readonly entries: Uint32Array;
  /** How many there are. */
  readonly total: number;
  /** Why the text cannot be looked for; `''` where it could. */
  readonly problem: string;
}

/** Paths that are listed. */
const MOST = 5_000;
/** As in the lists of images: what is below is found by accident. */
const LEAST_SCORE = 0.3;
/** Parts of a pattern: each has a bit of a number. */
const MOST_PARTS = 30;
/** Entries looked at between two pauses. */
const PIECE = 500;
const ROUGH_PIECE = 8_000;
const SLASH = 0x2f;

export function isPattern(text: string): boolean {
  return /[*?]/.test(text);
}

type Found = Omit<FoundPaths, 'text' | 'shown'>;
const NONE: Found = { entries: new Uint32Array(), total: 0, problem: '' };

export function* searchPaths(shown: ShownTree, text: string): Generator<void, FoundPaths> {
  const found = isPattern(text) ? yield* byPattern(shown, text) : yield* fuzzily(shown, text);
  return { text, shown, ...found };
}

/** Whether an entry stands for itself: folders that are shown only because of what is in them are not found. */
function isFindable(shown: ShownTree, entry: number): boolean {
  const { alone, tree, look, shows } = shown;
  return (
    shows[entry] === 1 &&
    (alone === undefined || tree.columns.changedBy[entry] === alone) &&
    !look.hidden.has(kindOf(shown, entry))
  );
}

function* fuzzily(shown: ShownTree, typed: string): Generator<void, Found> {
  const text = typed.trim().replace(/^\/+/, '');
  const { tree } = shown;
  if (text === '') return NONE;
  const candidates = yield* roughly(shown, text);
  const paths = createPaths(shown);
  let best: { readonly entry: number; readonly score: number; readonly length: number }[] = [];
  const cutToBest = (): void => {
    best.sort((a, b) => b.score - a.score || a.length - b.length || a.entry - b.entry);
    best = best.slice(0, MOST);
  };
  let total = 0;
  for (let entry = 1; entry < tree.count; entry++) {
    if (entry % PIECE === 0) yield;
    if (candidates[entry] === 0) continue;
    const path = paths(entry);
    // Prepared by hand: what it prepares itself it keeps for ever.
    const found = fuzzysort.single(text, fuzzysort.prepare(path));
    if (found === null || found.score < LEAST_SCORE) continue;
    total++;
    best.push({ entry, score: found.score, length: path.length });
    if (best.length === 2 * MOST) cutToBest();
  }
  cutToBest();
  return { entries: Uint32Array.from(best, ({ entry }) => entry), total, problem: '' };
}

/**
 * 1 for each entry in whose path the characters of each word follow each other, found by going through each name once: a
 * path has matched as much as its folder has, and on from there. What is no ASCII may be any character.
 */
function* roughly(shown: ShownTree, text: string): Generator<void, Uint8Array> {
  const { tree } = shown;
  const { folders, firsts } = tree.columns;
  const fits = new Uint8Array(tree.count);
  for (let entry = 1; entry < tree.count; entry++) {
    if (isFindable(shown, entry)) fits[entry] = 1;
    if (entry % ROUGH_PIECE === 0) yield;
  }
  for (const word of text.toLowerCase().split(/\s+/)) {
    const wanted = [...word].filter((sign) => sign < '\u0080').slice(0, 255);
    const codes = Uint8Array.from(wanted, (sign) => sign.charCodeAt(0));
    const matched = new Uint8Array(tree.count);
    for (let place = 0; place < folders.length; place++) {
      const folder = folders[place]!;
      const start =
        folder !== ROOT && codes[matched[folder]!] === SLASH ? matched[folder]! + 1 : matched[folder]!;
      for (let entry = firsts[place]!; entry < firsts[place + 1]!; entry++) {
        let at = start;
        if (at < codes.length) {
          const name = tree.name(entry);
          for (let next = 0; next < name.length && at < codes.length; next++) {
            const byte = name[next]!;
            const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
            if (lower === codes[at] || byte >= 0xc0) at++;
          }
        }
        matched[entry] = at;
        if (at < codes.length) fits[entry] = 0;
        if (entry % ROUGH_PIECE === 0) yield;
      }
    }
  }
  return fits;
}

/** Paths as they are shown, without a slash in front; those of folders are kept for what is in them. */
function createPaths({ tree }: ShownTree): (entry: number) => string {
  const known = new Map<number, string>([[ROOT, '']]);
  const folderPath = (folder: number): string => {
    const before = known.get(folder);
    if (before !== undefined) return before;
    const path = `${folderPath(tree.parent(folder))}${shownPath(tree.name(folder))}/`;
    known.set(folder, path);
    return path;
  };
  let last = -1;
  let lastEnd = -1;
  let lastPath = '';
  return (entry) => {
    // Asked for in their order, entries of one folder come one after the other.
    if (entry >= lastEnd || entry < last) {
      const folder = tree.parent(entry);
      last = entry;
      lastEnd = tree.children(folder).to;
      lastPath = folderPath(folder);
    }
    return lastPath + shownPath(tree.name(entry));
  };
}

function* byPattern(shown: ShownTree, typed: string): Generator<void, Found> {
  const { tree } = shown;
  const { folders, firsts } = tree.columns;
  const text = typed.trim();
  let parts: readonly PatternPart[];
  try {
    const pattern = parsePathPattern(text.startsWith('/') ? text : `**/${text}`);
    parts = pattern.kind === 'path' ? pattern.parts : [];
  } catch (thrown) {
    return { ...NONE, problem: asEngineError(thrown).message };
  }
  if (parts.length > MOST_PARTS) return { ...NONE, problem: 'a pattern has at most 30 folders' };
  const found: number[] = [];
  let total = 0;
  /** By a folder's place: a bit for each part of the pattern that may come next in it. */
  const next = new Uint32Array(folders.length);
  next[0] = withSkipped(parts, 1);
  let below = 0;
  for (let place = 0; place < folders.length; place++) {
    const wanted = next[place]!;
    for (let entry = firsts[place]!; entry < firsts[place + 1]!; entry++) {
      if (entry % PIECE === 0) yield;
      while (below < folders.length && folders[below]! < entry) below++;
      if (wanted === 0) continue;
      const reached = after(parts, wanted, tree.name(entry));
      if ((reached & (1 << parts.length)) !== 0 && isFindable(shown, entry)) {
        total++;
        if (found.length < MOST) found.push(entry);
      }
      if (folders[below] === entry) next[below] = reached;
    }
  }
  const paths = createPaths(shown);
  const listed = found.map((entry) => ({ entry, path: paths(entry) }));
  listed.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { entries: Uint32Array.from(listed, ({ entry }) => entry), total, problem: '' };
}

/** Parts that may come after a name, where those of `wanted` could be it. */
function after(parts: readonly PatternPart[], wanted: number, name: Uint8Array): number {
  let reached = 0;
  let text: string | undefined;
  for (let at = 0; at < parts.length; at++) {
    if ((wanted & (1 << at)) === 0) continue;
    const part = parts[at]!;
    if (part.kind === 'any') {
      reached |= 1 << at;
      if (at === parts.length - 1) reached |= 1 << parts.length;
    } else if (part.kind === 'plain') {
      if (part.bytes.equals(name)) reached |= 1 << (at + 1);
    } else {
      text ??= Buffer.from(name.buffer, name.byteOffset, name.length).toString();
      if (part.matches(text)) reached |= 1 << (at + 1);
    }
  }
  return withSkipped(parts, reached);
}

/** `**` may stand for no folder at all. */
function withSkipped(parts: readonly PatternPart[], wanted: number): number {
  let all = wanted;
  for (let at = 0; at < parts.length - 1; at++)
    if ((all & (1 << at)) !== 0 && parts[at]!.kind === 'any') all |= 1 << (at + 1);
  return all;
}
