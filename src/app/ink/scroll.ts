/** Which rows the terminal had better move than repaint. */
import { BLANK, type Row } from './row.ts';
import { cost, isSameText } from './row-diff.ts';

export interface Scroll {
  /** The first and the last row of the region, both in it. */
  readonly top: number;
  readonly bottom: number;
  /** By how many rows it moves up; down when negative. */
  readonly lines: number;
}

/** What a scroll writes itself, and what makes it worth its restlessness, in bytes. */
const WORTH = 60;

/** Rows that moved are looked for this far. */
const FAR = 3;

/**
 * By how many rows most of the lines between `first` and `last` moved up (down when negative); 0 when
 * they stayed, undefined when they are others. What stands in the left half of the screen decides.
 */
export function movement(
  before: (y: number) => Row,
  after: (y: number) => Row,
  first: number,
  last: number,
  columns: number,
): number | undefined {
  const half = Math.floor(columns / 2);
  const indexes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const old = indexes.map(before);
  const next = indexes.map(after);
  const matches = (lines: number) => {
    let count = 0;
    for (let index = 0; index < next.length; index++) {
      const source = old[index + lines];
      if (source !== undefined && isSameText(source, next[index]!, half)) count++;
    }
    return count;
  };
  const stayed = matches(0);
  let most = Math.max(stayed, next.length / 3);
  let best = stayed === most ? 0 : undefined;
  for (let distance = 1; distance <= FAR; distance++) {
    for (const lines of [distance, -distance]) {
      const count = matches(lines);
      if (count <= most) continue;
      most = count;
      best = lines;
      if (count * 2 > next.length) return best;
    }
  }
  return best;
}

/**
 * The region between rows `first` and `last` that saves the most bytes when it moves by `lines`;
 * undefined when none is worth it. Moving takes whole rows, so beside a list that scrolls there may be
 * a pane that does not: the region leaves out the rows where that costs more than it saves.
 */
export function bestScroll(
  before: (y: number) => Row,
  after: (y: number) => Row,
  first: number,
  last: number,
  lines: number,
  columns: number,
): Scroll | undefined {
  const indexes = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const old = indexes.map(before);
  const next = indexes.map(after);
  const unmoved = next.map((row, index) => cost(old[index]!, row, columns));
  const afresh = next.map((row, index) => unmoved[index]! - cost(BLANK, row, columns));
  const gains = next.map((row, index) => {
    const source = old[index + lines];
    return source === undefined ? Number.NEGATIVE_INFINITY : unmoved[index]! - cost(source, row, columns);
  });
  const { top, bottom, gain } = bestRegion(gains, afresh, lines);
  return gain > WORTH ? { top: first + top, bottom: first + bottom, lines } : undefined;
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
