/** The layers of the files page as facts: their numbers, what made them, what they hold. Pure. */
import { downFrom } from '../engine/forest.ts';
import { ROOT } from '../engine/layers/breadth-tree.ts';
import type { ContentLayer } from '../engine/layers/contents.ts';
import type { LayerCounts, StackedTree } from '../engine/layers/stacked-tree.ts';
import { stepName } from '../engine/layers/waste-item.ts';
import type { FilesPage, LayerRead } from './files-page.ts';
import { forestTree } from './forest-tree.ts';
import { kept } from './kept.ts';
import type { OpenTree } from './open-tree.ts';
import type { AppState } from './state.ts';

export interface LayerLine {
  /** As in the history, from 1. */
  readonly number: number;
  /** The image that ends here, where it is one of the list; else the instruction. */
  readonly label: string;
  /** Bytes of its files, unpacked. */
  readonly bytes: number;
  /** Undefined until all layers below it are known. */
  readonly counts: LayerCounts | undefined;
  readonly read: LayerRead;
}

export interface LayerLines {
  /** The head of their numbers. */
  readonly head: string;
  readonly layers: readonly LayerLine[];
  /** What a container would see of them. */
  readonly all: { readonly bytes: number; readonly counts: LayerCounts } | undefined;
}

/** The number that a layer has in the history, or else counted from the base up. */
export function layerNumber(layers: readonly ContentLayer[], layer: number): number {
  const step = layers[layer]?.step ?? 0;
  return step > 0 ? step : layer + 1;
}

/** The same with its word: `step 6`, or `layer 2`. */
export function layerName(layers: readonly ContentLayer[], layer: number): string {
  return stepName(layers, layer);
}

/** `Step 6`. */
export function layerTitle(layers: readonly ContentLayer[], layer: number): string {
  const name = layerName(layers, layer);
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** What the numbers are: steps of the history, or layers where it does not tell. */
export function numberHead(image: FilesPage['image']): string {
  const { layers = [] } = image ?? {};
  return layers.length > 0 && layers.every(({ step }) => step === 0) ? 'LAYER' : 'STEP';
}

/** Names of images that end at layers of this one, the image itself left out: by how many layers they have. */
const endings = kept((stock: AppState['stock'], id: string): ReadonlyMap<number, string> => {
  const names = new Map<number, string>();
  if (stock === undefined) return names;
  const { forest, images, nameOf } = forestTree(stock);
  const nodes = [...downFrom(forest.tops.get(id))].reverse();
  for (const [at, node] of nodes.slice(0, -1).entries()) {
    const named = node.images.filter((image) => (images.get(image)?.references.length ?? 0) > 0);
    const oldest = named.sort((a, b) => images.get(a)!.created - images.get(b)!.created)[0];
    if (oldest !== undefined) names.set(at + 1, nameOf(oldest));
  }
  return names;
});

const lines = kept(
  (
    image: FilesPage['image'],
    indexes: FilesPage['indexes'],
    read: FilesPage['read'],
    stack: StackedTree | undefined,
    names: ReadonlyMap<number, string>,
  ): LayerLines => {
    const layers = (image?.layers ?? []).map(
      (layer, at): LayerLine => ({
        number: layerNumber(image!.layers, at),
        // A base is known by its name, what stands on it by how it was made.
        label: names.get(at + 1) ?? layer.createdBy,
        bytes: indexes[at]!.bytes,
        counts: read.slice(0, at + 1).every((each) => each !== 'not') ? stack?.counts[at] : undefined,
        read: read[at]!,
      }),
    );
    const sum = (kind: keyof LayerCounts): number =>
      stack?.counts.reduce((total, counts) => total + counts[kind], 0) ?? 0;
    return {
      head: numberHead(image),
      layers,
      all: stack && {
        bytes: stack.size(ROOT),
        counts: { added: sum('added'), changed: sum('changed'), removed: sum('removed') },
      },
    };
  },
);

/** The stack of all layers; while more is read, the one before. */
function wholeStack({ stacks, indexes, tree, left }: FilesPage): StackedTree | undefined {
  const isWhole = (view: OpenTree | undefined): boolean => view?.shown.tree.indexes.length === indexes.length;
  return stacks.get(indexes.length) ?? (isWhole(tree) ? tree : isWhole(left) ? left : undefined)?.shown.tree;
}

export function layerLines(state: Pick<AppState, 'stock'>, page: FilesPage): LayerLines {
  return lines(page.image, page.indexes, page.read, wholeStack(page), endings(state.stock, page.id));
}
