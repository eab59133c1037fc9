/** Bytes of names for machines: nothing of them is lost in JSON, and nothing of it steers a terminal. */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LONGEST = 4;
/** What JSON would leave as it is though terminals act on it: DEL, C1, what reorders lines or takes no room. */
const HOSTILE = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
/** Python's surrogateescape: a byte that is no UTF-8 is half of a pair that nobody else writes. */
const ESCAPE = 0xdc00;

/** UTF-8 as text; each byte that is none as U+DC00 plus the byte, so that every name comes back as it was. */
export function exactText(bytes: Uint8Array): string {
  const whole = decoded(bytes);
  if (whole !== undefined) return whole;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    let length = 1;
    let character: string | undefined;
    for (; length <= LONGEST && at + length <= bytes.length && character === undefined; length++)
      character = decoded(bytes.subarray(at, at + length));
    text += character ?? String.fromCharCode(ESCAPE + bytes[at]!);
    at += character === undefined ? 1 : length - 1;
  }
  return text;
}

/** One line of JSON that can be shown. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value).replace(
    HOSTILE,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
