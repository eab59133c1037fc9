/** Reads one file of each of two images and tells how its text differs. */
import type { CallOptions } from '../engine.ts';
import type { ContentSource } from '../layers/contents.ts';
import { readFile } from '../layers/file-body.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import type { Comparison } from './compare-images.ts';
import { sideOf } from './file-side.ts';
import type { TextDiff } from './hunk.ts';
import { MOST_TEXT, textDiff, textDiffInTurns } from './text-diff.ts';

export interface Sources {
  readonly before: ContentSource;
  readonly after: ContentSource;
}

/** Entries of the stacked trees; undefined where an image has no such file. */
export interface FilePair {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export interface FileDiffOptions extends CallOptions {
  /** Keys and frames have their turn while texts are compared. */
  readonly inTurns?: boolean;
}

/** Of a symbolic link its text is where it leads. Errors: those of the sources, `cancelled`. */
export async function fileDiff(
  { a, b, treeA, treeB }: Comparison,
  sources: Sources,
  { before, after }: FilePair,
  options: FileDiffOptions = {},
): Promise<TextDiff> {
  if (isSame(treeA, treeB, before, after)) return { kind: 'text', hunks: [] };
  const why = unfit(treeA, before) ?? unfit(treeB, after);
  if (why !== undefined) return { kind: 'none', why };
  const bytesOf = async (
    tree: StackedTree,
    source: ContentSource,
    contents: Comparison['a'],
    place: number | undefined,
  ): Promise<Buffer | undefined> => {
    if (place === undefined) return undefined;
    const { type, link, content } = sideOf(tree, place);
    if (type !== 'file') return Buffer.from(link);
    return await readFile(source, contents, content.layer, content.entry, options);
  };
  const old = await bytesOf(treeA, sources.before, a, before);
  const now = await bytesOf(treeB, sources.after, b, after);
  return options.inTurns === true ? await textDiffInTurns(old, now) : textDiff(old, now);
}

/** Whether digests tell that nothing has to be read. */
function isSame(
  treeA: StackedTree,
  treeB: StackedTree,
  before: number | undefined,
  after: number | undefined,
): boolean {
  if (before === undefined || after === undefined) return false;
  const [old, now] = [sideOf(treeA, before).digest, sideOf(treeB, after).digest];
  return old !== undefined && now !== undefined && Buffer.compare(old, now) === 0;
}

/** Why a side cannot be compared line by line; known before anything is read. */
function unfit(tree: StackedTree, place: number | undefined): string | undefined {
  if (place === undefined) return undefined;
  const { type, size } = sideOf(tree, place);
  if (type === 'directory') return 'a folder has no text';
  if (type !== 'file' && type !== 'symlink') return `a ${type.replace('-', ' ')} has no text`;
  return size > MOST_TEXT ? TOO_LARGE : undefined;
}

const TOO_LARGE = `more than ${MOST_TEXT / 2 ** 20} MiB are not compared line by line`;
