/** Tells the terminal of jobs: its title while one runs, and a notification when one has ended. */
import type { JobSettings } from '../config.ts';
import type { App } from './app.ts';
import { percent } from './format.ts';
import { shortSubject } from './job-words.ts';
import { doing, type Job, titleOf } from './jobs.ts';
import { overallOf } from './transfer-progress.ts';

/** A job that took less was watched anyway, in milliseconds. */
const WORTH_TELLING = 5_000;
/** The title changes so often at most, in milliseconds: window managers draw it. */
const PAUSE = 500;

/** Begins to tell, as the settings want it, until the result is called. */
export function announceJobs(app: App, settings: Pick<JobSettings, 'notify' | 'title'>): () => void {
  const { notify, title } = settings;
  let seen = app.store.get().jobs;
  let timer: NodeJS.Timeout | undefined;

  const showTitle = (): void => {
    timer = undefined;
    const job = app.store.get().jobs.find(isOurs);
    app.terminal.title(job === undefined ? '' : `${runningText(job)} · nacre`);
  };
  const check = (): void => {
    const { jobs } = app.store.get();
    if (jobs === seen) return;
    const before = seen;
    seen = jobs;
    if (notify !== false) {
      for (const job of endedSince(before, jobs))
        app.terminal.notify(endedText(job), notify === 'bell' ? 'bell' : 'desktop');
    }
    if (title) timer ??= setTimeout(showTitle, PAUSE);
  };
  const unsubscribe = app.store.subscribe(check);
  return () => {
    unsubscribe();
    clearTimeout(timer);
    app.terminal.title('');
  };
}

function isOurs(job: Job): boolean {
  return job.status === 'running' && job.origin === undefined;
}

/** What a person waited for: cancelling needs no telling. */
function endedSince(before: readonly Job[], now: readonly Job[]): Job[] {
  const running = new Set(before.filter((job) => job.endedAt === undefined).map((job) => job.id));
  return now.filter(
    (job) =>
      running.has(job.id) &&
      job.origin === undefined &&
      job.status !== 'cancelled' &&
      job.endedAt !== undefined &&
      job.endedAt - job.startedAt >= WORTH_TELLING,
  );
}

/** `pull redis:8: 53.4 MB in 6.2 s`. */
function endedText(job: Job): string {
  const note = job.status === 'failed' && job.note !== 'failed' ? `failed, ${job.note}` : job.note;
  return `${titleOf(job)}: ${note}`;
}

/** `pulling redis:8 61 %`. */
function runningText(job: Job): string {
  const share = shareOf(job);
  return [doing(job), shortSubject(job), ...(share === undefined ? [] : [percent(share)])].join(' ');
}

function shareOf({ steps, build, progress }: Job): number | undefined {
  if (steps !== undefined) return steps.total === 0 ? undefined : steps.done / steps.total;
  if (build !== undefined) {
    const { done, total } = build.progress.counts;
    return total === 0 ? undefined : done / total;
  }
  return overallOf(progress).share;
}
