/** Two images beside each other: their configs, their layers, and all files of each as a container would see them. */
import type { CallOptions } from '../engine.ts';
import { sortGradually } from '../gradual-sort.ts';
import type { ImageContents } from '../layers/contents.ts';
import { stackGradually } from '../layers/stack-layers.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';
import { Turns } from '../layers/turns.ts';
import { type ConfigChange, compareConfigs } from './config-changes.ts';
import { byBytes, type FileChanges, fileChanges } from './file-changes.ts';
import { type LayerRow, layerRows } from './layer-rows.ts';

/** `a` is the first, and the older one as far as words go: what only `b` has was added. */
export interface Comparison {
  readonly a: ImageContents;
  readonly b: ImageContents;
  readonly treeA: StackedTree;
  readonly treeB: StackedTree;
  readonly config: readonly ConfigChange[];
  readonly layers: readonly LayerRow[];
  /** Those that move most bytes first. */
  readonly files: FileChanges;
}

/** Nothing is read: where indexes have no digests of contents, what may differ is told as that. Errors: `cancelled`. */
export async function compareImages(
  a: ImageContents,
  b: ImageContents,
  { signal }: CallOptions = {},
): Promise<Comparison> {
  const turns = new Turns(signal);
  const treeA = await gradually(stackGradually(a.indexes), turns);
  const treeB = await gradually(stackGradually(b.indexes), turns);
  const changes = await gradually(fileChanges(a, b, treeA, treeB), turns);
  const files = { ...changes, list: await sortGradually(changes.list, byBytes) };
  return { a, b, treeA, treeB, config: compareConfigs(a.image, b.image), layers: layerRows(a, b), files };
}

async function gradually<Result>(work: Generator<void, Result>, turns: Turns): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (turns.due) await turns.take();
  }
}

/** Whether nothing differs that a container could see. */
export function isSame({ config, files }: Comparison): boolean {
  return config.length === 0 && files.list.length === 0;
}
