/** Reads a build that somebody else began, for as long as it is looked at: all it told so far, then what it tells. */
import type { App } from './app.ts';
import { createBuildJob } from './build-job.ts';
import { createLogFold } from './job-log.ts';
import type { Job } from './jobs.ts';
import { FRAME_MS } from './store.ts';

export interface BuildReader {
  /** Begins with the job of this id, unless it has been read to its end. */
  read(id: string): void;
  /** Stops: nobody looks any more. */
  leave(): void;
}

/** Events are folded for so long before keys and frames get their turn, in milliseconds. */
const TURN_MS = 8;
/** How long the engine may take to tell that a build is over which has nothing more to tell, in milliseconds. */
const PATIENCE = 3_000;

export function createBuildReader(app: App): BuildReader {
  const whole = new Set<string>();
  let reading = new AbortController();
  return {
    read(id) {
      reading.abort();
      reading = new AbortController();
      // Another engine may have been looked at meanwhile, and its rows begin anew.
      if (whole.has(id) && jobOf(app, id)?.build !== undefined) return;
      const { signal } = reading;
      readBuild(app, id, signal).then(
        () => void (signal.aborted || whole.add(id)),
        (thrown: unknown) => {
          if (!signal.aborted) app.fail('this build cannot be read', thrown);
        },
      );
    },
    leave: () => reading.abort(),
  };
}

async function readBuild(app: App, id: string, signal: AbortSignal): Promise<void> {
  const job = jobOf(app, id);
  const builds = app.session.engine()?.builds;
  if (job?.record === undefined || builds === undefined) return;
  const build = createBuildJob();
  const log = createLogFold();
  const entry = app.journal.borrow(job);
  let timer: NodeJS.Timeout | undefined;
  const show = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (signal.aborted) return;
    const facts = { build: build.build(), log: log.tail(), file: entry.file };
    app.store.stream((state) => ({
      ...state,
      jobs: state.jobs.map((each) => (each.id === id ? { ...each, ...facts } : each)),
    }));
  };
  // What a build of the past printed has no time of its own: that of its step is the nearest.
  const begun = new Map<string, number>();
  const isOver = job.endedAt !== undefined;
  try {
    let since = performance.now();
    for await (const event of builds.follow(job.record, { signal })) {
      if (event.type === 'step' && event.startedAt !== undefined) begun.set(event.id, event.startedAt);
      const step = event.type === 'step' ? event.id : event.type === 'log' ? event.step : '';
      const at = isOver ? (begun.get(step) ?? job.startedAt) : app.clock();
      const line = build.add(event, at);
      if (line !== undefined) {
        log.add(line);
        await entry.add([line]);
      }
      timer ??= setTimeout(show, FRAME_MS);
      if (performance.now() - since < TURN_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
    const last = await whenEnded(app, id, signal);
    const { status } = last;
    if (status !== 'waiting' && status !== 'running') build.end(status, last.endedAt ?? app.clock());
    show();
  } finally {
    clearTimeout(timer);
    await entry.end({ ...job, build: build.build() });
    // Left early, it is read from its beginning the next time.
    if (signal.aborted) {
      withoutFile(app, entry.file);
      await app.journal.forget([entry.file]);
    }
  }
}

/** Nobody is to open what is about to be removed. */
function withoutFile(app: App, file: string): void {
  app.store.stream((state) => ({
    ...state,
    jobs: state.jobs.map((job) => (job.file === file ? { ...job, file: '' } : job)),
  }));
}

function jobOf(app: App, id: string): Job | undefined {
  return app.store.get().jobs.find((each) => each.id === id);
}

/** The job as soon as the engine has told its end, or after a while as it is. */
async function whenEnded(app: App, id: string, signal: AbortSignal): Promise<Job> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = (): void => {
    if (jobOf(app, id)?.endedAt !== undefined || signal.aborted) resolve();
  };
  const unsubscribe = app.store.subscribe(check);
  signal.addEventListener('abort', resolve as () => void, { once: true });
  const timer = setTimeout(resolve, PATIENCE);
  check();
  await promise;
  clearTimeout(timer);
  unsubscribe();
  signal.throwIfAborted();
  const job = jobOf(app, id);
  if (job === undefined) throw new Error('the build is gone');
  return job;
}
