/** Which rows the terminal had better move than repaint. */
import type { Row } from './row.ts';
import { BLANK, cost } from './row-diff.ts';

export interface Scroll {
  /** The first and the last row of the region, both in it. */
  readonly top: number;
  readonly bottom: number;
  /** By how many rows it moves up; down when negative. */
  readonly lines: number;
}

/** What a scroll writes itself, and what makes it worth its restlessness, in bytes. */
const WORTH = 60;

/**
 * The region between rows `first` and `last`, and its move, that saves the most bytes; undefined when
 * none is worth it. Moving takes whole rows, so beside a list that scrolls there may be a pane that
 * does not: the region leaves out the rows where that costs more than it saves.
 */
export function bestScroll(
  before: (y: number) => Row,
  after: (y: number) => Row,
  first: number,
  last: number,
  columns: number,
): Scroll | undefined {
  const indexes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const old = indexes.map(before);
  const next = indexes.map(after);
  const unmoved = next.map((row, index) => cost(old[index]!, row, columns));
  const afresh = next.map((row, index) => unmoved[index]! - cost(BLANK, row, columns));
  let best: Scroll | undefined;
  let most = WORTH;
  for (const distance of [1, 2, 3]) {
    for (const lines of [distance, -distance]) {
      const gains = next.map((row, index) => {
        const source = old[index + lines];
        return source === undefined ? Number.NEGATIVE_INFINITY : unmoved[index]! - cost(source, row, columns);
      });
      const region = bestRegion(gains, afresh, lines);
      if (region.gain <= most) continue;
      most = region.gain;
      best = { top: first + region.top, bottom: first + region.bottom, lines };
    }
    // Lists scroll by one row most of the time, and what that explains needs no other explanation.
    if (best !== undefined) return best;
  }
  return best;
}

/** The run of rows with the greatest sum of gains; the rows that come in blank are at its end (or its start). */
function bestRegion(
  gains: readonly number[],
  afresh: readonly number[],
  lines: number,
): { readonly top: number; readonly bottom: number; readonly gain: number } {
  const blank = Math.abs(lines);
  let best = { top: 0, bottom: 0, gain: 0 };
  for (let top = 0; top + blank < gains.length; top++) {
    let sum = 0;
    if (lines < 0) for (let index = top; index < top + blank; index++) sum += afresh[index]!;
    for (let bottom = top + blank; bottom < gains.length; bottom++) {
      const moved = lines > 0 ? bottom - blank : bottom;
      sum += gains[moved]!;
      let gain = sum;
      if (lines > 0) for (let index = moved + 1; index <= bottom; index++) gain += afresh[index]!;
      if (gain > best.gain) best = { top, bottom, gain };
    }
  }
  return best;
}
