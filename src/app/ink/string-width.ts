/**
 * Stands in for `string-width` in the bundle: same answers, without the grapheme segmenter and the
 * emoji pattern (50 ms together when first used) for the text that a person is likely to see.
 */
import stringWidth from 'string-width';
import { plainOf } from './plain.ts';
import { NARROW } from './simple-text.ts';

/** Shorter text is measured sooner than it is looked up. */
const SHORT = 8;

export default function width(
  text: string,
  options?: { ambiguousIsNarrow?: boolean; countAnsiEscapeCodes?: boolean },
): number {
  if (options?.ambiguousIsNarrow === false) return stringWidth(text, options);
  if (text.length < SHORT && NARROW.test(text)) return text.length;
  if (options?.countAnsiEscapeCodes === true && text.includes('\u001b')) return stringWidth(text, options);
  return plainOf(text)?.width ?? stringWidth(text, options);
}
