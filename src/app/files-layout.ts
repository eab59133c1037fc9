/** Where everything stands on the files page. Pure. */
import { filesLayerFacts, layerFactRows } from './files-layer-facts.ts';
import { type FilesPage, filesShown } from './files-page.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import type { AppState } from './state.ts';

export interface FilesLayout {
  /** Rows of the body; the files have the room of the line of disk usage as well. */
  readonly height: number;
  /** Cells of each pane; 0 for one that is not in sight. */
  readonly layerCells: number;
  readonly treeCells: number;
  /** Rows of layers, of all that is below them, and of the tree; titles and heads of columns not counted. */
  readonly layers: number;
  readonly below: number;
  readonly tree: number;
  /**
   * Rows of facts of what is under the cursor, their rule counted; 0 where none are shown. They stand below the tree, and
   * where there is room for one pane only, below that.
   */
  readonly details: number;
}

/** The title and the heads of the columns. */
export const FRAME = 2;
/** Rows that what is below the layers has before the layers get more. */
const BELOW = 9;
const DETAILS = 9;
/** Rows of layers above long facts. */
const LAYERS = 4;

const arranged = kept(
  (
    columns: number,
    rows: number,
    focus: FilesPage['focus'],
    layers: number,
    details: number,
  ): FilesLayout => {
    const { body, disk, wide } = layoutOf(columns, rows);
    const height = body.height + (disk.height > 0 ? 2 : 0);
    const whole = Math.max(0, height - FRAME);
    // Long facts leave a third to the tree, and to layers that have nothing else beside them a few rows.
    const isBelowLayers = !wide && focus === 'layers' && details > 0;
    const most = isBelowLayers ? whole - Math.min(layers + 1, LAYERS) : Math.floor((whole * 2) / 3);
    const detailRows =
      details === 0
        ? 0
        : Math.max(Math.min(DETAILS, Math.max(3, Math.floor(whole / 2))), Math.min(details, most));
    const room = isBelowLayers ? whole - detailRows : whole;
    // One more for the row of all layers.
    const mostLayers = isBelowLayers ? room : Math.max(Math.floor(room * 0.6), room - BELOW);
    const layerRows = Math.max(0, Math.min(layers + 1, mostLayers));
    const layerCells = layerCellsOf(columns, wide);
    return {
      height,
      layerCells: wide || focus === 'layers' ? layerCells : 0,
      treeCells: wide ? columns - layerCells - 1 : focus === 'tree' ? columns : 0,
      layers: layerRows,
      below: Math.max(0, room - layerRows),
      tree: Math.max(0, whole - detailRows),
      details: detailRows,
    };
  },
);

function layerCellsOf(columns: number, wide: boolean): number {
  return wide ? Math.max(44, Math.min(60, Math.round(columns * 0.37))) : columns;
}

/** Rows that facts would have if there were room for all, their rule counted; 0 where they are not shown. */
function wantedDetails(state: AppState, page: FilesPage | undefined): number {
  if (page?.details !== true) return 0;
  const facts = page.focus === 'layers' ? filesLayerFacts(state, page) : undefined;
  if (facts === undefined) return DETAILS;
  const { wide } = layoutOf(state.columns, state.rows);
  const cells = wide ? state.columns - layerCellsOf(state.columns, wide) - 1 : state.columns;
  return layerFactRows(facts, cells).length + 1;
}

export function filesLayout(state: AppState): FilesLayout {
  const page = filesShown(state);
  return arranged(
    state.columns,
    state.rows,
    page?.focus ?? 'tree',
    page?.indexes.length ?? 0,
    wantedDetails(state, page),
  );
}
