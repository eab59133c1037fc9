/** Display width in terminal cells: CJK and emoji count two, combining marks none. */
import stringWidth from 'string-width';

/** Latin, box drawing, arrows and the other signs nacre draws with: one cell a UTF-16 unit, no combining. */
const NARROW =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u2200-\u22ff\u2500-\u25fc\u2713\u2717]*$/;

export function width(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** The longest start of `text` that fits into `cells`. */
export function cut(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (NARROW.test(text)) return text.length <= cells ? text : text.slice(0, cells);
  let used = 0;
  let end = 0;
  for (const { segment, index } of segments(text)) {
    const next = used + stringWidth(segment);
    if (next > cells) break;
    used = next;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** The longest end of `text` that fits into `cells`. */
function cutStart(text: string, cells: number): string {
  if (cells <= 0) return '';
  if (NARROW.test(text)) return text.slice(Math.max(0, text.length - cells));
  let used = 0;
  let start = text.length;
  for (const { segment, index } of [...segments(text)].reverse()) {
    const next = used + stringWidth(segment);
    if (next > cells) break;
    used = next;
    start = index;
  }
  return text.slice(start);
}

/** Exactly `cells` wide: cut at the end with `…`, or padded. */
export function fit(text: string, cells: number): string {
  const shown = shorten(text, cells);
  return shown + ' '.repeat(Math.max(0, cells - width(shown)));
}

/** At most `cells` wide, cut at the end with `…`; never two of them. */
export function shorten(text: string, cells: number): string {
  if (width(text) <= cells) return text;
  return cells <= 0 ? '' : `${cut(text, cells - 1).replace(/ ?…$/, '')}…`;
}

/** At most `cells` wide, cut in the middle, so that the start and the end both survive. */
export function shortenMiddle(text: string, cells: number): string {
  if (width(text) <= cells) return text;
  if (cells <= 1) return cells === 1 ? '…' : '';
  const end = Math.floor((cells - 1) / 2);
  const tail = cutStart(text, end);
  return `${cut(text, cells - 1 - width(tail))}…${tail}`;
}

/** Exactly `cells` wide, cut in the middle, or padded. */
export function fitMiddle(text: string, cells: number): string {
  const shown = shortenMiddle(text, cells);
  return shown + ' '.repeat(Math.max(0, cells - width(shown)));
}

/** Exactly `cells` wide, padded on the left. */
export function fitEnd(text: string, cells: number): string {
  const shown = shorten(text, cells);
  return ' '.repeat(Math.max(0, cells - width(shown))) + shown;
}

/** Breaks text into rows of at most `cells`, at spaces where it can; `\n` always breaks. */
export function wrap(text: string, wanted: number): string[] {
  const cells = Math.max(1, wanted);
  const rows: string[] = [];
  for (const paragraph of text.split('\n')) {
    let row = '';
    for (const word of paragraph.split(/(?<= )/)) {
      if (row !== '' && width(row) + width(word.trimEnd()) > cells) {
        rows.push(row.trimEnd());
        row = '';
      }
      const parts = split(word, cells);
      row += parts.pop()!;
      rows.push(...parts);
    }
    rows.push(row.trimEnd());
  }
  return rows;
}

/** A word in parts of at most `cells`; blanks after it need no room. Gone through once, however long it is. */
function split(word: string, cells: number): string[] {
  const end = word.trimEnd().length;
  const parts: string[] = [];
  let start = 0;
  if (NARROW.test(word)) {
    for (; end - start > cells; start += cells) parts.push(word.slice(start, start + cells));
    return [...parts, word.slice(start)];
  }
  let used = 0;
  for (const { segment, index } of segments(word.slice(0, end))) {
    const more = stringWidth(segment);
    if (used + more > cells && index > start) {
      parts.push(word.slice(start, index));
      start = index;
      used = 0;
    }
    used += more;
  }
  return [...parts, word.slice(start)];
}

let segmenter: Intl.Segmenter | undefined;

// Intl.Segmenter costs about 10 ms to build: only text that needs it pays.
function segments(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}
