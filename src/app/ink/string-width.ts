/**
 * Stands in for `string-width` in the bundle: same answers, without the grapheme segmenter and the
 * emoji pattern (50 ms together when first used) for the text that a person is likely to see.
 */
import stringWidth from 'string-width';
import { Generations } from './generations.ts';
import { plainOf } from './plain.ts';

/** A screen is measured again for each of its frames. */
const known = new Generations<number>(256);

export default function width(
  text: string,
  options?: { ambiguousIsNarrow?: boolean; countAnsiEscapeCodes?: boolean },
): number {
  if (options?.ambiguousIsNarrow === false) return stringWidth(text, options);
  const plain = options?.countAnsiEscapeCodes && text.includes('\u001b') ? undefined : plainOf(text);
  if (plain !== undefined) return plain.width;
  if (options?.countAnsiEscapeCodes) return stringWidth(text, options);
  return known.get(text) ?? known.set(text, stringWidth(text, options));
}
