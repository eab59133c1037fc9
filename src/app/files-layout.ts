/** Where everything stands on the files page. Pure. */
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
  /** Rows of facts of the entry under the cursor, their rule counted; 0 where none are shown. */
  readonly details: number;
}

/** The title and the heads of the columns. */
export const FRAME = 2;
/** Rows that what is below the layers has before the layers get more. */
const BELOW = 9;
const DETAILS = 9;

const arranged = kept(
  (
    columns: number,
    rows: number,
    focus: FilesPage['focus'],
    layers: number,
    details: boolean,
  ): FilesLayout => {
    const { body, disk, wide } = layoutOf(columns, rows);
    const height = body.height + (disk.height > 0 ? 2 : 0);
    const room = Math.max(0, height - FRAME);
    // One more for the row of all layers.
    const most = Math.max(Math.floor(room * 0.6), room - BELOW);
    const layerRows = Math.max(0, Math.min(layers + 1, most));
    const layerCells = wide ? Math.max(44, Math.min(60, Math.round(columns * 0.37))) : columns;
    const detailRows = details ? Math.min(DETAILS, Math.max(3, Math.floor(room / 2))) : 0;
    return {
      height,
      layerCells: wide || focus === 'layers' ? layerCells : 0,
      treeCells: wide ? columns - layerCells - 1 : focus === 'tree' ? columns : 0,
      layers: layerRows,
      below: Math.max(0, room - layerRows),
      tree: Math.max(0, room - detailRows),
      details: detailRows,
    };
  },
);

export function filesLayout(state: AppState): FilesLayout {
  const page = filesShown(state);
  return arranged(
    state.columns,
    state.rows,
    page?.focus ?? 'tree',
    page?.indexes.length ?? 0,
    page?.details ?? false,
  );
}
