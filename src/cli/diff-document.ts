/** A comparison of two images as a document for machines. */
import type { Comparison } from '../engine/compare/compare-images.ts';
import type { Sources } from '../engine/compare/file-diff.ts';
import { sideOf } from '../engine/compare/file-side.ts';
import type { PackageChanges } from '../engine/compare/package-changes.ts';
import type { ContentImage, ContentSource } from '../engine/layers/contents.ts';
import type { StackedTree } from '../engine/layers/stacked-tree.ts';
import { exactText } from './exact-text.ts';
import { entryFacts } from './file-row.ts';

export type Section = 'config' | 'layers' | 'packages' | 'files';

export function diffDocument(
  comparison: Comparison,
  sources: Sources,
  sections: ReadonlySet<Section>,
  packages: PackageChanges | undefined,
): object {
  const { a, b, config, layers, files } = comparison;
  return {
    before: imageDocument(a.image, sources.before),
    after: imageDocument(b.image, sources.after),
    ...(sections.has('config') && {
      config: config.map((change) => ({
        ...change,
        before: change.before ?? null,
        after: change.after ?? null,
      })),
    }),
    ...(sections.has('layers') && {
      layers: layers.map(({ kind, diffId, before, after, createdBy, bytes }) => ({
        kind,
        diffId,
        before: numbered(before),
        after: numbered(after),
        createdBy,
        size: bytes,
      })),
    }),
    ...(packages !== undefined && { packages: { changes: packages.list, problems: packages.problems } }),
    ...(sections.has('files') && {
      files: {
        ...files.sums,
        unsure: files.unsure,
        assumed: files.assumed,
        changes: files.list.map(({ kind, before, after, bytes, moved, aspects, unsure }) => ({
          kind,
          path: pathOf(comparison, before, after),
          bytes,
          moved,
          aspects,
          unsure,
          before: sideDocument(comparison.treeA, before),
          after: sideDocument(comparison.treeB, after),
        })),
      },
    }),
  };
}

function imageDocument({ name, id, platform }: ContentImage, { where }: ContentSource): object {
  return { name, id, platform, where };
}

function numbered(place: number | undefined): number | null {
  return place === undefined ? null : place + 1;
}

function pathOf({ treeA, treeB }: Comparison, before: number | undefined, after: number | undefined): string {
  return exactText(after === undefined ? treeA.path(before!) : treeB.path(after));
}

function sideDocument(tree: StackedTree, place: number | undefined): object | null {
  if (place === undefined) return null;
  const side = sideOf(tree, place);
  const { type, content, digest } = side;
  const link =
    type === 'symlink' ? Buffer.from(tree.indexes[content.layer]!.target(content.entry)) : undefined;
  return {
    ...entryFacts({ ...side, link, digest: digest && Buffer.from(digest) }),
    layer: tree.source(place).layer + 1,
  };
}
