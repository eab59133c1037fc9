/** Runs a job: its events become state a frame at a time, its log goes to disk, and its end is told once. */
import { asEngineError, EngineError } from '../engine/errors.ts';
import { line as sanitise } from '../engine/text.ts';
import type { TransferEvent } from '../engine/transfer.ts';
import type { App } from './app.ts';
import { type BuildJobEvent, type BuildJobFold, createBuildJob, NO_JOB_BUILD } from './build-job.ts';
import { failedText } from './build-words.ts';
import { createLogFold, type LogLine, NO_LOG } from './job-log.ts';
import type { JobRequest } from './job-request.ts';
import { movedNote } from './job-words.ts';
import { briefly, failureOf, type Job, type JobFailure, type JobImage, type JobKind } from './jobs.ts';
import type { RemovalRecord } from './removal-record.ts';
import { FRAME_MS } from './store.ts';
import { createTransferFold, NO_PROGRESS } from './transfer-progress.ts';

/** What a job tells: what a transfer tells, or how many of its steps are made. */
export type JobEvent =
  | TransferEvent
  /** Of jobs of kind `build` alone. */
  | BuildJobEvent
  /** Of jobs of kind `remove` alone: tells what has become of the plan so far, whenever that is shown. */
  | { readonly type: 'removal'; readonly record: () => RemovalRecord }
  /** The engine's own name of the build. */
  | { readonly type: 'named'; readonly record: string }
  | { readonly type: 'steps'; readonly done: number; readonly total: number; readonly note: string };

export interface JobEnding {
  readonly status: 'done' | 'failed' | 'cancelled';
  /** Left out: how much was moved, in what time. */
  readonly note?: string;
  readonly images?: readonly JobImage[];
  /** The last line of the log, where more can be said there than in the note. */
  readonly told?: string;
}

/** Takes many events at once, beside those that a job yields; wait for the promise, if there is one, before telling more. */
export type TellJob = (events: readonly JobEvent[]) => Promise<void> | undefined;

export interface JobSpec {
  readonly kind: JobKind;
  readonly verb: string;
  readonly subject: string;
  readonly request?: JobRequest;
  /** It takes one of the few places for transfers, and waits for one. */
  readonly queued?: boolean;
  readonly run: (signal: AbortSignal, tell: TellJob) => AsyncGenerator<JobEvent, JobEnding, void>;
  /** Told when it has ended and its end is in the state; `error` where it threw. */
  readonly onEnd?: (job: Job, error: EngineError | undefined) => void;
}

/** Events are folded for so long before keys and frames get their turn, in milliseconds. */
const TURN_MS = 8;
/** A running job is drawn so often although nothing came, so that a standstill shows, in milliseconds. */
const TICK_MS = 500;

