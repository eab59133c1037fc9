/** What went wrong, as the one line on stderr and the exit code. */
import { line } from '../engine/text.ts';

export const DONE = 0;
export const FAILED = 1;
export const WRONG_USAGE = 2;
export const INTERRUPTED = 130;
export const TERMINATED = 143;

/** The command line asks for something that cannot be: exit 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** `nacre: what and why. What to try.`, always on one line and safe to show. */
export function failureLine(message: string, hint = ''): string {
  const what = line(message)
    .trim()
    .replace(/[.\s]+$/, '');
  const next = line(hint).trim();
  return next === '' ? `nacre: ${what}\n` : `nacre: ${what}. ${next[0]!.toUpperCase()}${next.slice(1)}\n`;
}
