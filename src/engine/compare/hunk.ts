/** Lines in which two texts differ, and how they are written. */
import { shownPath } from '../layers/shown-path.ts';

export interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Lines as they stand in the files, each behind ` `, `-`, `+`, or `\` for what is said of the end of the file. */
  readonly lines: readonly string[];
}

export type TextDiff =
  | { readonly kind: 'text'; readonly hunks: readonly Hunk[] }
  /**
   * What cannot be told line by line, and why, in words. `binary`: both were read, differ, and are no text.
   * `late`: with more time it could be told.
   */
  | { readonly kind: 'none'; readonly why: string; readonly binary?: boolean; readonly late?: boolean };

/** `@@ -1,4 +1,5 @@` */
export function hunkHead({ oldStart, oldLines, newStart, newLines }: Hunk): string {
  const range = (start: number, count: number): string =>
    // A range without lines is told by the line before it.
    count === 1 ? `${start}` : `${count === 0 ? start - 1 : start},${count}`;
  return `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`;
}

/** A hunk's line as the bytes that it is made of. */
export function lineBytes(line: string): Buffer {
  return Buffer.from(line, 'latin1');
}

const TAB = 0x09;

/** The same as text that can be shown; tabs stay, since text is full of them. */
export function shownLine(bytes: Buffer): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = bytes.indexOf(TAB); at !== -1; at = bytes.indexOf(TAB, from)) {
    parts.push(shownPath(bytes.subarray(from, at)));
    from = at + 1;
  }
  return [...parts, shownPath(bytes.subarray(from))].join('\t');
}
