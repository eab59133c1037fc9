/** Two images that a command line names, read and compared. */
import { type Comparison, compareImages } from '../engine/compare/compare-images.ts';
import { type FilePair, fileDiff, type Sources } from '../engine/compare/file-diff.ts';
import type { TextDiff } from '../engine/compare/hunk.ts';
import { hasPackageChanges, type PackageChanges, packageChanges } from '../engine/compare/package-changes.ts';
import { readBoth } from '../engine/compare/read-both.ts';
import type { ContentSource, ImageContents } from '../engine/layers/contents.ts';
import { layerIndexCache } from '../engine/layers/index-folder.ts';
import type { Context } from './context.ts';
import { sourceOf } from './inside-image.ts';
import { ReadingLine } from './progress/reading-line.ts';

export interface Compared {
  readonly comparison: Comparison;
  readonly sources: Sources;
}

export interface ComparedParts {
  /** Without them, only configs are compared, and nothing but these is read. */
  readonly layers: boolean;
  /** Contents are read, too, where that is needed to tell files apart. */
  readonly digests: boolean;
}

/** Errors: EngineError. */
export async function comparedImages(
  context: Context,
  [one, other]: readonly [string, string],
  { layers, digests }: ComparedParts,
): Promise<Compared> {
  const { io, signal } = context;
  const sources = { before: await sourceOf(context, one), after: await sourceOf(context, other) };
  const line = new ReadingLine(context);
  try {
    const names = { before: one, after: other };
    const { before, after } = layers
      ? await readBoth(sources, {
          cache: layerIndexCache(io.env),
          digests,
          signal,
          onRead: (side, bytes, total) => line.show({ what: `reading ${names[side]}`, bytes, total }),
        })
      : { before: await configOnly(sources.before, signal), after: await configOnly(sources.after, signal) };
    line.show({ what: 'comparing' });
    return { comparison: await compareImages(before, after, { signal }), sources };
  } finally {
    line.end();
  }
}

/** Packages are read from files that differ; where none of them tells of packages, nothing is. Errors: EngineError. */
export async function comparedPackages(
  context: Context,
  { comparison, sources }: Compared,
): Promise<PackageChanges> {
  if (!hasPackageChanges(comparison)) return { list: [], problems: [] };
  const line = new ReadingLine(context);
  try {
    line.show({ what: 'reading packages' });
    return await packageChanges(comparison, sources, {
      signal: context.signal,
      onRead: (bytes, total) => line.show({ what: 'reading packages', bytes, total }),
    });
  } finally {
    line.end();
  }
}

/** Errors: EngineError. */
export async function comparedText(
  context: Context,
  { comparison, sources }: Compared,
  file: FilePair,
): Promise<TextDiff> {
  const line = new ReadingLine(context);
  try {
    return await fileDiff(comparison, sources, file, {
      signal: context.signal,
      onRead: (bytes, total) => line.show({ what: 'reading its text', bytes, total }),
    });
  } finally {
    line.end();
  }
}

async function configOnly(source: ContentSource, signal: AbortSignal): Promise<ImageContents> {
  return { image: { ...(await source.describe({ signal })), layers: [] }, indexes: [] };
}
