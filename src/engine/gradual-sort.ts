/** Sorting many rows without holding up anything else: keys and frames get their turn in between. */
import { setImmediate as turn } from 'node:timers/promises';

/** Rows sorted or merged in one go: a few milliseconds. */
const RUN = 4_096;

/** A sorted copy; rows that compare equal keep their order. */
export async function sortGradually<Row>(
  rows: readonly Row[],
  compare: (a: Row, b: Row) => number,
): Promise<Row[]> {
  let runs: Row[][] = [];
  for (let from = 0; from < rows.length; from += RUN) {
    runs.push(rows.slice(from, from + RUN).sort(compare));
    if (rows.length > RUN) await turn();
  }
  while (runs.length > 1) {
    const next: Row[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      next.push(await merged(runs[at]!, runs[at + 1] ?? [], compare));
    runs = next;
  }
  return runs[0] ?? [];
}

async function merged<Row>(
  left: readonly Row[],
  right: readonly Row[],
  compare: (a: Row, b: Row) => number,
): Promise<Row[]> {
  const all: Row[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    all.push(compare(left[l]!, right[r]!) <= 0 ? left[l++]! : right[r++]!);
    if (all.length % RUN === 0) await turn();
  }
  for (; l < left.length; l++) all.push(left[l]!);
  for (; r < right.length; r++) all.push(right[r]!);
  return all;
}
