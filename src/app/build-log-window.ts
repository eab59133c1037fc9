/** The lines of a step's log that are shown: errors alone or all, wrapped or not, from a line on or at the end. Pure. */
import type { ProgressStep } from '../engine/build-progress.ts';
import { type BuildLine, isError } from './build-log.ts';
import type { BuildPage, StepLog } from './build-page.ts';
import { wrap } from './width.ts';

/** Lines that are passed over were looked at once: a growing log is looked through from where it had ended. */
const errorLines = new WeakMap<readonly BuildLine[], { done: number; found: number[] }>();

/** Places in `lines` of what is shown of them. */
function errorsIn(lines: readonly BuildLine[]): readonly number[] {
  const known = errorLines.get(lines) ?? { done: 0, found: [] };
  errorLines.set(lines, known);
  for (; known.done < lines.length; known.done++)
    if (isError(lines[known.done]!)) known.found.push(known.done);
  return known.found;
}

/** The lines that can be shown, in order: their numbers within the step, and how many there are. */
export interface Passing {
  readonly count: number;
  at(index: number): number;
  /** The first that is not before the line `number`; `count` where there is none. */
  from(number: number): number;
}

function passingLines(log: StepLog, onlyErrors: boolean): Passing {
  if (!onlyErrors)
    return {
      count: log.lines.length,
      at: (index) => index + log.first,
      from: (number) => Math.max(0, Math.min(log.lines.length, number - log.first)),
    };
  const found = errorsIn(log.lines);
  return {
    count: found.length,
    at: (index) => found[index]! + log.first,
    from: (number) => {
      const index = found.findIndex((each) => each + log.first >= number);
      return index < 0 ? found.length : index;
    },
  };
}

export interface LogRow {
  /** Number of the line within its step; undefined for what the builder says at its end. */
  readonly line: number | undefined;
  readonly text: string;
}

export interface LogWindow {
  readonly rows: readonly LogRow[];
  /** Places of the first line shown and of the one after the last, among those that can be shown. */
  readonly from: number;
  readonly to: number;
  readonly passing: Passing;
}

/** What a step failed with, below its log. */
function endingLines(step: ProgressStep | undefined): readonly string[] {
  return step === undefined || step.error === '' ? [] : step.error.split('\n').map((text) => `✗ ${text}`);
}

/** The rows of a step's log that fit into `height`. */
export function logWindow(
  log: StepLog,
  page: Pick<BuildPage, 'onlyErrors' | 'wrap' | 'top'>,
  step: ProgressStep | undefined,
  cells: number,
  height: number,
): LogWindow {
  const passing = passingLines(log, page.onlyErrors);
  const rowsOf = (text: string): readonly string[] => (page.wrap ? wrap(text, cells) : [text]);
  const ending = endingLines(step).flatMap((text) =>
    wrap(text, cells).map((row) => ({ line: undefined, text: row })),
  );
  const lineRows = (index: number): LogRow[] => {
    const line = passing.at(index);
    return rowsOf(log.lines[line - log.first]!.text).map((text) => ({ line, text }));
  };
  const rows: LogRow[] = [];
  if (page.top !== undefined) {
    const from = passing.from(page.top);
    let to = from;
    while (to < passing.count && rows.length < height) rows.push(...lineRows(to++));
    if (to === passing.count) rows.push(...ending);
    return { rows: rows.slice(0, height), from, to, passing };
  }
  const last = ending.slice(-Math.max(1, height - 2));
  let from = passing.count;
  const parts: LogRow[][] = [last];
  let used = last.length;
  while (from > 0 && used < height) {
    const more = lineRows(--from);
    parts.push(more);
    used += more.length;
  }
  const all = parts.reverse().flat();
  return { rows: all.slice(Math.max(0, all.length - height)), from, to: passing.count, passing };
}
