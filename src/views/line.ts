/** One drawn row: coloured pieces, cut and padded to an exact number of cells. */
import type { Theme, Token } from '../app/theme.ts';
import { cut, shorten, width } from '../app/width.ts';

export type Piece = string | readonly [Token, string];

/** Left pieces from the left edge, right pieces at the right edge; the left give way when both do not fit. */
export function compose(
  theme: Theme,
  cells: number,
  left: readonly Piece[],
  right: readonly Piece[] = [],
): string {
  const rightWidth = right.reduce((sum, piece) => sum + width(textOf(piece)), 0);
  const room = Math.max(0, cells - rightWidth);
  const [start, used] = place(theme, room, left);
  const [end, tail] = place(theme, cells - Math.min(room, cells), right);
  const gap = Math.max(0, cells - used - tail);
  return start + ' '.repeat(gap) + end;
}

/** `─ Title ─────────`, exactly `cells` wide. */
export function rule(theme: Theme, cells: number, title: string, token: Token = 'plain'): string {
  if (title === '') return theme.paint('muted', '─'.repeat(cells));
  const shown = cut(title, Math.max(0, cells - 4));
  const dashes = Math.max(0, cells - width(shown) - 3);
  return `${theme.paint('muted', '─')} ${theme.paint(token, shown)} ${theme.paint('muted', '─'.repeat(dashes))}`;
}

/** `─ Left ────── right ─`; what stands right gives way. */
export function ruleWith(theme: Theme, cells: number, left: string, right: string, token: Token): string {
  const room = cells - 8 - Math.min(width(left), 24);
  if (right === '' || width(right) > room) return rule(theme, cells, left, token);
  return (
    rule(theme, cells - width(right) - 3, shorten(left, cells - width(right) - 8), token) +
    theme.paint('muted', ` ${right} ─`)
  );
}

/** A bar of `cells` that is filled to `share` (0 to 1); anything above nothing shows at least one cell. */
export function bar(cells: number, share: number, token: Token = 'accent'): Piece[] {
  const clamped = Math.max(0, Math.min(1, Number.isFinite(share) ? share : 0));
  const full = clamped === 0 ? 0 : Math.max(1, Math.round(clamped * cells));
  return [
    [token, '█'.repeat(full)],
    ['muted', '░'.repeat(cells - full)],
  ];
}

/** A row with the first place of `search` in it marked, letter case ignored. */
export function highlighted(row: string, search: string): Piece[] {
  if (search === '') return [row];
  const at = row.toLowerCase().indexOf(search.toLowerCase());
  if (at < 0) return [row];
  return [row.slice(0, at), ['match', row.slice(at, at + search.length)], row.slice(at + search.length)];
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece[1];
}

function place(theme: Theme, room: number, pieces: readonly Piece[]): readonly [string, number] {
  let out = '';
  let used = 0;
  for (const piece of pieces) {
    const text = textOf(piece);
    const cells = width(text);
    const fits = used + cells <= room;
    const shown = fits ? text : used < room ? `${cut(text, room - used - 1)}…` : '';
    out += typeof piece === 'string' ? shown : theme.paint(piece[0], shown);
    used += fits ? cells : width(shown);
    if (!fits) break;
  }
  return [out, used];
}

/** Blank rows to fill a pane that has fewer rows than room, and never more than room. */
export function fill(rows: readonly string[], height: number, cells: number): string[] {
  const shown = rows.slice(0, height);
  const blank = ' '.repeat(cells);
  while (shown.length < height) shown.push(blank);
  return shown;
}
