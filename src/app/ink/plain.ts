/** Text that needs no care: characters that are one grapheme each, and SGR sequences. */
import { Generations } from './generations.ts';
import { SGR, SIMPLE, WIDE } from './simple-text.ts';

export interface Plain {
  /** The text without its SGR sequences. */
  readonly text: string;
  /** How many cells it takes. */
  readonly width: number;
  /** Whether it ends in the style it began with: none. */
  readonly isClosed: boolean;
}

const LAST_SEQUENCE = /\u001b\[([\d;]*)m[^\u001b]*$/;

const CAREFUL = Symbol('careful');

// Sanitising, measuring, composing and painting a row all ask for the same text.
const known = new Generations<Plain | typeof CAREFUL>(512);

/** Undefined for text with anything else in it: combining marks, emoji, other sequences, newlines. */
export function plainOf(text: string): Plain | undefined {
  const found = known.get(text) ?? known.set(text, read(text) ?? CAREFUL);
  return found === CAREFUL ? undefined : found;
}

function read(text: string): Plain | undefined {
  const hasStyles = text.includes('\u001b');
  const plain = hasStyles ? text.replace(SGR, '') : text;
  if (!SIMPLE.test(plain)) return undefined;
  const last = hasStyles ? LAST_SEQUENCE.exec(text)?.[1] : '';
  return {
    text: plain,
    width: plain.length + (plain.match(WIDE)?.length ?? 0),
    isClosed: last === '' || last === '0',
  };
}
