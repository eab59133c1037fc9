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
