/** The files of one image, over whatever they were opened from: what is known of its layers, and how it is looked at. Pure. */
import type { EngineError } from '../engine/errors.ts';
import type { ContentImage, ContentSource, ImageContents } from '../engine/layers/contents.ts';
import type { LayerIndex } from '../engine/layers/layer-index.ts';
import { LayerIndexBuilder } from '../engine/layers/layer-index-builder.ts';
import type { StackedTree } from '../engine/layers/stacked-tree.ts';
import { entryAt, type OpenTree } from './open-tree.ts';
import type { FoundPaths } from './path-search.ts';
import { isFolder, type TreeLook } from './shown-tree.ts';
import type { AppState } from './state.ts';

export type LayerRead = 'not' | 'partly' | 'whole';

export interface FilesPage {
  /** The image's id. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** Pages are told apart by it: another opening has another. */
  readonly opened: object;
  /** Address of the engine that has it; `''` for what lies elsewhere. */
  readonly engine: string;
  /** Made anew whenever the engine is connected anew. */
  readonly source: ContentSource;
  /** Undefined until the source has described it. */
  readonly image: ContentImage | undefined;
  /** One a layer; what has not come yet is empty. */
  readonly indexes: readonly LayerIndex[];
  readonly read: readonly LayerRead[];
  readonly progress: ReadProgress;
  /** Why not all could be read. */
  readonly error: EngineError | undefined;
  /** Layers laid over each other, by how many: all of them, and those looked at last. */
  readonly stacks: ReadonlyMap<number, StackedTree>;
  /** The place of the layer under the cursor; undefined stands for all of them. */
  readonly layer: number | undefined;
  readonly layerTop: number;
  /** A layer is shown with all that is below it, not alone. */
  readonly upTo: boolean;
  readonly focus: 'layers' | 'tree';
  readonly look: TreeLook;
  /** Undefined until something can be shown. */
  readonly tree: OpenTree | undefined;
  /** That of all layers, as it was left for one of them. */
  readonly left: OpenTree | undefined;
  /** Facts of the entry under the cursor are shown. */
  readonly details: boolean;
  readonly search: FilesSearch | undefined;
  /** A path to go to once it is there. */
  readonly goTo: Uint8Array | undefined;
}

export interface ReadProgress {
  readonly bytes: number;
  readonly total: number | undefined;
  /** Undefined while that cannot be told. */
  readonly perSecond: number | undefined;
  readonly done: boolean;
}

export interface FilesSearch {
  readonly text: string;
  /** Undefined until the first result; while the next is looked for, the one before. */
  readonly found: FoundPaths | undefined;
  /** The list of what was found stands in place of the tree. */
  readonly listed: boolean;
  /** The row of the list under the cursor, and the first one drawn. */
  readonly at: number;
  readonly top: number;
}

export const NOTHING_READ: ReadProgress = { bytes: 0, total: undefined, perSecond: undefined, done: false };
export const EMPTY_INDEX: LayerIndex = new LayerIndexBuilder().finish(false);

export function newFilesPage(page: Pick<FilesPage, 'id' | 'name' | 'engine' | 'source' | 'goTo'>): FilesPage {
  return {
    ...page,
    opened: {},
    image: undefined,
    indexes: [],
    read: [],
    progress: NOTHING_READ,
    error: undefined,
    stacks: new Map(),
    layer: undefined,
    layerTop: 0,
    upTo: false,
    focus: 'tree',
    look: { hidden: new Set(), bySize: false },
    tree: undefined,
    left: undefined,
    details: false,
    search: undefined,
  };
}

/** What the tree is to be made of: so many layers from the base up, and the one whose doings alone are shown. */
export function wantedTree({ indexes, layer, upTo }: FilesPage): {
  readonly layers: number;
  readonly alone: number | undefined;
} {
  if (layer === undefined) return { layers: indexes.length, alone: undefined };
  return { layers: layer + 1, alone: upTo ? undefined : layer };
}

/** Whether the tree is what the cursor, the keys and what was read so far ask for. */
export function isCurrent(page: FilesPage): boolean {
  const { layers, alone } = wantedTree(page);
  const shown = page.tree?.shown;
  return (
    shown !== undefined &&
    shown.tree === page.stacks.get(layers) &&
    shown.alone === alone &&
    shown.look === page.look
  );
}

/** The files page, where nothing else stands over it. */
export function filesShown(state: AppState): FilesPage | undefined {
  return state.actList === undefined && state.fileView === undefined ? state.files : undefined;
}

/** Something of a layer is known. */
export function hasCome({ read }: FilesPage): boolean {
  return read.some((each) => each !== 'not');
}

export function isReading({ progress, error }: FilesPage): boolean {
  return !progress.done && error === undefined;
}

export function isListing({ search }: FilesPage): boolean {
  return search?.listed === true && search.text !== '';
}

/** What was found, once it is what the text asks for in the tree that is shown. */
export function freshFound({ search, tree }: FilesPage): FoundPaths | undefined {
  const found = search?.found;
  return found?.text === search?.text && found?.shown === tree?.shown ? found : undefined;
}

/** The entry under the cursor, of the tree or of the list of what was found. */
export function currentEntry(page: FilesPage): number | undefined {
  if (page.tree === undefined) return undefined;
  if (isListing(page)) return freshFound(page)?.entries[page.search!.at];
  return entryAt(page.tree);
}

/** The entry under the cursor, for whoever does something with it. */
export interface FilesTarget {
  readonly source: ContentSource;
  /** What the tree is made of; a layer that has not come yet is empty in it. */
  readonly contents: ImageContents;
  /** The tree that is looked at, the layer whose doings alone it shows, and the entry in it. */
  readonly tree: StackedTree;
  readonly alone: number | undefined;
  readonly entry: number;
  /** The place of the layer that the entry comes from, and the entry in that layer's index. */
  readonly layer: number;
  readonly index: LayerIndex;
  readonly own: number;
  /** Bytes from the root, without a slash in front. */
  readonly path: Buffer;
  readonly folder: boolean;
  /** No container has it: a later layer took it away. */
  readonly removed: boolean;
}

/** Undefined where there is none, and while the cursor of the layers has the keys. */
export function filesTarget({ files }: Pick<AppState, 'files'>): FilesTarget | undefined {
  return files?.focus === 'tree' ? targetOf(files) : undefined;
}

export function targetOf(page: FilesPage): FilesTarget | undefined {
  const entry = currentEntry(page);
  if (page.tree === undefined || page.image === undefined || entry === undefined) return undefined;
  const { tree, alone } = page.tree.shown;
  // While more is read, the tree may be of an earlier part of a layer.
  const isAsRead = tree.indexes.every((index, at) => index === page.indexes[at]);
  const indexes = isAsRead ? page.indexes : [...tree.indexes, ...page.indexes.slice(tree.indexes.length)];
  const { layer, index, entry: own } = tree.source(entry);
  return {
    source: page.source,
    contents: { image: page.image, indexes },
    tree,
    alone,
    entry,
    layer,
    index,
    own,
    path: tree.path(entry),
    folder: isFolder(tree, entry),
    removed: tree.change(entry) === 'removed',
  };
}
