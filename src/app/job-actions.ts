/** What can be done with the job under the cursor: cancel, retry, open what came of it; and clearing the list. */
import type { App } from './app.ts';
import { askBuild } from './build-form.ts';
import { openBuild } from './build-opening.ts';
import { openResultOf } from './clean-up-result.ts';
import { type Job, titleOf } from './jobs.ts';
import { cursorIndex } from './list.ts';
import { askLogin, registryOf } from './login.ts';
import { openPageOf } from './paging.ts';
import type { AppState } from './state.ts';
import { startRequest } from './transfers.ts';

export function currentJob(state: AppState): Job | undefined {
  return state.jobs[cursorIndex(state.jobs, state.jobPlace)];
}

export function cancelJob(app: App): void {
  cancelOf(app, currentJob(app.store.get()));
}

export function cancelOf(app: App, job: Job | undefined): void {
  const work = job === undefined ? undefined : app.session.works.get(job.id);
  if (job === undefined || work === undefined) return;
  work.cancel.abort();
  app.say(
    'plain',
    job.kind === 'remove' ? `${titleOf(job)}: stops before its next step` : `${titleOf(job)}: stopping`,
  );
}

export function notRunning(app: App): string | undefined {
  const job = currentJob(app.store.get());
  if (job === undefined) return 'there is no job';
  if (job.endedAt !== undefined) return 'this job has ended already';
  return job.origin === undefined ? undefined : ELSEWHERE;
}

const ELSEWHERE = 'it was started elsewhere: only there it can be stopped';

/** Why the job under the cursor cannot be started again; undefined when it can. */
export function notRetriable(app: App): string | undefined {
  const state = app.store.get();
  const job = currentJob(state);
  if (job === undefined) return 'there is no job';
  if (job.origin !== undefined) return 'it was started elsewhere: only there it can be started again';
  if (job.endedAt === undefined) return 'this job has not ended yet';
  if (job.status === 'done' && job.kind !== 'build') return 'it is done: there is nothing to retry';
  if (job.kind === 'remove') return 'a deletion is planned anew: press d on the image';
  if (job.kind === 'restore') return 'J lists all changes: z takes one back';
  if (job.kind === 'read') return 'F finds in all images: i reads those that are left';
  if (job.request === undefined) return 'it was asked for with an address that is not kept: ask again';
  return elsewhere(state, job);
}

/** Why it cannot be asked of the engine that is connected now; undefined when it can. */
function elsewhere({ connection }: AppState, job: Job): string | undefined {
  return connection.status === 'connected' && connection.info.address !== job.engine
    ? `it ran on another engine, ${job.engine}: E switches`
    : undefined;
}

/** Starts the same again, as a job of its own: what the last one said stays. */
export function retryJob(app: App): void {
  const job = currentJob(app.store.get());
  if (job !== undefined) retryOf(app, job);
}

export function noLogin(app: App): string | undefined {
  const job = currentJob(app.store.get());
  const { code } = job?.failure ?? {};
  return job !== undefined &&
    (code === 'unauthorized' || code === 'forbidden') &&
    registryOf(job) !== undefined
    ? undefined
    : 'this job does not wait for a login';
}

/** Asks for name and password of the registry that refused the job, then starts it again. */
export function loginForJob(app: App): void {
  const job = currentJob(app.store.get());
  const domain = job === undefined ? undefined : registryOf(job);
  if (job !== undefined && domain !== undefined) askLogin(app, domain, () => retryOf(app, job));
}

/** Starts a job again wherever the cursor is by now. */
export function retryOf(app: App, job: Job): void {
  if (job.request === undefined) return;
  // A login takes its time: another engine may be in use by now.
  const reason = elsewhere(app.store.get(), job);
  if (reason !== undefined) {
    app.say('bad', `${titleOf(job)}: ${reason}`);
    return;
  }
  if (job.request.kind === 'build' && (job.request.withheld ?? []).length > 0) {
    askBuild(app, job.request);
    return;
  }
  const id = startRequest(app, job.request);
  if (id !== undefined && app.store.get().buildPage?.job === job.id) {
    openBuild(app, id);
    return;
  }
  app.store.update((state) => ({ ...state, jobPlace: { cursor: undefined, top: 0 }, jobTop: 0 }));
}

export function nothingToOpen(app: App): string | undefined {
  const state = app.store.get();
  const job = currentJob(state);
  if (job === undefined) return 'there is no job';
  if (job.kind === 'build' || job.removal !== undefined) return undefined;
  if (job.kind === 'remove') return 'its result was kept as long as that nacre ran: L shows its log';
  if (job.endedAt === undefined) return 'it has not ended yet';
  const [image] = job.images;
  if (image === undefined) return 'there is no image to open';
  return state.images.some((each) => each.id === image.id) ? undefined : 'this image is not here any more';
}

export function openResult(app: App): void {
  const job = currentJob(app.store.get());
  if (job?.kind === 'build') {
    openBuild(app, job.id);
    return;
  }
  if (job?.removal !== undefined) {
    openResultOf(app, job.id);
    return;
  }
  const [image] = job?.images ?? [];
  if (image !== undefined) openPageOf(app, image.id, 'overview');
}

export function nothingFinished(app: App): string | undefined {
  const { jobs } = app.store.get();
  return jobs.some((job) => job.endedAt !== undefined) ? undefined : 'no job has finished';
}

/** Takes all finished jobs off the list, and their logs off the disk. */
export function clearFinished(app: App): void {
  const gone = app.store.get().jobs.filter((job) => job.endedAt !== undefined);
  app.store.update((state) => ({
    ...state,
    jobs: state.jobs.filter((job) => job.endedAt === undefined),
    jobTop: 0,
  }));
  app.journal
    .forget(gone.map((job) => job.file))
    .catch((thrown: unknown) => app.fail('clearing logs', thrown));
}

/** The whole story of a failed job, for the clipboard. */
export function copyJob(app: App): void {
  const job = currentJob(app.store.get());
  if (job === undefined) return;
  const { failure, log } = job;
  const text = [
    `${titleOf(job)}: ${job.note}`,
    ...(failure === undefined ? [] : [failure.message, failure.detail, failure.hint, ...failure.causes]),
    ...log.lines.map((line) => `${new Date(line.at).toISOString()}  ${line.topic}  ${line.text}`),
  ]
    .filter((part) => part !== '')
    .join('\n');
  if (app.terminal.copy(text)) app.say('good', 'copied the details');
  else app.say('bad', `too long for the terminal clipboard${job.file === '' ? '' : `: see ${job.file}`}`);
}
