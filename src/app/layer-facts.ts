/** What is known of the layers under the cursor of the layer tree. Pure. */
import { imagesOn } from '../engine/forest.ts';
import { tidyInstruction } from '../engine/instruction.ts';
import { type ForestRow, shownForest } from './forest-rows.ts';
import { plural, shortId } from './format.ts';
import { ledgerOf } from './ledger-of.ts';
import type { AppState } from './state.ts';

export interface LayerFacts {
  readonly title: string;
  readonly instruction: string;
  readonly diffId: string;
  readonly chainId: string;
  /** The stored blob, where the engine keeps layers as they came; `''` where it unpacks them. */
  readonly blob: string;
  readonly bytes: number;
  readonly layers: number;
  readonly images: readonly { readonly id: string; readonly name: string; readonly marked: boolean }[];
  /** What becomes of it when the marked images go; `''` without marks that touch it. */
  readonly fate: string;
  readonly goes: boolean;
}

export function layerFacts(state: AppState, row: ForestRow): LayerFacts {
  const names = new Map(
    state.images.map((image) => [image.id, image.references[0] ?? `<none> ${shortId(image.id)}`]),
  );
  const ids = row.image !== undefined && row.layers.length === 0 ? [row.image] : imagesOn(row.node);
  const images = ids.map((id) => ({ id, name: names.get(id) ?? shortId(id), marked: state.marks.has(id) }));
  const marked = images.filter((image) => image.marked).length;
  const rest = images.length - marked;
  const top = row.layers.at(-1);
  return {
    title:
      row.layers.length === 0
        ? row.target.replace('→ ', '')
        : row.layers.length === 1
          ? 'one layer'
          : `a run of ${row.layers.length} layers`,
    instruction: row.layers
      .map((layer) => tidyInstruction(layer.createdBy) || shortId(layer.diffId))
      .join('\n'),
    diffId: top?.diffId ?? '',
    chainId: top?.chainId ?? '',
    blob: top?.blob ?? '',
    bytes: row.bytes,
    layers: row.layers.length,
    images,
    fate:
      marked === 0
        ? ''
        : rest === 0
          ? 'GOES when the marked images go: nothing else needs it.'
          : `STAYS when the marked images go: ${plural(rest, 'unmarked image')} still ${rest === 1 ? 'needs' : 'need'} it.`,
    goes: marked > 0 && rest === 0,
  };
}

/** Counts for the title of the layer screen; undefined while layers are read. */
export function layerTotals(state: AppState) {
  const ledger = ledgerOf(state.stock);
  if (ledger === undefined) return undefined;
  const { nodes, saved } = shownForest(ledger.stock);
  return { layers: nodes.size, bytes: ledger.total(), saved: { ...ledger.saved(), bytes: saved } };
}
