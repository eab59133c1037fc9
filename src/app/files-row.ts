/** One row of the tree of files, or of what a search found, as facts. Pure. */
import type { ContentImage } from '../engine/layers/contents.ts';
import { modeText } from '../engine/layers/mode-text.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import { layerName, layerNumber } from './files-layers.ts';
import { currentEntry, type FilesPage } from './files-page.ts';
import { isFolder, type Kind, kindOf, layersOf, type ShownTree, signOf } from './shown-tree.ts';
import { width } from './width.ts';

/** Cells of a name beside all of what is said of its end: where fewer are left, less is said. */
const BESIDE = 12;

export interface FileRow {
  readonly name: string;
  /** From the root, with a slash in front. */
  readonly path: string;
  readonly kind: Kind;
  readonly folder: boolean;
  readonly link: boolean;
  /** Where a link leads; `''` for all else. */
  readonly target: string;
  /** Whose sign stands before it: of a folder also what was done below it. */
  readonly sign: Kind;
  /** What deleted it, as `step 2`, where that is not said of its folder already; else `''`. */
  readonly deletedIn: string;
  readonly bytes: number;
  readonly mode: string;
  /** The numbers of the layers that it is of, as in the pane of layers. */
  readonly layers: readonly number[];
}

export function fileRow(shown: ShownTree, entry: number, { layers }: ContentImage): FileRow {
  const { tree, alone } = shown;
  const { changes, changedBy } = tree.columns;
  const { index, entry: own } = tree.source(entry);
  const type = index.type(own);
  const kind = kindOf(shown, entry);
  const folder = isFolder(tree, entry);
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
    sign: signOf(shown, entry),
    deletedIn: isGone && alone === undefined && !isGoneWithAll ? layerName(layers, changedBy[entry]!) : '',
    bytes: shown.sizes[entry]!,
    mode: modeText(type, index.mode(own)),
    layers: layersOf(shown, entry).map((layer) => layerNumber(layers, layer)),
  };
}

/** `deleted in step 2`, and where that leaves no room for a name, `step 2`. */
export function deletedText(deletedIn: string, cells: number): string {
  const whole = `deleted in ${deletedIn}`;
  return deletedIn === '' || width(whole) + BESIDE > cells ? deletedIn : whole;
}

/** `1,2`, or where these are too many `1…7`. */
export function layersText(numbers: readonly number[], cells: number): string {
  const all = numbers.join(',');
  return width(all) <= cells ? all : `${numbers[0]}…${numbers.at(-1)}`;
}

/** The path under the cursor, with a slash in front; `''` where there is none. */
export function currentPath(page: FilesPage): string {
  const entry = currentEntry(page);
  return entry === undefined || page.tree === undefined
    ? ''
    : `/${shownPath(page.tree.shown.tree.path(entry))}`;
}
