/** Stands in for Ink's `measure-text`, which would keep thousands of whole screens and measure none of them twice. */
import stringWidth from './string-width.ts';
import { textRows } from './text-rows.ts';

/** Columns of the widest row, and rows. */
export default function measureText(text: string): { readonly width: number; readonly height: number } {
  if (text === '') return { width: 0, height: 0 };
  const rows = textRows(text);
  let width = 0;
  for (const row of rows) width = Math.max(width, row.plain?.width ?? stringWidth(row.text));
  return { width, height: rows.length };
}
