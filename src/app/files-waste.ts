/** What an image carries in vain, as the files page and the page of waste show it. Pure. */
import type { LayerIndex } from '../engine/layers/layer-index.ts';
import type { Waste } from '../engine/layers/waste.ts';
import { WASTE_KINDS, type WasteItem, type WasteKind } from '../engine/layers/waste-item.ts';
import { efficiencyText, itemPath } from '../engine/layers/waste-words.ts';
import type { FilesPage } from './files-page.ts';
import { bytes, grouped, plural } from './format.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import { type Motion, motionTarget, windowTop } from './list.ts';
import type { AppState } from './state.ts';

/** What was worked out for the files page. */
export interface FilesWaste {
  /** What had been read then; another reading has others. */
  readonly indexes: readonly LayerIndex[];
  readonly waste: Waste;
}

/** All items, over the page of files. */
export interface WastePage {
  /** The page of files that it belongs to. */
  readonly opened: object;
  /** Undefined shows all kinds. */
  readonly kind: WasteKind | undefined;
  readonly at: number;
  readonly top: number;
  /** One of its paths is shown in the tree: this page is what the way back from there leads to. */
  readonly aside: boolean;
  /** How far the contents are read, while they are: for duplicates. */
  readonly comparing: { readonly bytes: number; readonly total: number | undefined } | undefined;
}

/** The waste of the image whose files are shown; undefined until it is worked out. */
export function wasteOfPage(state: AppState, page: FilesPage): Waste | undefined {
  return state.filesWaste?.indexes === page.indexes ? state.filesWaste.waste : undefined;
}

type Pages = Pick<AppState, 'files' | 'wastePage'>;

/** The page of waste of the files that are open, also where it was left for one of its paths. */
export function wasteOpen({ files, wastePage }: Pages): WastePage | undefined {
  return files !== undefined && wastePage?.opened === files.opened ? wastePage : undefined;
}

export function wasteShown(pages: Pages): WastePage | undefined {
  const page = wasteOpen(pages);
  return page?.aside === false ? page : undefined;
}

/** What stands under the layers. */
export interface WastePane {
  /** `11.3 MB in 3 paths`, and where there is less room `11.3 MB`. */
  readonly sum: string;
  readonly shortSum: string;
  /** `0.9746`; `''` until it is known. */
  readonly efficiency: string;
  readonly rows: readonly { readonly size: string; readonly times: string; readonly path: string }[];
  /** How many more there are. */
  readonly more: number;
}

/** `rows`: for how many items there is room. The same one as long as nothing in it changed. */
export function wastePane(state: AppState, page: FilesPage, rows: number): WastePane {
  return paneOf(wasteOfPage(state, page), page.error !== undefined, rows);
}

const paneOf = kept((waste: Waste | undefined, hasFailed: boolean, rows: number): WastePane => {
  if (waste === undefined) {
    const sum = hasFailed ? 'not known' : '…';
    return { sum, shortSum: sum, efficiency: '', rows: [], more: 0 };
  }
  const paths = countOf(waste, undefined);
  const fits = paths <= rows ? rows : Math.max(0, rows - 1);
  const shown = waste.items.filter(({ kind }) => kind !== 'duplicate').slice(0, fits);
  return {
    sum: paths === 0 ? 'none' : `${bytes(waste.bytes)} in ${plural(paths, 'path')}`,
    shortSum: paths === 0 ? 'none' : bytes(waste.bytes),
    efficiency: efficiencyText(waste.efficiency),
    rows: shown.map((item) => ({
      size: bytes(item.bytes),
      times: `×${item.times}`,
      path: itemPath(item),
    })),
    more: paths - shown.length,
  };
});

/** Of all kinds together what counts as waste. */
function countOf({ byKind }: Waste, kind: WasteKind | undefined): number {
  if (kind !== undefined) return byKind[kind].items;
  return byKind.overwritten.items + byKind.deleted.items + byKind.leftover.items;
}

const ofKind = kept((waste: Waste, kind: WasteKind | undefined): readonly WasteItem[] =>
  kind === undefined ? waste.items : waste.items.filter((item) => item.kind === kind),
);

/** The rows of the page of waste. */
export function wasteItems(state: AppState): readonly WasteItem[] {
  const [page, files] = [wasteShown(state), state.files];
  if (page === undefined || files === undefined) return [];
  const waste = wasteOfPage(state, files);
  return waste === undefined ? [] : ofKind(waste, page.kind);
}

export function currentWaste(state: AppState): WasteItem | undefined {
  return wasteItems(state)[wasteShown(state)?.at ?? 0];
}

/** `1,204 more are smaller`, where not all that was found is listed; `''` else. */
export function unlistedText(waste: Waste, kind: WasteKind | undefined): string {
  const all =
    kind === undefined ? countOf(waste, undefined) + waste.byKind.duplicate.items : countOf(waste, kind);
  const rest = all - ofKind(waste, kind).length;
  return rest === 0 ? '' : `and ${grouped(rest)} smaller`;
}

/** Title and heads of columns above the list; the rule and the facts of the item below it. */
export const WASTE_HEAD = 2;
/** Rows of the facts with their rule: those that a long list leaves them, and those that a short one may. */
const FACTS = 8;
const FEW_FACTS = 6;
const MOST_FACTS = 10;

export function wasteLayout(state: AppState): {
  readonly height: number;
  readonly list: number;
  readonly facts: number;
} {
  const { body, disk } = layoutOf(state.columns, state.rows);
  // As the files page does, it has the room of the line of disk usage.
  const height = body.height + (disk.height > 0 ? 2 : 0);
  const least = height >= 26 ? FACTS : FEW_FACTS;
  const items = wasteItems(state).length;
  // Of nothing there are no facts.
  const free = items === 0 ? 0 : height - WASTE_HEAD - items;
  const facts = Math.max(least, Math.min(MOST_FACTS, free));
  return { height, list: Math.max(1, height - WASTE_HEAD - facts), facts };
}

export function withWastePage(state: AppState, change: (page: WastePage) => WastePage): AppState {
  const page = wasteShown(state);
  return page === undefined ? state : { ...state, wastePage: change(page) };
}

export function movedWaste(state: AppState, motion: Motion): AppState {
  const count = wasteItems(state).length;
  const { list } = wasteLayout(state);
  return withWastePage(state, (page) => atRow(page, motionTarget(motion, page.at, count, list), count, list));
}

/** The cursor on a row, as far as there are any. */
export function atRow(page: WastePage, row: number, count: number, height: number): WastePage {
  const at = Math.max(0, Math.min(count - 1, row));
  return { ...page, at, top: windowTop(page.top, at, count, height) };
}

const FILTERS: readonly (WasteKind | undefined)[] = [undefined, ...WASTE_KINDS];

/** The next kind alone, or all. */
export function nextKind(state: AppState, step: 1 | -1): AppState {
  return withWastePage(state, (page) => {
    const at = (FILTERS.indexOf(page.kind) + step + FILTERS.length) % FILTERS.length;
    return { ...page, kind: FILTERS[at], at: 0, top: 0 };
  });
}
