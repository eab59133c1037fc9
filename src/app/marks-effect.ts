/** What becomes of every layer when the marked images go, as the plan has it. */
import type { Spared } from '../engine/cleanup/guard.ts';
import type { ForestNode } from '../engine/forest.ts';
import type { Plan } from '../engine/plan.ts';
import { planRemoval } from '../engine/planner.ts';
import type { Stock } from '../engine/stock.ts';
import type { ForestRow } from './forest-rows.ts';
import { type ForestTree, forestTree } from './forest-tree.ts';
import { kept } from './kept.ts';
import { freshWork, isPlanning, markedImages } from './planned.ts';
import type { AppState } from './state.ts';

export interface MarksEffect {
  /** Undefined while it is worked out. */
  readonly plan: Plan | undefined;
  /** What rules meant and what stays all the same. */
  readonly spared: readonly Spared[];
  readonly marks: ReadonlySet<string>;
  /** Ids of the images that the plan deletes. */
  readonly deleted: ReadonlySet<string>;
  /** By a layer's index: 1 where it goes from the disk. */
  readonly goes: Uint8Array;
  /** By a layer's index: how many marked images stand on it. */
  readonly marked: Int32Array;
  /** By a layer's index: bytes that go of it and of all that stands on it. */
  readonly going: Float64Array;
}

/** Undefined without marks, and while there is no stock; the same value as long as nothing changes. */
export function marksEffect(state: AppState): MarksEffect | undefined {
  const { stock } = state;
  const marks = markedImages(state);
  if (stock === undefined || marks.size === 0) return undefined;
  if (!isPlanning(state)) return effectOf(stock, marks, planOf(stock, marks), NOBODY);
  const work = freshWork(state);
  return effectOf(stock, marks, work?.plan.images, work?.plan.spared ?? NOBODY);
}

const NOBODY: readonly Spared[] = [];

const planOf = kept((stock: Stock, marks: ReadonlySet<string>) =>
  planRemoval(
    stock,
    [...marks].map((id) => ({ id })),
  ),
);

const effectOf = kept(effectOn);

/** What such a plan does to the layers of a stock. */
export function effectOn(
  stock: Stock,
  marks: ReadonlySet<string>,
  plan: Plan | undefined,
  spared: readonly Spared[] = NOBODY,
): MarksEffect {
  const tree = forestTree(stock);
  const { nodes, forest, columns, twins } = tree;
  const deleted = new Set<string>();
  for (const step of plan?.steps ?? []) if (step.action === 'delete') deleted.add(step.id);
  const goes = goingLayers(plan, tree);
  const marked = new Int32Array(nodes.length);
  for (const id of marks) {
    const top = forest.tops.get(id);
    if (top) marked[top.index]!++;
  }
  const going = new Float64Array(nodes.length);
  const { parents, sizes } = columns;
  // Whatever stands on a layer comes after it.
  for (let index = nodes.length - 1; index >= 0; index--) {
    if (goes[index] === 1) going[index]! += sizes[index]!;
    const parent = parents[index]!;
    if (parent < 0) continue;
    going[parent]! += going[index]!;
    marked[parent]! += marked[index]!;
  }
  for (const { layers, excess } of twins.values()) {
    if (goes[layers[0]!] === 1) for (const [index, bytes] of excess) going[index]! -= bytes;
  }
  return { plan, spared, marks, deleted, goes, marked, going };
}

function goingLayers(plan: Plan | undefined, { nodes, forest, twins }: ForestTree): Uint8Array {
  const goes = new Uint8Array(nodes.length);
  for (const step of plan?.steps ?? []) {
    if (step.action !== 'delete') continue;
    let node: ForestNode | undefined;
    for (const { chainId } of step.layers) {
      // Most often the next one is what this one stands on: looking up tens of thousands would take too long.
      node = node?.parent?.chainId === chainId ? node.parent : forest.nodes.get(chainId);
      if (node === undefined) continue;
      goes[node.index] = 1;
      if (twins.size === 0 || node.layer.blob === undefined) continue;
      // A blob that goes is gone from under whatever it stood on: the plan tells of it once.
      for (const twin of twins.get(node.layer.blob)?.layers ?? []) goes[twin] = 1;
    }
  }
  return goes;
}

/** What becomes of a row: all of its layers go, some of them, or none; undefined where no mark touches it. */
export function fateOf(
  { image, layers, base, node }: ForestRow,
  effect: MarksEffect | undefined,
): 'goes' | 'part' | 'stays' | undefined {
  if (effect?.plan === undefined) return undefined;
  if (layers.length === 0) {
    if (image === undefined || !effect.marks.has(image)) return undefined;
    return effect.deleted.has(image) ? 'goes' : 'stays';
  }
  let going = 0;
  for (let at = node; ; at = at.parent!) {
    going += effect.goes[at.index]!;
    if (at === base) break;
  }
  if (going === 0) return effect.marked[node.index]! > 0 ? 'stays' : undefined;
  return going === layers.length ? 'goes' : 'part';
}

/** Whether every image on a row is marked. */
export function isMarked(
  { image, layers, node, imageCount }: ForestRow,
  effect: MarksEffect | undefined,
): boolean {
  if (effect === undefined) return false;
  if (layers.length === 0) return image !== undefined && effect.marks.has(image);
  return effect.marked[node.index] === imageCount;
}
