/**
 * Stands in for `string-width` in the bundle: same answers, without the grapheme segmenter and the
 * emoji pattern (50 ms together when first used) for the text that a person is likely to see.
 */
import stringWidth from 'string-width';

const NARROW_SET =
  '\\u0020-\\u007e\\u00a0-\\u00ac\\u00ae-\\u02ff\\u0400-\\u0482\\u048a-\\u052f\\u2010-\\u2027\\u2030-\\u203b' +
  '\\u203d-\\u2048\\u204a-\\u205e\\u2190-\\u2319\\u2500-\\u25fc';
const WIDE_SET =
  '\\u3001-\\u3029\\u3041-\\u3096\\u30a0-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7a3\\uff01-\\uff60';

/**
 * Characters that are one cell and one grapheme each, whatever stands beside them: Latin, Cyrillic,
 * punctuation, arrows, mathematical signs, box drawing, blocks and the shapes before U+25FD.
 */
export const NARROW = new RegExp(`^[${NARROW_SET}]*$`);

/** The same with Chinese, Japanese and Korean characters, which are two cells and one grapheme each. */
export const SIMPLE = new RegExp(`^[${NARROW_SET}${WIDE_SET}]*$`);

export const WIDE = new RegExp(`[${WIDE_SET}]`, 'g');

const SGR = /\u001b\[[\d;]*m/g;

export default function width(
  text: string,
  options?: { ambiguousIsNarrow?: boolean; countAnsiEscapeCodes?: boolean },
): number {
  if (options?.ambiguousIsNarrow === false) return stringWidth(text, options);
  if (NARROW.test(text)) return text.length;
  const counted = options?.countAnsiEscapeCodes === true ? text : text.replace(SGR, '');
  if (SIMPLE.test(counted)) return counted.length + (counted.match(WIDE)?.length ?? 0);
  return stringWidth(text, options);
}
