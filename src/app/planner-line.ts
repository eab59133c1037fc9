/** A line below the marked list, and how long lists of names are told in it. */
import { grouped } from './format.ts';

export interface TotalLine {
  readonly label: string;
  /** Right-aligned in the column of figures; `''` for a line of text. */
  readonly amount: string;
  readonly text: string;
  /** Shorter ways to say it, longest first, for where there is little room. */
  readonly short?: readonly string[];
  readonly tone: 'plain' | 'strong' | 'warn' | 'muted';
  /** What gives way first where there is little room: the highest. 0 never does. */
  readonly weight: number;
}

export function line(
  label: string,
  text: string,
  weight: number,
  tone: TotalLine['tone'] = 'plain',
  short: readonly string[] = [],
): TotalLine {
  return { label, amount: '', text, short, tone, weight };
}

/** The first two of many, and how many more. */
export function some(all: readonly string[]): string {
  return all.length > 3
    ? `${all.slice(0, 2).join(', ')} and ${grouped(all.length - 2)} more`
    : all.join(', ');
}
