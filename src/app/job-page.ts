/** The job under the cursor as rows: what it is about, its parts, their sum, why it failed, what it said. Pure. */
import { plural } from './format.ts';
import type { LogLine } from './job-log.ts';
import type { Job } from './jobs.ts';
import { LOG_LEAD } from './log-text.ts';
import { isWhole, type Part } from './transfer-progress.ts';
import { wrap } from './width.ts';

export type JobRow =
  | { readonly type: 'blank' }
  /** The first row: what the job is about. */
  | { readonly type: 'head' }
  | { readonly type: 'part'; readonly part: Part }
  /** Parts that are left out for want of room. */
  | { readonly type: 'more'; readonly text: string }
  | { readonly type: 'total' }
  /** What came of it takes up so much. */
  | { readonly type: 'disk'; readonly text: string }
  | { readonly type: 'message'; readonly text: string }
  /** `why`, `used`, `try`: the label stands in the first row only. */
  | { readonly type: 'fact'; readonly label: string; readonly text: string }
  | { readonly type: 'muted'; readonly text: string }
  /** A row of a log line; `line` is there in its first row. */
  | { readonly type: 'log'; readonly line: LogLine | undefined; readonly text: string };

const BLANK: JobRow = { type: 'blank' };
const FACT_LEAD = 11;

let lastJob: Job | undefined;
let lastCells = 0;
let lastBlocks: Blocks | undefined;

interface Blocks {
  readonly head: readonly JobRow[];
  readonly parts: readonly JobRow[];
  readonly total: readonly JobRow[];
  readonly log: readonly JobRow[];
}

/** Remembered for the last job: a key that changes nothing about it costs nothing. */
function blocksOf(job: Job, cells: number): Blocks {
  if (lastBlocks !== undefined && lastJob === job && lastCells === cells) return lastBlocks;
  lastJob = job;
  lastCells = cells;
  const { parts } = job.progress;
  lastBlocks = {
    head: job.failure === undefined ? headRows() : failureRows(job, cells),
    parts: parts.map((part) => ({ type: 'part', part })),
    total: totalRows(parts),
    // Why it failed stands above already.
    log: job.log.lines
      .filter((line) => job.failure === undefined || line.topic !== 'failed')
      .flatMap((line) => logLines(line, cells)),
  };
  return lastBlocks;
}

/** The sum of parts, where there is something to add up. */
function totalRows(parts: readonly Part[]): JobRow[] {
  if (parts.length === 0) return [];
  const moving = parts.filter((part) => part.size !== 0);
  return moving.length === 0 || parts.length === 1 ? [BLANK] : [BLANK, { type: 'total' }, BLANK];
}

export interface JobPage {
  readonly rows: readonly JobRow[];
  /** The first row's number, and how many rows there are; nothing is left out when all fit. */
  readonly top: number;
  readonly length: number;
}

/** The rows that fit. Unscrolled, parts and log give way to each other; scrolled, all rows follow one another. */
export function jobPage(job: Job, cells: number, height: number, top: number, onDisk = ''): JobPage {
  const { head, parts, total: sum, log } = blocksOf(job, cells);
  const total = onDisk === '' ? sum : [...sum.slice(0, -1), { type: 'disk', text: onDisk } as const, BLANK];
  const all = [...head, ...parts, ...total, ...log];
  const length = all.length;
  if (length <= height) return { rows: all, top: 0, length };
  if (top > 0) {
    const first = Math.min(top, length - height);
    return { rows: all.slice(first, first + height), top: first, length };
  }
  const room = Math.max(0, height - head.length - total.length);
  const forLog =
    parts.length === 0 ? room : Math.min(log.length, Math.max(Math.floor(room / 3), room - parts.length));
  return {
    rows: [...head, ...someParts(parts, room - forLog), ...total, ...log.slice(log.length - forLog)],
    top: 0,
    length,
  };
}

/** All parts, or those from the first that is still at work, and how many are left out. */
function someParts(parts: readonly JobRow[], room: number): JobRow[] {
  if (parts.length <= room) return [...parts];
  const shown = Math.max(0, room - 1);
  const active = parts.findIndex((row) => row.type === 'part' && !isWhole(row.part));
  const first = Math.max(0, Math.min(Math.max(active, 0), parts.length - shown));
  const more = plural(parts.length - shown, 'more part');
  return [...parts.slice(first, first + shown), { type: 'more', text: `… ${more}` }];
}

function headRows(): JobRow[] {
  return [BLANK, { type: 'head' }, BLANK];
}

function failureRows(job: Job, cells: number): JobRow[] {
  const { failure } = job;
  if (failure === undefined) return [];
  const fact = (label: string, text: string): JobRow[] =>
    text === ''
      ? []
      : wrap(text, cells - FACT_LEAD - 2).map((row, index) => ({
          type: 'fact',
          label: index === 0 ? label : '',
          text: row,
        }));
  const retry = job.request === undefined ? '' : 'r to retry';
  const refused = failure.code === 'unauthorized' || failure.code === 'forbidden';
  const asksLogin = job.kind === 'pull' || job.kind === 'push' || job.kind === 'build';
  const login = refused && asksLogin ? 'l to log in' : '';
  const keys = [login, retry].filter((part) => part !== '').join(', ');
  return [
    BLANK,
    ...wrap(sentence(failure.message), cells - 4).map((text): JobRow => ({ type: 'message', text })),
    BLANK,
    ...fact('why', failure.detail),
    ...fact('used', job.log.lines.findLast((line) => line.topic === 'auth')?.text ?? ''),
    ...fact(
      'try',
      [keys === '' ? failure.hint : failure.hint.replace(/\.$/, ''), keys]
        .filter((part) => part !== '')
        .join('   or   '),
    ),
    BLANK,
    { type: 'muted', text: `EngineError: ${failure.code}` },
    ...failure.causes
      .flatMap((cause) => wrap(`caused by ${cause}`, cells - 6))
      .map((text): JobRow => ({ type: 'muted', text: `  ${text}` })),
    ...(job.file === ''
      ? []
      : [
          BLANK,
          { type: 'muted', text: `saved to ${job.file}, ${plural(job.log.count, 'line')}` } satisfies JobRow,
        ]),
    BLANK,
  ];
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

function logLines(line: LogLine, cells: number): JobRow[] {
  return wrap(line.text, Math.max(16, cells - LOG_LEAD - 4)).map((text, index) => ({
    type: 'log',
    line: index === 0 ? line : undefined,
    text,
  }));
}
