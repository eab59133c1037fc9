/** Pictures kept as text files; `UPDATE_GOLDENS=1` writes them anew. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export function expectGolden(name: string, rows: readonly string[]): void {
  const file = fileURLToPath(new URL(`goldens/${name}.txt`, import.meta.url));
  // Blanks at the end of a row would be invisible in a diff, and editors drop them.
  const text = `${rows.map((row) => row.trimEnd()).join('\n')}\n`;
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}
