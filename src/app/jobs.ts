/** Work that goes on while a person does something else: what it is, how far it got, what it said. */
import type { EngineError, ErrorCode } from '../engine/errors.ts';
import { line } from '../engine/text.ts';
import type { JobBuild } from './build-job.ts';
import type { LogTail } from './job-log.ts';
import type { JobRequest } from './job-request.ts';
import type { RemovalRecord } from './removal-record.ts';
import type { TransferProgress } from './transfer-progress.ts';

export type JobKind =
  | 'remove'
  | 'pull'
  | 'push'
  | 'save'
  | 'load'
  | 'import'
  | 'extract'
  | 'build'
  | 'commit'
  | 'restore'
  /** Looking into images, so that all of them can be searched. */
  | 'read';

/** `waiting`: others transfer, its turn comes. */
export type JobStatus = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** What is done, and to what: `pull` and `redis:8`, `delete` and `5 images`. */
  readonly verb: string;
  readonly subject: string;
  readonly status: JobStatus;
  /** One phrase: how far it is where no bytes are counted, then the result, or why it failed. */
  readonly note: string;
  /** Milliseconds: when its turn came, or when it was asked for while it waits. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Address of the engine that does it. */
  readonly engine: string;
  /** What to ask for to do the same again; undefined where it has to be planned anew. */
  readonly request: JobRequest | undefined;
  /** Steps made, where steps are counted instead of bytes. */
  readonly steps: { readonly done: number; readonly total: number } | undefined;
  readonly progress: TransferProgress;
  /** Only of builds. */
  readonly build?: JobBuild;
  /** Only of removals of this run: what was planned, and what has become of it. */
  readonly removal?: RemovalRecord;
  /** Set where somebody else began it and it is only watched. */
  readonly origin?: 'elsewhere';
  /** The engine's own name of a build, once it is known. */
  readonly record?: string;
  readonly log: LogTail;
  readonly failure: JobFailure | undefined;
  /** What came of it and can be looked at. */
  readonly images: readonly JobImage[];
  /** Where the whole log is kept; `''` where it is not. */
  readonly file: string;
}

export interface JobImage {
  readonly id: string;
  /** `''` for an image without a name. */
  readonly reference: string;
}

/** Why a job failed, as it is kept: an EngineError without its identity. */
export interface JobFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly detail: string;
  /** What it came of, outermost first: `TypeError: fetch failed`. */
  readonly causes: readonly string[];
}

const DOING: Readonly<Record<string, string>> = {
  pull: 'pulling',
  push: 'pushing',
  save: 'saving',
  load: 'loading',
  import: 'importing',
  copy: 'copying',
  build: 'building',
  commit: 'committing',
  delete: 'deleting',
  remove: 'removing',
  undo: 'undoing',
  read: 'reading',
  prune: 'pruning',
};

/** `pull redis:8`. */
export function titleOf(job: Pick<Job, 'verb' | 'subject'>): string {
  return `${job.verb} ${job.subject}`;
}

/** `pulling`. */
export function doing(job: Pick<Job, 'verb'>): string {
  return DOING[job.verb] ?? job.verb;
}

/** Jobs of ours that have not ended. */
export function unfinished(jobs: readonly Job[]): readonly Job[] {
  return jobs.filter((job) => job.endedAt === undefined && job.origin === undefined);
}

const CAUSES = 5;

export function failureOf(error: EngineError): JobFailure {
  const causes: string[] = [];
  for (let cause = error.cause; cause instanceof Error && causes.length < CAUSES; cause = cause.cause) {
    const text = line(`${cause.name}: ${cause.message}`);
    if (cause.message !== '' && !causes.includes(text)) causes.push(text);
  }
  const { code, message, hint, detail } = error;
  return { code, message, hint, detail, causes };
}

const PHRASES: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'not allowed',
  forbidden: 'not allowed',
  'not-found': 'not found',
  unreachable: 'not reachable',
  permission: 'not permitted',
  'no-space': 'no space left',
  corrupt: 'corrupt',
  unsupported: 'not supported',
  'read-only': 'read-only',
};

/** A failure in a word or two, for a list. */
export function briefly(failure: JobFailure): string {
  return PHRASES[failure.code] ?? failure.message;
}
