/** What is known of one image, gathered from the list, the ledger, the containers and the engine's detail. Pure. */
import type { Container } from '../engine/container.ts';
import type { Size } from '../engine/engine.ts';
import type { History, ImageLayers, Layer } from '../engine/image.ts';
import { tidyInstruction } from '../engine/instruction.ts';
import { basesOf } from './bases.ts';
import { ledgerOf } from './ledger-of.ts';
import { pinText } from './pins.ts';
import { type Row, rowsOf } from './rows.ts';
import { type AppState, type Details, PANES } from './state.ts';

/** One step of an image's making, base first. */
export interface HistoryRow {
  readonly number: number;
  /** Tidied to one line: `RUN npm ci`. */
  readonly text: string;
  /** As the engine recorded it. */
  readonly full: string;
  readonly comment: string;
  readonly created: number;
  readonly size: number;
  /** The layer it made; undefined for a step without one, or where that is not known. */
  readonly layer: Layer | undefined;
  /** How many images have that layer, this one included, intermediate ones left out; 0 where not known. */
  readonly sharers: number;
  /** Name of another image that ends with this layer: what this one was built on. */
  readonly endsImage: string;
}

export interface ImageFacts {
  readonly row: Row;
  readonly details: Details;
  readonly own: Size | undefined;
  readonly shared: Size | undefined;
  readonly usedBy: readonly Container[];
  /** Names of the images it stands on, the nearest first. */
  readonly bases: readonly string[];
  /** What pins it: `by acme/* in the settings`; `''` where nothing does. */
  readonly pinned: string;
  /** Why nobody knows of containers; `''` where the engine has some. */
  readonly noContainers: string;
  /** Undefined until the engine told. */
  readonly history: readonly HistoryRow[] | undefined;
  readonly layers: ImageLayers | undefined;
}

/** The row of an image in any of the three lists, filtered out or not. */
export function rowById(state: AppState, id: string): Row | undefined {
  const rows = rowsOf(state);
  for (const pane of PANES) {
    const index = rows[pane].indexOf.get(id);
    if (index !== undefined) return rows[pane].rows[index];
  }
  return undefined;
}

let lastKey: readonly unknown[] = [];
let lastFacts: ImageFacts | undefined;

/** Remembered for the last image: a frame that changes nothing about it costs nothing. */
export function factsOf(state: AppState, row: Row): ImageFacts {
  const key = [row, state.details, state.stock, state.containers, state.absent, state.pins];
  if (lastFacts !== undefined && key.every((part, index) => part === lastKey[index])) return lastFacts;
  lastKey = key;
  lastFacts = makeFacts(state, row);
  return lastFacts;
}

function makeFacts(state: AppState, row: Row): ImageFacts {
  const details = state.details?.id === row.id ? state.details : { id: row.id };
  const ledger = ledgerOf(state.stock);
  const layers = state.stock?.layers.get(row.id);
  return {
    row,
    details,
    own: row.own,
    shared: ledger?.shared(row.id),
    bases: basesOf(state.stock, row.id),
    pinned: pinText(state, row.image),
    noContainers: state.absent.containers ?? '',
    usedBy: state.containers.filter((container) => container.imageId === row.id),
    history: details.history && historyRows(state, row.id, details.history, layers),
    layers,
  };
}

function historyRows(
  state: AppState,
  id: string,
  history: readonly History[],
  layers: ImageLayers | undefined,
): HistoryRow[] {
  const ledger = ledgerOf(state.stock);
  const names = ledger === undefined ? undefined : topNames(state, id);
  // Rows with bytes made a layer each, in order; a row without bytes may have made an empty one, which nobody misses.
  const sized = (layers?.layers ?? []).filter((layer) => layer.size > 0);
  let next = 0;
  const shown = new Set(
    state.images.filter((image) => image.role !== 'intermediate').map((image) => image.id),
  );
  const shownSharers = (chainId: string): number =>
    (ledger?.sharers(chainId) ?? []).filter((each) => each === id || shown.has(each)).length;
  return [...history].reverse().map((step, index) => {
    const layer = step.size > 0 ? sized[next++] : undefined;
    return {
      number: index + 1,
      text:
        tidyInstruction(step.createdBy) ||
        (step.comment.startsWith('Imported from') ? 'imported' : 'nothing recorded'),
      full: step.createdBy,
      comment: step.comment,
      created: step.created,
      size: step.size,
      layer,
      sharers: layer === undefined ? 0 : shownSharers(layer.chainId),
      // A twin with the very same layers is no base.
      endsImage: (layer !== undefined && layer !== sized.at(-1) && names?.get(layer.chainId)) || '',
    };
  });
}

/** Names of tagged images other than `id`, by their topmost layer. */
function topNames(state: AppState, id: string): Map<string, string> {
  const names = new Map<string, string>();
  const named = state.images.filter((image) => image.id !== id && image.references.length > 0);
  for (const image of named.sort((a, b) => a.created - b.created)) {
    const top = state.stock?.layers.get(image.id)?.layers.at(-1);
    if (top !== undefined && !names.has(top.chainId)) names.set(top.chainId, image.references[0]!);
  }
  return names;
}