/** Starts it; its id. */
export function startJob(app: App, spec: JobSpec): string {
  const now = app.clock();
  const id = `${spec.kind}-${now}-${app.session.works.size}-${Math.random().toString(36).slice(2, 6)}`;
  const { connection } = app.store.get();
  const first: Job = {
    id,
    kind: spec.kind,
    verb: spec.verb,
    subject: spec.subject,
    status: spec.queued === true ? 'waiting' : 'running',
    note: '',
    startedAt: now,
    endedAt: undefined,
    engine: connection.status === 'connecting' ? connection.address : (connection.info?.address ?? ''),
    request: spec.request,
    steps: undefined,
    progress: NO_PROGRESS,
    ...(spec.kind === 'build' && { build: NO_JOB_BUILD }),
    log: NO_LOG,
    failure: undefined,
    images: [],
    file: '',
  };
  const entry = app.journal.begin(first);
  const job: Job = { ...first, file: entry.file };
  app.store.update((state) => ({ ...state, jobs: [job, ...state.jobs] }));

  const cancel = new AbortController();
  const ended = follow().finally(() => void app.session.works.delete(id));
  app.session.works.set(id, { cancel, ended });
  return id;

  async function follow(): Promise<void> {
    const transfer = createTransferFold();
    const build = spec.kind === 'build' ? createBuildJob() : undefined;
    const log = createLogFold();
    let hasSteps = false;
    let removal: (() => RemovalRecord) | undefined;
    let current = job;
    let timer: NodeJS.Timeout | undefined;

    const show = (): void => {
      clearTimeout(timer);
      timer = undefined;
      current = {
        ...current,
        progress: transfer.progress(app.clock()),
        log: log.tail(),
        ...(build !== undefined && { build: build.build() }),
        ...(removal !== undefined && { removal: removal() }),
      };
      put(current);
    };
    const put = (next: Job): void =>
      app.store.stream((state) => ({
        ...state,
        jobs: state.jobs.map((each) => (each.id === id ? next : each)),
      }));
    const keep = (lines: readonly LogLine[]): Promise<void> | undefined => {
      for (const line of lines) log.add(line);
      return entry.add(lines);
    };
    const say = (topic: string, text: string): Promise<void> | undefined =>
      keep([{ at: app.clock(), topic, text: sanitise(text) }]);
    const fold = (event: JobEvent, at: number): LogLine | undefined => {
      if (event.type === 'line') return { at, topic: event.topic, text: sanitise(event.text) };
      if (build !== undefined && isOfBuild(event)) {
        const line = build.add(event, at);
        if (event.type === 'step' && !hasSteps) {
          hasSteps = true;
          // That it has begun is worth a frame of its own: the others wait until they are due.
          setImmediate(show);
        }
        return line;
      }
      if (event.type === 'removal') removal = event.record;
      if (event.type === 'named') current = { ...current, record: event.record };
      if (event.type === 'steps') {
        const { done, total, note } = event;
        current = { ...current, steps: { done, total }, note };
      } else if (event.type === 'part' || event.type === 'resolved') transfer.add(event, at);
      return undefined;
    };
    const tell: TellJob = (events) => {
      timer ??= setTimeout(show, FRAME_MS);
      const at = app.clock();
      const lines: LogLine[] = [];
      for (const event of events) {
        const line = fold(event, at);
        if (line !== undefined) lines.push(line);
      }
      return lines.length === 0 ? undefined : keep(lines);
    };
    const tellInTurn = takingTurns(tell);

    const ticking = setInterval(show, TICK_MS);
    ticking.unref();
    let ending: JobEnding;
    let error: EngineError | undefined;
    let give: (() => void) | undefined;
    try {
      if (spec.queued === true) {
        give = await app.slots.take(cancel.signal);
        current = { ...current, status: 'running', startedAt: app.clock() };
        put(current);
      }
      ending = await drain(spec.run(cancel.signal, tellInTurn), tellInTurn);
    } catch (thrown) {
      error = unasked(asEngineError(thrown), cancel.signal);
      const failure = failureOf(error);
      ending =
        error.code === 'cancelled'
          ? { status: 'cancelled', note: 'cancelled' }
          : { status: 'failed', note: build === undefined ? briefly(failure) : failedNote(build, failure) };
      if (ending.status === 'failed') {
        current = { ...current, failure };
        void say(
          'failed',
          [error.message, error.detail, error.hint].filter((part) => part !== '').join(' · '),
        );
      }
    } finally {
      give?.();
      clearInterval(ticking);
      clearTimeout(timer);
    }
    const endedAt = app.clock();
    const progress = transfer.progress(endedAt);
    build?.end(ending.status, endedAt);
    const end = {
      status: ending.status,
      note: ending.note ?? movedNote(progress, endedAt - current.startedAt),
      images: ending.images ?? [],
      endedAt,
      progress,
      ...(build !== undefined && { build: build.build() }),
      ...(removal !== undefined && { removal: removal() }),
    };
    if (error === undefined || end.status === 'cancelled') void say(end.status, ending.told ?? end.note);
    if (entry.problem() !== '') void log.add({ at: app.clock(), topic: 'log', text: entry.problem() });
    current = { ...current, ...end, log: log.tail() };
    await entry.end(current);
    put(entry.problem() === '' ? current : { ...current, file: '' });
    spec.onEnd?.(current, error);
  }
}

/** Where nobody cancelled it, it was cut off with the connection to an engine that is gone. */
export function unasked(error: EngineError, { aborted }: AbortSignal): EngineError {
  if (error.code !== 'cancelled' || aborted) return error;
  return new EngineError({
    code: 'unreachable',
    message: 'the connection to the engine was closed before this was done',
    hint: 'Look at what is there when the engine is back, and do it again if need be.',
    retryable: true,
    cause: error,
  });
}

function failedNote(build: BuildJobFold, failure: JobFailure): string {
  return (failure.code === 'build-failed' && failedText(build.build().progress)) || briefly(failure);
}

function isOfBuild(event: JobEvent): event is BuildJobEvent {
  return (
    event.type !== 'steps' && event.type !== 'resolved' && event.type !== 'named' && event.type !== 'removal'
  );
}

/** Gives other work its turn after some time of telling. */
function takingTurns(tell: TellJob): TellJob {
  let since = performance.now();
  return (events) => {
    const behind = tell(events);
    if (performance.now() - since < TURN_MS) return behind;
    const turn = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      since = performance.now();
    });
    return behind === undefined ? turn : behind.then(() => turn);
  };
}

/** Pulls every event, and always ends the generator. */
async function drain(events: AsyncGenerator<JobEvent, JobEnding, void>, tell: TellJob): Promise<JobEnding> {
  try {
    for (;;) {
      const step = await events.next();
      if (step.done === true) return step.value;
      const behind = tell([step.value]);
      if (behind !== undefined) await behind;
    }
  } finally {
    // Left early, a generator would never run what it has to clean up.
    await events.return(undefined as never);
  }
}
