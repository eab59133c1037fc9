/** What each step of a build printed: the last lines of every step for the screen, and how many there were. */

export interface BuildLine {
  /** Milliseconds. */
  readonly at: number;
  readonly text: string;
  /** It was printed as an error. */
  readonly err: boolean;
}

export interface StepTail {
  /** The last lines, oldest first. */
  readonly lines: readonly BuildLine[];
  /** All lines there were. */
  readonly count: number;
}

export const NO_LINES: StepTail = { lines: [], count: 0 };

/** Lines of a step kept in memory; all of them are in the job's file. */
export const STEP_TAIL = 200;

export interface StepLogs {
  add(step: string, line: BuildLine): void;
  /** By step; a tail that has not grown is the same object as before. */
  tails(): ReadonlyMap<string, StepTail>;
}

interface Buffer {
  lines: BuildLine[];
  count: number;
  shown: StepTail;
}

export function createStepLogs(): StepLogs {
  const buffers = new Map<string, Buffer>();
  let last: ReadonlyMap<string, StepTail> = new Map();
  let isSame = true;
  return {
    add(step, line) {
      let buffer = buffers.get(step);
      if (buffer === undefined) {
        buffer = { lines: [], count: 0, shown: NO_LINES };
        buffers.set(step, buffer);
      }
      buffer.lines.push(line);
      buffer.count++;
      // Cut now and then only: a cut a line would move them all each time.
      if (buffer.lines.length >= 2 * STEP_TAIL) buffer.lines = buffer.lines.slice(-STEP_TAIL);
      isSame = false;
    },
    tails() {
      if (isSame) return last;
      isSame = true;
      for (const buffer of buffers.values()) {
        if (buffer.shown.count !== buffer.count)
          buffer.shown = { lines: buffer.lines.slice(-STEP_TAIL), count: buffer.count };
      }
      last = new Map([...buffers].map(([step, buffer]) => [step, buffer.shown]));
      return last;
    },
  };
}

/** What a line must hold to count as an error where the builder does not tell them apart. */
const ERROR =
  /\b(?:err(?:or)?s?|fail(?:ed|ure|s)?|fatal|panic|exception|traceback|denied|cannot|unable|not found|undefined reference)\b|✗|✘/i;

export function isError(line: BuildLine): boolean {
  return line.err || ERROR.test(line.text);
}
