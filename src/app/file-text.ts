/** The bytes of a file as lines of text, or as what no text is. Pure. */

/** Bytes that are looked at to tell text from all else. */
const SAMPLE = 64 * 1024;
/** Of a hundred characters so many may be none, and it is still text. */
const STRANGE = 10;
/** A line of more characters goes on in further ones, so that none takes long to draw. */
const LONGEST = 8192;
const NEWLINE = 10;
const RETURN = 13;

export interface FileText {
  readonly text: string;
  /** Where each line begins in the text; one more at the end. */
  readonly starts: Uint32Array;
  /** The number of each line, from 1; 0 for one that only goes on. */
  readonly numbers: Uint32Array;
  /** Lines by their numbers. */
  readonly lines: number;
  /** Lines end with a carriage return, too. */
  readonly crlf: boolean;
}

export function isText(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, SAMPLE);
  if (sample.includes(0)) return false;
  const text = decoded(sample);
  let strange = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0xfffd || (code < 0x20 && (code < 8 || code > 13) && code !== 0x1b)) strange++;
  }
  return strange * 100 <= text.length * STRANGE;
}

export function fileText(bytes: Uint8Array): FileText {
  const text = decoded(bytes);
  // Millions of lines are too many for arrays that grow.
  const starts = new Uint32Array(newlinesIn(text) + Math.ceil(text.length / (LONGEST - 1)) + 2);
  const numbers = new Uint32Array(starts.length);
  let count = 0;
  let lines = 0;
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline + 1;
    lines++;
    for (let from = at; from < end; ) {
      starts[count] = from;
      numbers[count++] = from === at ? lines : 0;
      from = end - from <= LONGEST ? end : beforePair(text, from + LONGEST);
    }
    at = end;
  }
  starts[count] = text.length;
  const first = text.indexOf('\n');
  return {
    text,
    starts: starts.slice(0, count + 1),
    numbers: numbers.slice(0, count),
    lines,
    crlf: first > 0 && text.charCodeAt(first - 1) === RETURN,
  };
}

function newlinesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** What stands between the beginning of a line and its end, the end itself left out. */
export function lineRange({ text, starts }: FileText, line: number): readonly [from: number, to: number] {
  const from = starts[line]!;
  let to = starts[line + 1]!;
  if (to > from && text.charCodeAt(to - 1) === NEWLINE) {
    to--;
    if (to > from && text.charCodeAt(to - 1) === RETURN) to--;
  }
  return [from, to];
}

/** The last place in ascending values that is not above `value`. */
export function placeOf(ascending: Uint32Array, value: number): number {
  let from = 0;
  let to = ascending.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ascending[middle]! <= value) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

/** UTF-8; what is none as `\ufffd`. A character that is cut at the end is left out. */
function decoded(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true });
}

function beforePair(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code < 0xe000 ? at - 1 : at;
}

const TAB = 8;
const STRANGERS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\ufeff]/u;
const STRANGERS_ALL = new RegExp(STRANGERS.source, 'gu');

/** Text of a file as it may reach a terminal: tabs as blanks, control characters as `^X`, what reorders a line as `<202e>`. `column`: where it begins. */
export function shownText(text: string, column: number): string {
  if (!STRANGERS.test(text)) return text;
  let shift = column;
  return text.replace(STRANGERS_ALL, (character, at: number) => {
    const code = character.codePointAt(0)!;
    const shown = code === 9 ? ' '.repeat(TAB - ((at + shift) % TAB)) : signOf(code);
    shift += shown.length - character.length;
    return shown;
  });
}

function signOf(code: number): string {
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  return code === 0x7f ? '^?' : `<${code.toString(16).padStart(4, '0')}>`;
}
