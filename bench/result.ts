/** A measured number with what it is held against. */
export interface Result {
  /** `start, 347 images`. */
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'B' | 'MB' | '%' | '×' | 'lines';
  /** The most it may be. */
  readonly budget?: number;
  /** What else was measured in the same run, in words: `docker images 37 ms`. */
  readonly beside?: string;
  /** How many measurements stand behind the number. */
  readonly samples: number;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function table(results: readonly Result[]): string {
  const cells = results.map((result) => [
    result.name,
    amount(result.value, result.unit),
    result.budget === undefined ? '' : `≤ ${amount(result.budget, result.unit)}`,
    result.budget === undefined ? '' : result.value <= result.budget ? 'kept' : 'MISSED',
    result.beside ?? '',
    `${result.samples}`,
  ]);
  const head = ['what', 'median', 'budget', '', 'in the same run', 'samples'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n');
}

function amount(value: number, unit: Result['unit']): string {
  const digits = unit === 'B' || unit === 'lines' ? 0 : unit === '×' ? 2 : value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
