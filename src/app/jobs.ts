/** Work that goes on while a person does something else: what it is, how far it got, what it said. */
import type { EngineError } from '../engine/errors.ts';

export type JobStatus = 'running' | 'done' | 'failed' | 'cancelled';

export interface Job {
  readonly id: string;
  readonly title: string;
  readonly status: JobStatus;
  /** One phrase beside the title: progress, result, or why it failed. */
  readonly note: string;
  readonly done: number;
  readonly total: number;
  /** Milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly log: readonly string[];
  readonly error: EngineError | undefined;
}

/** Lines of a job kept in memory. */
const LOG_LINES = 2_000;

export function withLog(job: Job, lines: readonly string[]): Job {
  return { ...job, log: [...job.log, ...lines].slice(-LOG_LINES) };
}

export function running(jobs: readonly Job[]): readonly Job[] {
  return jobs.filter((job) => job.status === 'running');
}
