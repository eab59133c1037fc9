/** The sign of a job's state. */
import type { JobStatus } from '../app/jobs.ts';
import type { Token } from '../app/theme.ts';

const SIGNS: Record<JobStatus, readonly [Token, string]> = {
  waiting: ['muted', '…'],
  running: ['accent', '↻'],
  done: ['good', '✓'],
  failed: ['bad', '✗'],
  cancelled: ['warn', '−'],
};

export function jobSign(status: JobStatus): readonly [Token, string] {
  return SIGNS[status];
}
