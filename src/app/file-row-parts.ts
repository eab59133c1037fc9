/** One row of a text file as coloured parts, matches of the search in it marked. Pure. */
import { lineRange, shownText } from './file-text.ts';
import { type FileView, type RowPlace, searchPattern } from './file-view.ts';
import type { ColouredPart } from './highlight-parts.ts';
import { rowEnds } from './text-rows.ts';
import type { Token } from './theme.ts';
import { cut } from './width.ts';

export type RowPart = readonly [Token, string];

/** `cells`: room of the row; what is cut is still in it, for whoever draws it to say so. */
export function fileRowParts(view: FileView, { line, nth }: RowPlace, cells: number): readonly RowPart[] {
  const text = view.text!;
  const [from, to] = lineRange(text, line);
  const parts = lineParts(text.text, from, to, view.colours);
  const whole = parts.map(([, shown]) => shown).join('');
  const ends = view.wrap ? rowEnds(whole, cells) : undefined;
  const start = ends === undefined ? cut(whole, view.left).length : nth === 0 ? 0 : ends[nth - 1]!;
  // Of what is cut one more is enough to see that there is more.
  const end = ends === undefined ? start + cells * 2 + 2 : ends[nth]!;
  return marked(sliced(parts, start, end), view.search);
}

function lineParts(text: string, from: number, to: number, colours: readonly ColouredPart[]): RowPart[] {
  const parts: RowPart[] = [];
  let column = 0;
  const push = (token: Token, start: number, end: number): void => {
    if (end <= start) return;
    const shown = shownText(text.slice(start, end), column);
    column += shown.length;
    parts.push([token, shown]);
  };
  let at = from;
  for (let place = firstAfter(colours, from); place < colours.length; place++) {
    const colour = colours[place]!;
    if (colour.from >= to) break;
    push('plain', at, Math.max(at, colour.from));
    push(colour.token, Math.max(from, colour.from), Math.min(to, colour.to));
    at = Math.min(to, colour.to);
  }
  push('plain', at, to);
  return parts;
}

/** The first part that ends behind a place. */
function firstAfter(colours: readonly ColouredPart[], place: number): number {
  let from = 0;
  let to = colours.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (colours[middle]!.to <= place) from = middle + 1;
    else to = middle;
  }
  return from;
}

function sliced(parts: readonly RowPart[], start: number, end: number): RowPart[] {
  const out: RowPart[] = [];
  let at = 0;
  for (const [token, text] of parts) {
    const piece = text.slice(Math.max(0, start - at), Math.max(0, end - at));
    if (piece !== '') out.push([token, piece]);
    at += text.length;
    if (at >= end) break;
  }
  return out;
}

/** Matches lose their colour for the mark. */
function marked(parts: readonly RowPart[], search: string): readonly RowPart[] {
  if (search === '') return parts;
  const row = parts.map(([, text]) => text).join('');
  const out: RowPart[] = [];
  let at = 0;
  for (const match of row.matchAll(searchPattern(search))) {
    out.push(...sliced(parts, at, match.index), ['match', match[0]]);
    at = match.index + match[0].length;
  }
  return at === 0 ? parts : [...out, ...sliced(parts, at, row.length)];
}
