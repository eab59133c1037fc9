/** Looks for entries in one layer; what it finds stands for itself, so that the index need not stay in memory. */
import { ROOT } from './breadth-tree.ts';
import { linkedEntry } from './hard-link.ts';
import { knownDigest } from './known-digest.ts';
import { FILE, type FileType, FLAG, HARDLINK, type LayerIndex, WHITEOUT } from './layer-index.ts';
import type { PathPattern, PatternPart } from './path-pattern.ts';

/** An entry of a layer. */
export interface FoundFile {
  /** Bytes of the path from the root, without a slash in front. */
  readonly path: Buffer;
  readonly type: FileType;
  readonly size: number;
  /** Permissions, sticky and set-id bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Unix seconds. */
  readonly mtime: number;
  /** Where a link leads; undefined for all else. */
  readonly link: Buffer | undefined;
  /** SHA-256 of a file's content, 32 bytes; undefined where contents were not read. */
  readonly digest: Buffer | undefined;
}

/** `path`: where it is known already; finding it takes longer than all else. */
export function foundFile(index: LayerIndex, entry: number, path = index.path(entry)): FoundFile {
  const type = index.type(entry);
  const digest = knownDigest(index, entry);
  const { uid, gid } = index.owner(entry);
  return {
    path,
    type,
    size: index.size(entry),
    mode: index.mode(entry),
    uid,
    gid,
    mtime: index.mtime(entry),
    link: type === 'symlink' || type === 'hardlink' ? Buffer.from(index.target(entry)) : undefined,
    digest: digest && Buffer.from(digest),
  };
}

/** Entries looked at between two breaths. */
const BREATH = 2_048;

/**
 * The entries that match: what the layer brought itself, so neither whiteouts nor folders that merely lie on the way. Every
 * now and then it yields undefined, so that whoever asks can let others have their turn. A digest is found only in an
 * index with digests.
 */
export function* matchingEntries(
  index: LayerIndex,
  pattern: PathPattern,
): Generator<number | undefined, void, void> {
  const found =
    pattern.kind === 'digest'
      ? byDigest(index, pattern.hex)
      : pattern.kind === 'name'
        ? byName(index, pattern.name)
        : byPath(index, pattern.parts);
  for (const entry of found) if (entry === undefined || isBrought(index, entry)) yield entry;
}

function isBrought(index: LayerIndex, entry: number): boolean {
  return index.columns.kinds[entry]! >>> 12 !== WHITEOUT && !index.has(entry, FLAG.implied);
}

function* byName(index: LayerIndex, name: PatternPart): Generator<number | undefined> {
  const { count } = index;
  const { nameEnds } = index.columns;
  const matches = matcher(index, name);
  const length = name.kind === 'plain' ? name.bytes.length : undefined;
  for (let entry = 1; entry < count; entry++) {
    if (entry % BREATH === 0) yield undefined;
    // Most names are ruled out by their length alone.
    if (length !== undefined && nameEnds[entry]! - nameEnds[entry - 1]! !== length) continue;
    if (matches(entry)) yield entry;
  }
}

function matcher(index: LayerIndex, part: PatternPart): (entry: number) => boolean {
  if (part.kind === 'any') return () => true;
  if (part.kind === 'plain') {
    const { bytes } = part;
    return (entry) => bytes.equals(index.name(entry));
  }
  const { names, nameEnds } = index.columns;
  const all = Buffer.from(names.buffer, names.byteOffset, names.byteLength);
  return (entry) => part.matches(all.toString('utf8', nameEnds[entry - 1]!, nameEnds[entry]!));
}

/** Goes down from the root only where the pattern leads. */
function* byPath(index: LayerIndex, parts: readonly PatternPart[]): Generator<number | undefined> {
  const matchers = parts.map((part) => matcher(index, part));
  // Where two parts stand for any folders, one entry can be come to in several ways.
  const isTwofold = parts.filter(({ kind }) => kind === 'any').length > 1;
  const seen = new Set<number>();
  let steps = 0;
  // A stack of its own: a path can be deeper than calls can be nested.
  const open: (readonly [entry: number, part: number])[] = [[ROOT, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (++steps % BREATH === 0) yield undefined;
    const [folder, at] = next;
    if (isTwofold) {
      const key = folder * parts.length + at;
      if (seen.has(key)) continue;
      seen.add(key);
    }
    const part = parts[at]!;
    const isLast = at === parts.length - 1;
    if (part.kind === 'plain') {
      const entry = index.child(folder, part.bytes);
      if (entry !== undefined) yield* reached(entry);
      continue;
    }
    if (part.kind === 'any' && !isLast) open.push([folder, at + 1]);
    const { from, to } = index.children(folder);
    const matches = matchers[at]!;
    for (let entry = from; entry < to; entry++) {
      if (++steps % BREATH === 0) yield undefined;
      if (part.kind === 'any') {
        if (isLast) yield* once(entry);
        open.push([entry, at]);
      } else if (matches(entry)) yield* reached(entry);
    }

    function* reached(entry: number): Generator<number> {
      if (isLast) yield* once(entry);
      else open.push([entry, at + 1]);
    }
  }

  function* once(entry: number): Generator<number> {
    if (isTwofold) {
      const key = -1 - entry;
      if (seen.has(key)) return;
      seen.add(key);
    }
    yield entry;
  }
}

const DIGEST = 32;

function* byDigest(index: LayerIndex, hex: string): Generator<number | undefined> {
  const { digests, kinds } = index.columns;
  if (digests === undefined) return;
  const whole = Buffer.from(hex.slice(0, hex.length - (hex.length % 2)), 'hex');
  // An odd last digit is half a byte.
  const half = hex.length % 2 === 1 ? Number.parseInt(hex.at(-1)!, 16) : undefined;
  const found = new Set<number>();
  let file = 0;
  for (let entry = 0; entry < index.count; entry++) {
    if (entry % BREATH === BREATH - 1) yield undefined;
    if (kinds[entry]! >>> 12 !== FILE) continue;
    const start = file++ * DIGEST;
    if (digests[start] !== whole[0]) continue;
    if (whole.compare(digests, start, start + whole.length) !== 0) continue;
    if (half !== undefined && digests[start + whole.length]! >>> 4 !== half) continue;
    if (knownDigest(index, entry) === undefined) continue;
    found.add(entry);
    yield entry;
  }
  // Another name of a file has its content, too, and may be all that is left of it.
  for (let entry = 0; found.size > 0 && entry < index.count; entry++) {
    if (entry % BREATH === BREATH - 1) yield undefined;
    if (kinds[entry]! >>> 12 !== HARDLINK) continue;
    const linked = linkedEntry(index, entry);
    if (linked !== undefined && found.has(linked)) yield entry;
  }
}
