/** The frame before the first frame: plain rows, written before anything heavy is loaded. */

/** Header and title row of a screen without a list yet; empty for a screen that is too small. */
export function firstRows(columns: number, rows: number, address: string): string[] {
  if (columns < 60 || rows < 15) return [];
  const tabs = ' [1 Images]   2 Layers    3 Disk    4 Jobs ';
  const right = `… connecting${columns >= 100 && address !== '' ? ` to ${address}` : ''} `;
  const gap = Math.max(0, columns - tabs.length - right.length);
  return [`${tabs}${' '.repeat(gap)}${right}`.slice(0, columns), `─ Images ${'─'.repeat(columns - 9)}`];
}

/** The rows from the top left of a blank screen. */
export function paint(rows: readonly string[]): string {
  return rows.map((row, index) => `\u001b[${index + 1};1H${row}`).join('');
}
