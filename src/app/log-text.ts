/** A log as rows of text: long lines go on in further rows, and only what is new is worked out. */
import { clock } from './format.ts';
import type { LogLine } from './job-log.ts';
import { fit, wrap } from './width.ts';

/** Cells of the time and the topic in front of a line. */
export const LOG_LEAD = 20;
const TOPIC = 9;

export interface LogText {
  add(lines: readonly LogLine[]): void;
  /** Leaves only the last `most` lines; how many lines and rows are gone. */
  cut(most: number): { readonly lines: number; readonly rows: number };
  /** Lines so far that are still here. */
  readonly count: number;
  /** Rows of at most `cells`; the same array grows as lines come, until the width changes or some are cut. */
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
  let lines: LogLine[] = [];
  let rows: string[] = [];
  /** Where each line begins among the rows. */
  let starts: number[] = [];
  let width = 0;
  let done = 0;
  return {
    add(more) {
      for (const line of more) lines.push(line);
    },
    cut(most) {
      const gone = Math.max(0, lines.length - most);
      const goneRows = starts[gone] ?? rows.length;
      if (gone === 0) return { lines: 0, rows: 0 };
      lines = lines.slice(gone);
      rows = rows.slice(goneRows);
      starts = starts.slice(gone).map((start) => start - goneRows);
      done = Math.max(0, done - gone);
      return { lines: gone, rows: goneRows };
    },
    get count() {
      return lines.length;
    },
    rows(cells) {
      if (cells !== width) {
        rows = [];
        starts = [];
        width = cells;
        done = 0;
      }
      for (; done < lines.length; done++) {
        starts.push(rows.length);
        rows.push(...logRows(lines[done]!, cells));
      }
      return rows;
    },
  };
}
