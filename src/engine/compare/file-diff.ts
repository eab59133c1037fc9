/** Reads one file of each of two images and tells how its text differs. */
import type { ContentSource, TarOptions } from '../layers/contents.ts';
import { readFiles } from '../layers/file-body.ts';
import type { EntryPlace } from '../layers/linked-file.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import type { Comparison } from './compare-images.ts';
import { sideOf } from './file-side.ts';
import type { TextDiff } from './hunk.ts';
import { movedPlace } from './moved-place.ts';
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

export interface FileDiffOptions extends TarOptions {
  /** Keys and frames have their turn while texts are compared. */
  readonly inTurns?: boolean;
}

/** Of a symbolic link its text is where it leads. Errors: those of the sources, `cancelled`. */
export async function fileDiff(
  comparison: Comparison,
  sources: Sources,
  { before, after }: FilePair,
  options: FileDiffOptions = {},
): Promise<TextDiff> {
  const { treeA, treeB } = comparison;
  if (isSame(treeA, treeB, before, after)) return { kind: 'text', hunks: [] };
  const why = unfit(treeA, before) ?? unfit(treeB, after);
  if (why !== undefined) return { kind: 'none', why };
  const [linkA, linkB] = [linkOf(treeA, before), linkOf(treeB, after)];
  const [bodyA, bodyB] = await bodiesOf(
    comparison,
    sources,
    linkA === undefined ? contentOf(treeA, before) : undefined,
    linkB === undefined ? contentOf(treeB, after) : undefined,
    options,
  );
  const [old, now] = [linkA ?? bodyA, linkB ?? bodyB];
  return options.inTurns === true ? await textDiffInTurns(old, now) : textDiff(old, now);
}

/** Undefined for what is no symbolic link. */
function linkOf(tree: StackedTree, place: number | undefined): Buffer | undefined {
  if (place === undefined) return undefined;
  const { type, link } = sideOf(tree, place);
  return type === 'symlink' ? Buffer.from(link) : undefined;
}

function contentOf(tree: StackedTree, place: number | undefined): EntryPlace | undefined {
  return place === undefined ? undefined : sideOf(tree, place).content;
}

/** Both at once where one image has the layers of both files: an engine gives only whole images. */
async function bodiesOf(
  { a, b }: Comparison,
  sources: Sources,
  before: EntryPlace | undefined,
  after: EntryPlace | undefined,
  options: FileDiffOptions,
): Promise<readonly [Buffer | undefined, Buffer | undefined]> {
  // What lies in different places can be far away in one of them.
  if (before !== undefined && after !== undefined && sources.before.where === sources.after.where) {
    const inAfter = movedPlace(before, a, b);
    const inBefore = movedPlace(after, b, a);
    const read =
      inAfter !== undefined
        ? await readFiles(sources.after, b, [inAfter, after], options)
        : inBefore !== undefined
          ? await readFiles(sources.before, a, [before, inBefore], options)
          : undefined;
    if (read !== undefined) return [read[0], read[1]];
  }
  let done = 0;
  const one = async (source: ContentSource, contents: Comparison['a'], place: EntryPlace | undefined) => {
    if (place === undefined) return undefined;
    const from = done;
    const onRead = (bytes: number, total: number | undefined): void => {
      done = from + bytes;
      // How much there is of the other is not known yet.
      options.onRead?.(done, before === undefined || after === undefined ? total : undefined);
    };
    return (await readFiles(source, contents, [place], { ...options, onRead }))[0];
  };
  return [await one(sources.before, a, before), await one(sources.after, b, after)];
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
