/** Lines that a job said: the last ones for the screen, and how many there were. */

export interface LogLine {
  /** Milliseconds. */
  readonly at: number;
  /** A short word: `auth`, `layer`, `retry`. */
  readonly topic: string;
  readonly text: string;
  /** Of a build: which step said it, by its place in `JobBuild.order`, and whether as an error. */
  readonly step?: number;
  readonly err?: boolean;
}

export interface LogTail {
  /** The last lines, oldest first. */
  readonly lines: readonly LogLine[];
  /** All lines there were. */
  readonly count: number;
}

export const NO_LOG: LogTail = { lines: [], count: 0 };

/** Lines kept in memory; the whole log is on disk. */
export const TAIL = 300;

export interface LogFold {
  add(line: LogLine): void;
  tail(): LogTail;
}

export function createLogFold(): LogFold {
  let lines: LogLine[] = [];
  let count = 0;
  return {
    add(line) {
      lines.push(line);
      count++;
      // Cut now and then only: a cut a line would move them all each time.
      if (lines.length >= 2 * TAIL) lines = lines.slice(-TAIL);
    },
    tail: () => ({ lines: lines.slice(-TAIL), count }),
  };
}
