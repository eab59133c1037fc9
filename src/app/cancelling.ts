/** Cancelling work: the job under the cursor stops before its next step. */
import type { App } from './app.ts';
import { cursorIndex } from './list.ts';

export function cancelJob(app: App): void {
  const { jobs, jobPlace } = app.store.get();
  const job = jobs[cursorIndex(jobs, jobPlace)];
  const cancel = job === undefined ? undefined : app.session.works.get(job.id)?.cancel;
  if (job === undefined || cancel === undefined) {
    app.say('plain', 'this job has ended already');
    return;
  }
  cancel.abort();
  app.say('plain', `${job.title}: stops before its next step`);
}
