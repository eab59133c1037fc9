/** Where everything stands on a screen of a given size. Pure: cells in, rectangles out. */
import { kept } from './kept.ts';

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const MIN_COLUMNS = 60;
export const MIN_ROWS = 15;
/** From here on the detail stands beside the list. */
export const WIDE_COLUMNS = 100;
/** From here on there is room for the disk line. */
const DISK_ROWS = 30;

export interface Layout {
  readonly columns: number;
  readonly rows: number;
  readonly tooSmall: boolean;
  readonly wide: boolean;
  readonly header: Rect;
  /** Everything between the header and the footer, titles included. */
  readonly body: Rect;
  readonly left: Rect;
  /** Width 0 when not wide. */
  readonly right: Rect;
  /** The row of disk usage, height 0 where there is no room. */
  readonly disk: Rect;
  readonly status: Rect;
  readonly hints: Rect;
}

/** The same object as before for the same size. */
export const layoutOf = kept((columns: number, rows: number): Layout => {
  const wide = columns >= WIDE_COLUMNS;
  const disk = wide && rows >= DISK_ROWS ? 2 : 0;
  const bodyHeight = Math.max(0, rows - 1 - 1 - disk - 2);
  const leftWidth = wide ? Math.max(60, Math.round(columns * 0.6)) : columns;
  const rightWidth = wide ? columns - leftWidth - 1 : 0;
  const body = { x: 0, y: 1, width: columns, height: bodyHeight };
  return {
    columns,
    rows,
    tooSmall: columns < MIN_COLUMNS || rows < MIN_ROWS,
    wide,
    header: { x: 0, y: 0, width: columns, height: 1 },
    body,
    left: { x: 0, y: 1, width: leftWidth, height: bodyHeight },
    right: { x: leftWidth + 1, y: 1, width: rightWidth, height: bodyHeight },
    disk: { x: 0, y: 1 + bodyHeight + 1, width: columns, height: disk === 0 ? 0 : 1 },
    status: { x: 0, y: rows - 2, width: columns, height: 1 },
    hints: { x: 0, y: rows - 1, width: columns, height: 1 },
  };
});

export function contains(rect: Rect, x: number, y: number): boolean {
  return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

/** Heights of the three stacked image lists, title rows included; they add up to `height`. */
export interface StackHeights {
  readonly tagged: number;
  readonly dangling: number;
  readonly intermediate: number;
}

/**
 * The focused list takes the room it needs, the others shrink to their title and first rows, an empty
 * one to its title. `counts` are the rows each list would show; the first list has a column header.
 */
export function stackHeights(
  height: number,
  focus: keyof StackHeights,
  counts: Readonly<Record<keyof StackHeights, number>>,
): StackHeights {
  const order = ['tagged', 'dangling', 'intermediate'] as const;
  const wanted = (pane: keyof StackHeights): number => {
    const frame = pane === 'tagged' ? 2 : 1;
    return counts[pane] === 0 ? frame : frame + counts[pane];
  };
  // Every unfocused list first gets its title and a glimpse: up to four rows of dangling, one line of intermediate.
  const glimpse = (pane: keyof StackHeights): number =>
    Math.min(wanted(pane), pane === 'tagged' ? 6 : pane === 'dangling' ? 5 : 2);
  const heights = {
    tagged: glimpse('tagged'),
    dangling: glimpse('dangling'),
    intermediate: glimpse('intermediate'),
  };
  let spare = height - heights.tagged - heights.dangling - heights.intermediate;
  for (const pane of [focus, ...order.filter((other) => other !== focus)]) {
    if (pane === 'intermediate' && pane !== focus) continue;
    const more = Math.max(0, Math.min(spare, wanted(pane) - heights[pane]));
    heights[pane] += more;
    spare -= more;
  }
  if (spare >= 0) {
    heights.tagged += spare;
    return heights;
  }
  // Too little room for every glimpse: the others give theirs up, last first.
  for (const pane of [...order].reverse()) {
    if (pane === focus) continue;
    const give = Math.min(-spare, heights[pane] - 1);
    heights[pane] -= give;
    spare += give;
    if (spare >= 0) break;
  }
  heights[focus] += spare;
  return heights;
}
