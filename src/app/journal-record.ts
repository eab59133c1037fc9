/** The lines of a job's file, written and read; what is not as it should be is passed over. */
import type { ErrorCode } from '../engine/errors.ts';
import { line as sanitise } from '../engine/text.ts';
import { buildFrom, type KeptBuild, keptBuild } from './build-job.ts';
import { type LogLine, NO_LOG, TAIL } from './job-log.ts';
import { type JobRequest, keepable } from './job-request.ts';
import type { Job, JobFailure, JobImage, JobKind, JobStatus } from './jobs.ts';
import { NO_PROGRESS, type Part, type TransferProgress } from './transfer-progress.ts';

/** Parts of a job that are kept: an image has not more than 127 layers. */
const PARTS = 300;

interface Head {
  readonly nacre: 1;
  readonly pid: number;
  readonly id: string;
  readonly kind: JobKind;
  readonly verb: string;
  readonly subject: string;
  readonly engine: string;
  readonly startedAt: number;
  readonly request?: JobRequest | undefined;
}

interface End {
  readonly end: JobStatus;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly note: string;
  readonly count: number;
  readonly steps?: Job['steps'];
  readonly failure?: JobFailure | undefined;
  readonly images: readonly JobImage[];
  readonly parts: readonly Part[];
  readonly build?: KeptBuild | undefined;
  readonly record?: string | undefined;
  readonly resolved?: TransferProgress['resolved'];
}

export function headRecord(job: Job, pid: number): string {
  const { id, kind, verb, subject, engine, startedAt } = job;
  const head: Head = {
    nacre: 1,
    pid,
    id,
    kind,
    verb,
    subject,
    engine,
    startedAt,
    request: keepable(job.request),
  };
  return JSON.stringify(head);
}

/** As `JSON.stringify` writes it, which takes three times as long for lines that come by the ten thousand. */
export function lineRecord({ at, topic, text, step, err }: LogLine): string {
  const place = step === undefined ? '' : `,"step":${step}`;
  const stream = err === undefined ? '' : `,"err":${err}`;
  return `{"at":${at},"topic":${quoted(topic)},"text":${quoted(text)}${place}${stream}}`;
}

const PLAIN = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

export function endRecord(job: Job): string {
  const end: End = {
    end: job.status,
    startedAt: job.startedAt,
    endedAt: job.endedAt ?? job.startedAt,
    note: job.note,
    count: job.log.count,
    steps: job.steps,
    failure: job.failure,
    images: job.images,
    parts: job.progress.parts.slice(0, PARTS).map((part) => ({ ...part, rate: undefined })),
    resolved: job.progress.resolved,
    record: job.record,
    build: job.build === undefined ? undefined : keptBuild(job.build),
  };
  return JSON.stringify(end);
}

export function lineFrom(row: string): LogLine | undefined {
  const value = objectIn(row);
  const { at, topic, text, step, err } = value ?? {};
  if (typeof at !== 'number' || typeof topic !== 'string' || typeof text !== 'string') return undefined;
  return {
    at,
    topic: sanitise(topic),
    text: sanitise(text),
    ...(typeof step === 'number' && { step }),
    ...(err === true && { err }),
  };
}

/**
 * A job from the first line of its file and the last ones; undefined for what is none, or goes on in a
 * process that `isAlive`.
 */
export function jobFrom(
  first: string,
  last: readonly string[],
  file: string,
  isAlive: (pid: number) => boolean,
): Job | undefined {
  const head = objectIn(first) as Partial<Head> | undefined;
  if (head?.nacre !== 1 || typeof head.id !== 'string' || typeof head.startedAt !== 'number')
    return undefined;
  // Most of the rows are lines that nobody will see: only what is needed is parsed.
  const end = objectIn(last.findLast((row) => row.startsWith('{"end":"')) ?? '') as Partial<End> | undefined;
  const lines = last.slice(-TAIL).flatMap((row) => lineFrom(row) ?? []);
  if (end === undefined && typeof head.pid === 'number' && isAlive(head.pid)) return undefined;
  const job: Job = {
    id: head.id,
    kind: head.kind ?? 'remove',
    verb: text(head.verb),
    subject: text(head.subject),
    status: 'cancelled',
    note: 'nacre ended before it did',
    startedAt: head.startedAt,
    endedAt: lines.at(-1)?.at ?? head.startedAt,
    engine: text(head.engine),
    request: head.request,
    steps: undefined,
    progress: NO_PROGRESS,
    log: lines.length === 0 ? NO_LOG : { lines, count: end?.count ?? lines.length },
    failure: undefined,
    images: [],
    file,
  };
  if (end === undefined) return job;
  return {
    ...job,
    status: STATUSES.find((status) => status === end.end) ?? 'cancelled',
    note: text(end.note),
    startedAt: end.startedAt ?? job.startedAt,
    endedAt: end.endedAt ?? job.endedAt,
    steps: end.steps,
    failure: end.failure === undefined ? undefined : failureFrom(end.failure),
    images: end.images ?? [],
    ...(end.build !== undefined && { build: buildFrom(end.build) }),
    ...(typeof end.record === 'string' && { record: end.record }),
    progress: { parts: end.parts ?? [], resolved: end.resolved, rate: undefined },
  };
}

const STATUSES: readonly JobStatus[] = ['done', 'failed', 'cancelled'];

function failureFrom(value: Partial<JobFailure>): JobFailure {
  return {
    code: (value.code ?? 'engine') as ErrorCode,
    message: text(value.message),
    hint: text(value.hint),
    detail: typeof value.detail === 'string' ? value.detail : '',
    causes: (value.causes ?? []).map(text),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? sanitise(value) : '';
}

function objectIn(row: string): Record<string, unknown> | undefined {
  if (!row.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(row);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
