/** Two images that a command line names, read and compared. */
import { type Comparison, compareImages } from '../engine/compare/compare-images.ts';
import type { Sources } from '../engine/compare/file-diff.ts';
import { hasPackageChanges, type PackageChanges, packageChanges } from '../engine/compare/package-changes.ts';
import type { ContentSource, ImageContents } from '../engine/layers/contents.ts';
import { layerIndexCache } from '../engine/layers/index-folder.ts';
import { openContents } from '../engine/layers/open-contents.ts';
import { readContents } from '../engine/layers/read-contents.ts';
import type { Context } from './context.ts';
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

/** One after the other: what the second shares with the first is read once. Errors: EngineError. */
export async function comparedImages(
  context: Context,
  [one, other]: readonly [string, string],
  parts: ComparedParts,
): Promise<Compared> {
  const sources = { before: await opened(context, one), after: await opened(context, other) };
  const line = new ReadingLine(context);
  try {
    const a = await readWith(line, context, sources.before, one, parts);
    const b = await readWith(line, context, sources.after, other, parts);
    line.show({ what: 'comparing' });
    return { comparison: await compareImages(a, b, { signal: context.signal }), sources };
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

async function opened(context: Context, name: string): Promise<ContentSource> {
  const { registries } = await context.config();
  return await openContents(async () => (await context.connect()).engine, name, {
    env: context.io.env,
    insecureRegistries: registries.insecure,
  });
}

async function readWith(
  line: ReadingLine,
  { io, signal }: Context,
  source: ContentSource,
  name: string,
  { layers, digests }: ComparedParts,
): Promise<ImageContents> {
  if (!layers) return { image: { ...(await source.describe({ signal })), layers: [] }, indexes: [] };
  const reading = readContents(source, { cache: layerIndexCache(io.env), digests, signal, partial: false });
  try {
    for (;;) {
      const step = await reading.next();
      if (step.done) return step.value;
      if (step.value.type === 'read') line.show({ what: `reading ${name}`, ...step.value });
    }
  } finally {
    await reading.return(undefined as never);
  }
}
