/** Jobs of earlier runs, read when somebody looks: the start does not wait for them. */
import type { App } from './app.ts';
import { insertJob } from './elsewhere-rows.ts';

export function recallWhenLookedAt({ store, journal }: Pick<App, 'store' | 'journal'>): void {
  const unsubscribe = store.subscribe(() => {
    if (store.get().screen !== 'jobs') return;
    unsubscribe();
    void recall();
  });

  async function recall(): Promise<void> {
    // Without a journal to read there are no earlier jobs.
    const jobs = await journal.recall().catch(() => []);
    store.stream((state) => {
      const known = new Set(state.jobs.map((job) => job.id));
      return {
        ...state,
        jobsRecalled: true,
        jobs: jobs.filter((job) => !known.has(job.id)).reduce(insertJob, state.jobs),
      };
    });
  }
}
