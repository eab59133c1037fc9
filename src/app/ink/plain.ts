/** Text that needs no care: characters that are one grapheme each, and SGR sequences. */
import { SIMPLE, WIDE } from './string-width.ts';

const SEQUENCE = /\u001b\[[\d;]*m/g;
const LAST_SEQUENCE = /\u001b\[([\d;]*)m[^\u001b]*$/;

/** The text without its SGR sequences, when nothing in it is out of the ordinary; else undefined. */
export function plainOf(text: string): string | undefined {
  const plain = text.includes('\u001b') ? text.replace(SEQUENCE, '') : text;
  return SIMPLE.test(plain) ? plain : undefined;
}

/** How many cells plain text takes. */
export function plainWidth(plain: string): number {
  return plain.length + (plain.match(WIDE)?.length ?? 0);
}

/** Whether text ends in the style it began with: none. */
export function isClosed(text: string): boolean {
  if (!text.includes('\u001b')) return true;
  const last = LAST_SEQUENCE.exec(text)?.[1];
  return last === '' || last === '0';
}
