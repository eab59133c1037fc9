/** Moving through a list: the cursor is kept by identity, the window follows it. Pure. */
import type { Place } from './state.ts';

/** Rows kept visible above and below the cursor where the list goes on. */
const MARGIN = 2;

export interface Keyed {
  readonly id: string;
}

/** Index of the cursor's row; a row that vanished leaves the cursor where it was, an empty list gives -1. */
export function cursorIndex(
  rows: readonly Keyed[],
  place: Place,
  indexOf?: ReadonlyMap<string, number>,
): number {
  if (rows.length === 0) return -1;
  if (place.cursor === undefined) return 0;
  const index =
    indexOf === undefined
      ? rows.findIndex((row) => row.id === place.cursor)
      : (indexOf.get(place.cursor) ?? -1);
  return index >= 0 ? index : Math.min(place.top, rows.length - 1);
}

/** The first row of a window of `height` rows that shows `cursor`, moved as little as possible. */
export function windowTop(top: number, cursor: number, count: number, height: number): number {
  if (count <= height || height <= 0) return 0;
  const margin = Math.min(MARGIN, Math.floor((height - 1) / 2));
  const lowest = Math.min(cursor - margin, count - height);
  const highest = Math.max(0, cursor - height + 1 + margin);
  return Math.max(0, Math.min(Math.max(top, highest), Math.max(0, lowest), count - height));
}

/** The place after moving to a row number, kept inside the list. */
export function moveTo(rows: readonly Keyed[], place: Place, index: number, height: number): Place {
  if (rows.length === 0) return place;
  const target = Math.max(0, Math.min(rows.length - 1, index));
  return { cursor: rows[target]!.id, top: windowTop(place.top, target, rows.length, height) };
}

export type Motion = 'up' | 'down' | 'top' | 'bottom' | 'half-up' | 'half-down' | 'page-up' | 'page-down';

/** Where a motion leads from a row number. */
export function motionTarget(motion: Motion, index: number, count: number, height: number): number {
  const half = Math.max(1, Math.floor(height / 2));
  const page = Math.max(1, height - 1);
  switch (motion) {
    case 'up':
      return index - 1;
    case 'down':
      return index + 1;
    case 'top':
      return 0;
    case 'bottom':
      return count - 1;
    case 'half-up':
      return index - half;
    case 'half-down':
      return index + half;
    case 'page-up':
      return index - page;
    case 'page-down':
      return index + page;
  }
}
