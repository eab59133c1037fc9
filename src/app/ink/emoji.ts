/**
 * Stands in for the emoji pattern of `string-width`: the pattern takes about 30 ms to build, so it is
 * built only for text that has a character of the emoji blocks in it.
 */
const CANDIDATE = /[\u00a9\u00ae\u203c-\u2bff\u3030\u303d\u3297\u3299\u{1f000}-\u{1faff}]/u;

// A literal is built when the file is parsed, even in a function that is never called.
const SOURCE = '^\\p{RGI_Emoji}$';

let pattern: RegExp | undefined;

/** Whether a grapheme is an emoji that is recommended for general interchange. */
export function isEmoji(grapheme: string): boolean {
  if (!CANDIDATE.test(grapheme)) return false;
  pattern ??= new RegExp(SOURCE, 'v');
  return pattern.test(grapheme);
}
