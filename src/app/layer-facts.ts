/** What is known of the layers under the cursor of the layer forest. Pure. */
import type { Size } from '../engine/engine.ts';
import { imagesOn } from '../engine/forest.ts';
import { sizeOf } from '../engine/removal-doubt.ts';
import type { ForestRow } from './forest-rows.ts';
import { type ForestTree, forestTree, instructionOf } from './forest-tree.ts';
import { shortId } from './format.ts';
import { ledgerOf } from './ledger-of.ts';
import { fateOf, type MarksEffect, marksEffect } from './marks-effect.ts';
import { pinOf } from './pins.ts';
import { markedImages } from './planned.ts';
import type { AppState } from './state.ts';
import { whyItStays } from './staying.ts';

export interface LayerUser {
  readonly id: string;
  readonly name: string;
  readonly marked: boolean;
  readonly pinned: boolean;
  /** How many containers were made from it. */
  readonly uses: number;
}

export interface LayerFacts {
  readonly title: string;
  readonly instruction: string;
  readonly diffId: string;
  readonly chainId: string;
  /** The stored blob, where the engine keeps layers as they came; `''` where it unpacks them. */
  readonly blob: string;
  readonly size: Size;
  readonly layers: number;
  /** The run and all that stands on it; undefined where nothing does. */
  readonly total: Size | undefined;
  /** All that stand on it. */
  readonly images: readonly LayerUser[];
  /** What becomes of it when the marked images go; undefined without marks that touch it. */
  readonly fate: 'goes' | 'part' | 'stays' | undefined;
  /** Bytes that go of the run and of all that stands on it. */
  readonly going: number;
  /** What holds it, one sentence each; empty where it goes. */
  readonly reasons: readonly string[];
}

let last: { readonly key: readonly unknown[]; readonly facts: LayerFacts } | undefined;

/** Remembered for the last row: a frame that changes nothing about it costs nothing. */
export function layerFacts(state: AppState, row: ForestRow): LayerFacts {
  const key = [row, state.stock, state.containers, state.pins, markedImages(state), marksEffect(state)];
  if (last === undefined || key.some((part, index) => part !== last?.key[index])) {
    last = { key, facts: makeFacts(state, row) };
  }
  return last.facts;
}

function makeFacts(state: AppState, row: ForestRow): LayerFacts {
  const { stock } = state;
  const tree = forestTree(stock!);
  const effect = marksEffect(state);
  const fate = fateOf(row, effect);
  const isImage = row.layers.length === 0;
  const top = row.layers.at(-1);
  return {
    title: isImage
      ? row.target.replace('→ ', '')
      : row.layers.length === 1
        ? 'one layer'
        : `a run of ${row.layers.length} layers`,
    instruction: row.layers.map(instructionOf).join('\n'),
    diffId: top?.diffId ?? '',
    chainId: top?.chainId ?? '',
    blob: top?.blob ?? '',
    size: sizeIn(tree, row.bytes, row.exact),
    layers: row.layers.length,
    total: isImage || row.total === row.bytes ? undefined : sizeIn(tree, row.total, tree.forest.exact),
    images: usersOf(state, row, tree),
    fate,
    going: isImage ? 0 : (effect?.going[row.base.index] ?? 0),
    reasons:
      effect === undefined || fate === undefined || fate === 'goes' ? [] : reasonsFor(state, row, effect),
  };
}

function sizeIn({ sign, doubt }: ForestTree, bytes: number, exact: boolean): Size {
  if (exact && sign === '') return { bytes, bound: 'exact' };
  return sizeOf(bytes, [{ bound: exact && sign === '≥' ? 'at-least' : 'about', reason: doubt }]);
}

/** Unmarked images first, those without a name after the others, each with what else would hold it. */
function usersOf(state: AppState, row: ForestRow, { images }: ForestTree): LayerUser[] {
  const marks = markedImages(state);
  const uses = new Map<string, number>();
  for (const { imageId } of state.containers) uses.set(imageId, (uses.get(imageId) ?? 0) + 1);
  const ids = row.layers.length === 0 && row.image !== undefined ? [row.image] : imagesOn(row.node);
  const rank = (user: LayerUser): number => (user.marked ? 2 : 0) + (user.name.startsWith('<') ? 1 : 0);
  const users = ids.map((id): LayerUser => {
    const image = images.get(id);
    return {
      id,
      name: image?.references[0] ?? `<none> ${shortId(id)}`,
      marked: marks.has(id),
      pinned: image !== undefined && pinOf(state, image) !== undefined,
      uses: uses.get(id) ?? 0,
    };
  });
  return users.sort((a, b) => rank(a) - rank(b));
}

function reasonsFor(state: AppState, row: ForestRow, effect: MarksEffect): string[] {
  const ledger = ledgerOf(state.stock)!;
  return row.layers.length === 0
    ? whyItStays(ledger, effect, [row.image!], [])
    : whyItStays(ledger, effect, undefined, row.layers);
}

/** Counts for the title of the layer screen; undefined while layers are read. */
export function layerTotals(state: AppState) {
  const ledger = ledgerOf(state.stock);
  if (ledger === undefined) return undefined;
  const { nodes, saved } = forestTree(ledger.stock).forest;
  return { layers: nodes.size, bytes: ledger.total(), saved: { ...ledger.saved(), bytes: saved } };
}
