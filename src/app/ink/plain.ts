/** Text that needs no care: characters that are one grapheme each, and SGR sequences. */
import { cellsOf, ESCAPE, SGR, sgrEnd } from './simple-text.ts';

export interface Plain {
  /** How many cells it takes. */
  readonly width: number;
  /** Whether it ends in the style it began with: none. */
  readonly isClosed: boolean;
}

/** Undefined for text with anything else in it: combining marks, emoji, other sequences, newlines. */
export function plainOf(text: string): Plain | undefined {
  let width = 0;
  let isClosed = true;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === ESCAPE) {
      const end = sgrEnd(text, at);
      if (end < 0) return undefined;
      isClosed = isReset(text, at, end);
      at = end - 1;
      continue;
    }
    const cells = cellsOf(unit);
    if (cells === 0) return undefined;
    width += cells;
  }
  return { width, isClosed };
}

/** `ESC [m` or `ESC [0m`. */
function isReset(text: string, start: number, end: number): boolean {
  return end - start === 3 || (end - start === 4 && text.charCodeAt(start + 2) === 0x30);
}

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const LAST_SGR = /\u001b\[([\d;]*)m[^\u001b]*$/;

/** Whether a row of a text means the same without the rows around it: no sequences but SGR, the last of them a reset. */
export function standsAlone({
  text,
  plain,
}: {
  readonly text: string;
  readonly plain: Plain | undefined;
}): boolean {
  if (plain !== undefined) return plain.isClosed;
  if (CONTROL.test(text.replace(SGR, ''))) return false;
  const last = LAST_SGR.exec(text)?.[1] ?? '';
  return last === '' || last === '0';
}
