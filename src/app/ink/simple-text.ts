/** Which characters are one grapheme each, whatever stands beside them, and how wide those are. */

const NARROW_SET =
  '\\u0020-\\u007e\\u00a0-\\u00ac\\u00ae-\\u02ff\\u0400-\\u0482\\u048a-\\u052f\\u2010-\\u2027\\u2030-\\u203b' +
  '\\u203d-\\u2048\\u204a-\\u205e\\u2190-\\u2319\\u2500-\\u25fc';
const WIDE_SET =
  '\\u3001-\\u3029\\u3041-\\u3096\\u30a0-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uff01-\\uff60';

/**
 * One cell each: Latin, Cyrillic, punctuation, arrows, mathematical signs, box drawing, blocks and the
 * shapes before U+25FD.
 */
export const NARROW = new RegExp(`^[${NARROW_SET}]*$`);

/** Those, and Chinese, Japanese and Korean characters, which are two cells each. */
export const SIMPLE = new RegExp(`^[${NARROW_SET}${WIDE_SET}]*$`);

export const WIDE = new RegExp(`[${WIDE_SET}]`, 'g');

export const SGR = /\u001b\[[\d;]*m/g;

const UNKNOWN = 0;
const CAREFUL = 3;

/** What has been found out about each UTF-16 unit: its cells, or that it needs care. */
const kinds = new Uint8Array(0x10000);

/** How many cells a UTF-16 unit takes, 1 or 2; 0 for one that is no grapheme of known width by itself. */
export function cellsOf(unit: number): 0 | 1 | 2 {
  if (unit >= 0x20 && unit <= 0x7e) return 1;
  let kind = kinds[unit]!;
  if (kind === UNKNOWN) {
    const character = String.fromCharCode(unit);
    kind = NARROW.test(character) ? 1 : SIMPLE.test(character) ? 2 : CAREFUL;
    kinds[unit] = kind;
  }
  return kind === 1 ? 1 : kind === 2 ? 2 : 0;
}

export const ESCAPE = 0x1b;

/** Where the SGR sequence that begins at `start` ends, its `m` included; -1 where none begins there. */
export function sgrEnd(text: string, start: number): number {
  if (text.charCodeAt(start + 1) !== 0x5b) return -1;
  for (let at = start + 2; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x6d) return at + 1;
    if (unit !== 0x3b && (unit < 0x30 || unit > 0x39)) return -1;
  }
  return -1;
}
