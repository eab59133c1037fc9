/** A log as rows of text: long lines go on in further rows, and only what is new is worked out. */
import { clock } from './format.ts';
import type { LogLine } from './job-log.ts';
import { fit, wrap } from './width.ts';

/** Cells of the time and the topic in front of a line. */
export const LOG_LEAD = 20;
const TOPIC = 9;

export interface LogText {
  add(lines: readonly LogLine[]): void;
  /** Lines so far. */
  readonly count: number;
  /** Rows of at most `cells`; the same array grows as lines come, until the width changes. */
  rows(cells: number): readonly string[];
}

/** One line of a log in as many rows as it needs; rows after the first stand under its text. */
export function logRows(line: LogLine, cells: number): string[] {
  const lead = `${clock(line.at)}  ${fit(line.topic, TOPIC)} `;
  return wrap(line.text, Math.max(16, cells - LOG_LEAD)).map(
    (row, index) => (index === 0 ? lead : ' '.repeat(LOG_LEAD)) + row,
  );
}

export function createLogText(): LogText {
  const lines: LogLine[] = [];
  let rows: string[] = [];
  let width = 0;
  let done = 0;
  return {
    add(more) {
      for (const line of more) lines.push(line);
    },
    get count() {
      return lines.length;
    },
    rows(cells) {
      if (cells !== width) {
        rows = [];
        width = cells;
        done = 0;
      }
      for (; done < lines.length; done++) rows.push(...logRows(lines[done]!, cells));
      return rows;
    },
  };
}
