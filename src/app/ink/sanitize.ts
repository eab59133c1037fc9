/** Stands before Ink's sanitizer, which reads every text character by character: rows without anything to look for pass. */
import { standsAlone } from './plain.ts';
import { textRows } from './text-rows.ts';

/** `sanitize` is Ink's own; it gets only what needs it. */
export function sanitizeRows(text: string, sanitize: (text: string) => string): string {
  const rows = textRows(text);
  if (rows.every(({ plain }) => plain !== undefined)) return text;
  if (!rows.every((row) => row.plain !== undefined || standsAlone(row))) return sanitize(text);
  return rows.map((row) => (row.plain === undefined ? sanitize(row.text) : row.text)).join('\n');
}
