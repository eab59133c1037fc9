/** Text from outside is hostile: what is shown must not steer a terminal or reorder a line. */

/** C0, DEL, C1, bidi embeddings/overrides/isolates, zero-width joiners of lines, line and paragraph separators, BOM. */
const HOSTILE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]/;
const HOSTILE_ALL = new RegExp(HOSTILE.source, 'g');
// CSI, OSC, DCS/SOS/PM/APC and two-character escapes, whole, so that no half of one is left as text.
const ESCAPES = new RegExp(
  [
    '\\u001b\\[[0-?]*[ -/]*[@-~]',
    '\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)?',
    '\\u001b[PX^_][^\\u001b]*(?:\\u001b\\\\)?',
    '\\u001b[ -/]*[0-~]',
    '\\u009b[0-?]*[ -/]*[@-~]',
  ].join('|'),
  'g',
);

/** One line, safe to draw: escape sequences removed, newlines and tabs as a space, other controls as `�`. */
export function line(text: string): string {
  if (!HOSTILE.test(text)) return text;
  return text
    .replace(ESCAPES, '')
    .replace(/\r\n|[\n\t\r\u2028\u2029]/g, ' ')
    .replace(HOSTILE_ALL, '\ufffd');
}

/** Several lines, safe to draw: as `line`, but `\n` stays and a tab is two spaces. */
export function block(text: string): string {
  if (!HOSTILE.test(text)) return text;
  return text
    .replace(ESCAPES, '')
    .replace(/\r\n|\r/g, '\n')
    .split('\n')
    .map((row) => row.replaceAll('\t', '  ').replace(HOSTILE_ALL, '\ufffd'))
    .join('\n');
}

/** Every string inside a JSON value, keys too, through `block`. */
export function deep<T>(value: T): T {
  if (typeof value === 'string') return block(value) as T;
  if (Array.isArray(value)) return value.map((item) => deep(item)) as T;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [line(key), deep(item)])) as T;
  }
  return value;
}
