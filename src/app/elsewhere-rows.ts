/** Rows among the jobs for what others do. Pure. */
import type { BuildRecord } from '../engine/build-record.ts';
import { plural, shortId } from './format.ts';
import { NO_LOG } from './job-log.ts';
import type { Job } from './jobs.ts';
import type { AppState } from './state.ts';
import { NO_PROGRESS } from './transfer-progress.ts';

/** The row of a build; what was read of it before stays. */
export function buildRow(
  record: BuildRecord,
  engine: string,
  before: Job | undefined,
  state: Pick<AppState, 'images'>,
): Job {
  const failed = record.state === 'failed';
  const row: Job = {
    ...EMPTY,
    id: `elsewhere-${record.id}`,
    kind: 'build',
    verb: 'build',
    subject: record.title,
    engine,
    record: record.id,
    status: record.state,
    note: noteOf(record),
    startedAt: Math.round(record.startedAt),
    endedAt: record.endedAt === undefined ? undefined : Math.round(record.endedAt),
    failure: failed
      ? { code: 'build-failed', message: record.error, hint: '', detail: '', causes: [] }
      : undefined,
    images: record.image === '' ? [] : [{ id: record.image, reference: record.references[0] ?? '' }],
    ...(before !== undefined && {
      log: before.log,
      file: before.file,
      ...(before.build !== undefined && { build: before.build }),
    }),
  };
  return withImage(row, state);
}

function noteOf({ state, steps, error }: BuildRecord): string {
  if (state === 'cancelled') return 'cancelled';
  if (state === 'failed') {
    const code = /exit code: (\d+)/.exec(error)?.[1];
    return code === undefined ? 'failed' : `failed, exit code ${code}`;
  }
  if (state === 'running') return 'running';
  if (steps.total === 0) return 'done';
  return `${plural(steps.total, 'step')}${steps.cached > 0 ? `, ${steps.cached} cached` : ''}`;
}

export function pullRow(reference: string, at: number, state: AppState): Job {
  const { connection } = state;
  return withImage(
    {
      ...EMPTY,
      id: `elsewhere-pull-${at}-${reference}`,
      kind: 'pull',
      verb: 'pull',
      subject: reference,
      engine: connection.status === 'connected' ? connection.info.address : '',
      status: 'done',
      note: 'pulled',
      startedAt: at,
      endedAt: at,
    },
    state,
  );
}

/** What a pull of others brought, and the name of what they built where the engine does not tell, once it is listed. */
export function withImage(job: Job, state: Pick<AppState, 'images'>): Job {
  if (job.origin === undefined) return job;
  const [known] = job.images;
  const isWanted = job.kind === 'pull' ? known === undefined : known?.reference === '';
  if (!isWanted) return job;
  const wanted = known?.id ?? job.subject;
  const image = state.images.find(({ id, references }) => id === wanted || references.includes(wanted));
  const reference = image?.references.includes(wanted) ? wanted : (image?.references[0] ?? '');
  if (image === undefined || (reference === '' && known !== undefined)) return job;
  return { ...job, subject: reference || shortId(image.id), images: [{ id: image.id, reference }] };
}

const EMPTY = {
  origin: 'elsewhere',
  steps: undefined,
  request: undefined,
  progress: NO_PROGRESS,
  log: NO_LOG,
  failure: undefined,
  images: [],
  file: '',
} as const satisfies Partial<Job>;

/** Among the others by when it began, the youngest first; the order of those is kept. */
export function insertJob(jobs: readonly Job[], job: Job): readonly Job[] {
  const at = jobs.findIndex((each) => each.startedAt < job.startedAt);
  return at < 0 ? [...jobs, job] : [...jobs.slice(0, at), job, ...jobs.slice(at)];
}

/** How long after a job's end its event or its name may come, in milliseconds. */
const LATE = 5_000;

/** Whether a build that the engine tells of may turn out to be this job of ours. */
export function mayBeOwn(job: Job, at: number): boolean {
  return (
    job.kind === 'build' &&
    job.origin === undefined &&
    job.record === undefined &&
    job.build?.builder !== 'classic' &&
    (job.endedAt === undefined || at - job.endedAt < LATE)
  );
}

/** Whether an event of a pull is this job's doing: it pulls that, or builds, which pulls base images. */
export function isOwnPull(job: Job, subject: string, at: number): boolean {
  if (job.origin !== undefined || (job.endedAt !== undefined && at - job.endedAt > LATE)) return false;
  if (job.kind === 'build') return true;
  return (
    job.kind === 'pull' &&
    (job.subject === subject ||
      job.images.some(({ id, reference }) => id === subject || reference === subject) ||
      // Some engines name the image and not what was asked for.
      subject.startsWith('sha256:'))
  );
}
