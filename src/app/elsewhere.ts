/** What others do on the engine, as rows among the jobs: builds it tells of, and pulls its events tell of. */
import { setTimeout as delay } from 'node:timers/promises';
import type { BuildRecord, BuildWatcher } from '../engine/build-record.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import { growingPause } from '../engine/pause.ts';
import type { App } from './app.ts';
import { createBuildReader } from './build-reader.ts';
import { buildRow, insertJob, isOwnPull, mayBeOwn, pullRow, withImage } from './elsewhere-rows.ts';
import { currentJob } from './job-actions.ts';
import type { Job } from './jobs.ts';
import type { AppState } from './state.ts';

/** The first list and what a person does at the start come first, in milliseconds. */
const LATER = 1_000;
/** A build that began while one of ours has no name yet is held back so long: it may be that one, in milliseconds. */
const HELD = 4_000;
/** How long the cursor rests on a build before it is read, in milliseconds. */
const REST = 80;
/** Rows of others' pulls at most. */
const PULLS = 20;

/** Begins to look, and looks until the result is called. */
export function watchElsewhere(app: App): () => void {
  let engine: Engine | undefined;
  let watching = new AbortController();
  let seen: readonly Job[] | undefined;
  let images: AppState['images'] | undefined;
  let resting: string | undefined;
  let rest: NodeJS.Timeout | undefined;
  const reader = createBuildReader(app);

  const check = (): void => {
    const state = app.store.get();
    const now = app.session.engine();
    if (now !== engine) {
      watching.abort();
      watching = new AbortController();
      engine = now;
      if (now !== undefined) begin(now, watching.signal);
    }
    if (state.images !== images) {
      images = state.images;
      change((jobs) => jobs.map((job) => withImage(job, state)));
    }
    if (state.jobs !== seen) {
      seen = state.jobs;
      dropOwn();
    }
    const job = state.screen === 'jobs' ? currentJob(state) : undefined;
    const id = job?.origin === 'elsewhere' && job.kind === 'build' ? job.id : undefined;
    if (id === resting) return;
    resting = id;
    clearTimeout(rest);
    reader.leave();
    if (id !== undefined) rest = setTimeout(() => reader.read(id), REST);
  };

  function begin(now: Engine, signal: AbortSignal): void {
    const { address } = now.info;
    change((jobs) => jobs.filter((job) => job.origin === undefined || job.engine === address));
    const { builds } = now;
    if (builds === undefined) return;
    const timer = setTimeout(() => void follow(app, builds, address, signal), LATER);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  /** Builds of ours got their name only after they were listed. */
  function dropOwn(): void {
    const own = new Set(
      seen!.flatMap((job) => (job.origin === undefined && job.record !== undefined ? [job.record] : [])),
    );
    if (own.size > 0)
      change((jobs) => jobs.filter((job) => job.origin === undefined || !own.has(job.record ?? '')));
  }

  const change = (by: (jobs: readonly Job[]) => readonly Job[]): void => changeJobs(app, by);
  const unsubscribe = app.store.subscribe(check);
  const unlisten = app.session.onEvent((event) => pulled(app, event));
  check();
  return () => {
    unsubscribe();
    unlisten();
    watching.abort();
    clearTimeout(rest);
    reader.leave();
  };
}

function changeJobs(app: App, by: (jobs: readonly Job[], state: AppState) => readonly Job[]): void {
  app.store.stream((state) => {
    const jobs = by(state.jobs, state);
    return jobs.length === state.jobs.length && jobs.every((job, index) => job === state.jobs[index])
      ? state
      : { ...state, jobs };
  });
}

/** Listens as long as the engine is connected: what breaks is opened again after growing pauses. */
async function follow(app: App, builds: BuildWatcher, address: string, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const told = new Map<string, BuildRecord>();
      const onListed = (): void => {
        failures = 0;
        // What ran when the engine was lost, and what was forgotten meanwhile.
        changeJobs(app, (jobs) =>
          jobs.filter(
            (job) => job.origin === undefined || job.kind !== 'build' || told.has(job.record ?? ''),
          ),
        );
      };
      for await (const event of builds.records({ signal, onListed })) {
        if (event.type === 'build') {
          const { id } = event.record;
          told.set(id, event.record);
          void whenNotOurs(app, signal).then(() => signal.aborted || put(app, told.get(id), address));
        } else {
          told.delete(event.id);
          changeJobs(app, (jobs) =>
            jobs.filter((job) => job.origin === undefined || job.record !== event.id),
          );
        }
      }
      return;
    } catch (thrown) {
      // An engine that turns out to have no such thing never will.
      if (asEngineError(thrown).code === 'unsupported') return;
    }
    await delay(growingPause(failures), undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Now, or a little later where what the engine tells of may be a build of ours that has no name yet. */
async function whenNotOurs(app: App, signal: AbortSignal): Promise<void> {
  if (app.store.get().jobs.some((job) => mayBeOwn(job, app.clock())))
    await delay(HELD, undefined, { signal, ref: false }).catch(() => {});
}

/** `record` as last told; undefined where it was forgotten meanwhile. */
function put(app: App, record: BuildRecord | undefined, engine: string): void {
  if (record === undefined) return;
  changeJobs(app, (jobs, state) => {
    if (jobs.some((job) => job.origin === undefined && job.record === record.id)) return jobs;
    const before = jobs.find((job) => job.origin === 'elsewhere' && job.record === record.id);
    const row = buildRow(record, engine, before, state);
    return before === undefined ? insertJob(jobs, row) : jobs.map((job) => (job === before ? row : job));
  });
}

/** A pull that no job of ours brought. Its image is known with the next list. */
function pulled(app: App, event: EngineEvent): void {
  if (event.action !== 'pull' || event.subject === '') return;
  const at = app.clock();
  if (app.store.get().jobs.some((job) => isOwnPull(job, event.subject, at))) return;
  changeJobs(app, (jobs, state) => {
    const pulls = jobs.filter((job) => job.origin === 'elsewhere' && job.kind === 'pull');
    const same = pulls.find((job) => job.subject === event.subject && at - job.startedAt < 2 * LATER);
    if (same !== undefined) return jobs;
    const gone = new Set(pulls.slice(PULLS - 1));
    return insertJob(
      jobs.filter((job) => !gone.has(job)),
      pullRow(event.subject, at, state),
    );
  });
}
