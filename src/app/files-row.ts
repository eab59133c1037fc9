/** One row of the tree of files, or of what a search found, as facts. Pure. */
import type { ContentImage } from '../engine/layers/contents.ts';
import { modeText } from '../engine/layers/mode-text.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import { layerNumber } from './files-layers.ts';
import { currentEntry, type FilesPage } from './files-page.ts';
import { isFolder, type Kind, kindOf, layersOf, type ShownTree } from './shown-tree.ts';

export interface FileRow {
  readonly name: string;
  /** From the root, with a slash in front. */
  readonly path: string;
  readonly kind: Kind;
  readonly folder: boolean;
  readonly link: boolean;
  /** Where a link leads; `''` for all else. */
  readonly target: string;
  /** Whether the sign of its kind is worth a place: folders are of many layers, so only what became of all of one is. */
  readonly signed: boolean;
  /** `deleted in 2`, where that is not said of its folder already; else `''`. */
  readonly remark: string;
  readonly bytes: number;
  readonly mode: string;
  /** The numbers of the layers that it is of. */
  readonly layers: readonly number[];
}

export function fileRow(shown: ShownTree, entry: number, { layers }: ContentImage): FileRow {
  const { tree, alone } = shown;
  const { changes, changedBy } = tree.columns;
  const { index, entry: own } = tree.source(entry);
  const type = index.type(own);
  const kind = kindOf(shown, entry);
  const folder = isFolder(tree, entry);
  const isTouched = alone !== undefined && changedBy[entry] === alone;
  const isGone = kind === 'removed';
  const parent = tree.parent(entry);
  const isGoneWithAll = changes[parent] === changes[entry] && changedBy[parent] === changedBy[entry];
  return {
    name: shownPath(tree.name(entry)),
    path: `/${shownPath(tree.path(entry))}`,
    kind,
    folder,
    link: type === 'symlink' || type === 'hardlink',
    target: shownPath(index.target(own)),
    signed: !folder || isGone || (isTouched && kind === 'added'),
    remark:
      isGone && alone === undefined && !isGoneWithAll
        ? `deleted in ${layerNumber(layers, changedBy[entry]!)}`
        : '',
    bytes: shown.sizes[entry]!,
    mode: modeText(type, index.mode(own)),
    layers: layersOf(shown, entry).map((layer) => layerNumber(layers, layer)),
  };
}

/** The path under the cursor, with a slash in front; `''` where there is none. */
export function currentPath(page: FilesPage): string {
  const entry = currentEntry(page);
  return entry === undefined || page.tree === undefined
    ? ''
    : `/${shownPath(page.tree.shown.tree.path(entry))}`;
}
