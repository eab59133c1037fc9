/** Where a line is broken so that each row fits. Pure. */
import { cut, width } from './width.ts';

/** The end of each row in the text; breaks are made at cells and not at words, as an editor makes them. */
export function rowEnds(text: string, cells: number): readonly number[] {
  const ends: number[] = [];
  let from = 0;
  do {
    // A part that is surely too long is enough to find the end of one row in.
    const rest = text.slice(from, from + cells * 2 + 2);
    const row = width(rest) <= cells && from + rest.length === text.length ? rest : cut(rest, cells);
    from += Math.max(1, row.length);
    ends.push(Math.min(from, text.length));
  } while (from < text.length);
  return ends;
}
