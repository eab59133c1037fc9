/** Heights of the three image lists for a state. */
import { layoutOf, type StackHeights, stackHeights } from './layout.ts';
import { rowsOf } from './rows.ts';
import type { AppState, PaneId } from './state.ts';

export function stackOf(state: AppState): StackHeights {
  const rows = rowsOf(state);
  return stackHeights(layoutOf(state.columns, state.rows).left.height, state.focus, {
    tagged: rows.tagged.rows.length,
    dangling: rows.dangling.rows.length,
    intermediate: rows.intermediate.rows.length,
  });
}

/** How many list rows a pane draws, its title and column header taken off. */
export function paneHeight(state: AppState, pane: PaneId): number {
  return Math.max(0, stackOf(state)[pane] - (pane === 'tagged' ? 2 : 1));
}
