/** Bytes that an image carries in vain, and how well it uses what it carries. docs/EFFICIENCY.md says what counts and why. */
import type { IgnoreRules } from '../context/ignore-rules.ts';
import { Biggest } from './biggest.ts';
import { ROOT } from './breadth-tree.ts';
import type { ImageContents } from './contents.ts';
import { findHidden } from './hidden-bytes.ts';
import { carriedAt } from './layer-bytes.ts';
import type { LeftoverRule } from './leftover-rules.ts';
import { findLeftovers } from './leftovers.ts';
import { rowGroups } from './row-groups.ts';
import { findSameContents } from './same-contents.ts';
import { findSpared, type SparedBytes } from './spared-bytes.ts';
import { stackGradually } from './stack-layers.ts';
import type { StackedTree } from './stacked-tree.ts';
import { WASTE_KINDS, type WasteItem, type WasteKind } from './waste-item.ts';
import { duplicateItem, type FoundLeftover, hiddenItem, leftoverGroup, leftoverItem } from './waste-items.ts';

export interface Waste {
  /** Unpacked bytes of all files in all layers. */
  readonly carried: number;
  /** Of these, what is overwritten, deleted or left over. Duplicates are told beside it. */
  readonly bytes: number;
  /** From 0 to 1: the part of what is carried that is seen and needed; 1 where nothing is carried. */
  readonly efficiency: number;
  readonly byKind: Readonly<Record<WasteKind, { readonly bytes: number; readonly items: number }>>;
  /** The biggest first; of each kind no more than a thousand, though all are counted. */
  readonly items: readonly WasteItem[];
  /** Whether the contents of all layers were read: else duplicates, and copies that nothing changed, are not known. */
  readonly compared: boolean;
}

/** Items of one kind that are told one by one. */
const MOST = 1_000;
const SLICE = 256;

export interface WasteOptions {
  /** All layers of the contents laid over each other, where that is there already. */
  readonly tree?: StackedTree;
  /** Files to be left out of the count, wherever they lie. */
  readonly ignored?: IgnoreRules;
}

/** All at once: some hundred milliseconds for a million files. */
export function wasteOf(contents: ImageContents, options: WasteOptions = {}): Waste {
  const steps = findWaste(contents, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same in pieces of a few milliseconds, for whoever has other things to do in between. */
export function* findWaste(
  { image: { layers }, indexes }: ImageContents,
  { tree: known, ignored }: WasteOptions = {},
): Generator<void, Waste> {
  const tree = known ?? (yield* stackGradually(indexes));
  const kinds: Record<WasteKind, Biggest<WasteItem>> = {
    overwritten: new Biggest(MOST),
    deleted: new Biggest(MOST),
    leftover: new Biggest(MOST),
    duplicate: new Biggest(MOST),
  };
  const leftovers = yield* findLeftovers(tree);
  const spared = yield* findSpared(tree, leftovers, ignored);
  const hidden = yield* findHidden(tree, leftovers, spared);
  yield* addAll(
    yield* rowGroups(hidden, ({ place, kind }) => place * 2 + (kind === 'deleted' ? 1 : 0)),
    (group) => kinds[group[0]!.kind].add(bytesOf(group), () => hiddenItem(tree, layers, group)),
  );
  yield* addAll(yield* rowGroups(yield* weighed(tree, leftovers.tops, spared), leftoverGroup), (group) =>
    kinds.leftover.add(bytesOf(group), () => leftoverItem(tree, layers, group)),
  );
  const compared = indexes.every((index) => index.columns.digests !== undefined);
  // What a few layers happen to be known of says nothing about the image.
  if (compared) {
    yield* addAll(yield* findSameContents(tree, leftovers, spared), (same) =>
      kinds.duplicate.add(same.bytes, () => duplicateItem(tree, layers, same)),
    );
  }
  const carried = tree.size(ROOT) + tree.wasted(ROOT);
  const bytes = kinds.overwritten.bytes + kinds.deleted.bytes + kinds.leftover.bytes;
  return {
    carried,
    bytes,
    // One division, so that it is the very number that a limit of the same share is.
    efficiency: carried === 0 ? 1 : (carried - bytes) / carried,
    byKind: Object.fromEntries(
      WASTE_KINDS.map((kind) => [kind, { bytes: kinds[kind].bytes, items: kinds[kind].count }]),
    ) as Waste['byKind'],
    items: WASTE_KINDS.flatMap((kind) => kinds[kind].list()).sort(
      (a, b) => b.bytes - a.bytes || Buffer.compare(a.path, b.path),
    ),
    compared,
  };
}

/** What leftovers weigh, and which layers carry them. */
function* weighed(
  tree: StackedTree,
  tops: ReadonlyMap<number, LeftoverRule>,
  spared: SparedBytes,
): Generator<void, FoundLeftover[]> {
  const found: FoundLeftover[] = [];
  for (const [place, rule] of tops) {
    const bytes = tree.size(place) + tree.wasted(place) - spared.below(place);
    if (bytes > 0) found.push({ rule, place, bytes, ...(yield* carriedAt(tree, place, spared)) });
    if (found.length % SLICE === SLICE - 1) yield;
  }
  return found;
}

function* addAll<Row>(rows: Iterable<Row>, add: (row: Row) => void): Generator<void, void> {
  let left = SLICE;
  for (const row of rows) {
    add(row);
    if (--left > 0) continue;
    left = SLICE;
    yield;
  }
}

function bytesOf(group: readonly { readonly bytes: number }[]): number {
  return group.reduce((sum, { bytes }) => sum + bytes, 0);
}
