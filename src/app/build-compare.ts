/** A build beside the one before it of the same name: what had not to be done then and has to be done now. */
import type { ProgressStep } from '../engine/build-progress.ts';
import type { Job } from './jobs.ts';
import { kept } from './kept.ts';

/** The name a build gives, else where it is made from. */
export function builtName(job: Pick<Job, 'subject'>): string {
  return job.subject.slice(job.subject.lastIndexOf(' → ') + 1).replace(/^→ /, '');
}

/** The last build of the same name that came to an end before this one. */
export function previousBuild(job: Job, jobs: readonly Job[]): Job | undefined {
  const name = builtName(job);
  return jobs
    .filter(
      (other) =>
        other.id !== job.id &&
        other.kind === 'build' &&
        (other.status === 'done' || other.status === 'failed') &&
        other.engine === job.engine &&
        other.startedAt <= job.startedAt &&
        builtName(other) === name &&
        (other.build?.progress.steps.length ?? 0) > 0,
    )
    .sort((a, b) => b.startedAt - a.startedAt)[0];
}

const keyOf = (step: Pick<ProgressStep, 'stage' | 'name'>): string => `${step.stage}\u0000${step.name}`;

/** Ids of the steps of `job` that the build before found in the cache, and this one did not. */
export const lostCache = kept((job: Job, before: Job | undefined): ReadonlySet<string> => {
  // A base image is looked up each time: that says nothing of the cache.
  const cached = new Set(
    (before?.build?.progress.steps ?? [])
      .filter((step) => step.state === 'cached' && !step.internal && !step.name.startsWith('FROM '))
      .map(keyOf),
  );
  if (cached.size === 0) return new Set();
  return new Set(
    (job.build?.progress.steps ?? [])
      .filter((step) => step.state !== 'cached' && step.state !== 'waiting' && !step.internal)
      .filter((step) => cached.has(keyOf(step)))
      .map((step) => step.id),
  );
});
