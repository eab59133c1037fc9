/** The rows of a text, looked at once: sanitising, measuring and composing a screen all ask for the same. */
import { type Plain, plainOf } from './plain.ts';

export interface TextRow {
  readonly text: string;
  readonly plain: Plain | undefined;
}

let last: { readonly text: string; readonly rows: readonly TextRow[] } = { text: '', rows: [] };

export function textRows(text: string): readonly TextRow[] {
  if (text !== last.text || last.rows.length === 0)
    last = { text, rows: text.split('\n').map((row) => ({ text: row, plain: plainOf(row) })) };
  return last.rows;
}
