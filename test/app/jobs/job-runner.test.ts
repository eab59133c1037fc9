import { expect, test, vi } from 'vitest';
import { type JobEnding, type JobEvent, type JobSpec, startJob } from '../../../src/app/job-runner.ts';
import type { Job } from '../../../src/app/jobs.ts';
import type { Journal } from '../../../src/app/journal.ts';
import { EngineError } from '../../../src/engine/errors.ts';
import { type AcmeApp, acmeApp, acmeState } from '../acme-app.ts';

const SIZE = { columns: 120, rows: 36 };
const app = (): AcmeApp => acmeApp(acmeState(SIZE));

type Steps = AsyncGenerator<JobEvent, JobEnding, void>;

const spec = (run: JobSpec['run'], more: Partial<JobSpec> = {}): JobSpec => ({
  kind: 'pull',
  verb: 'pull',
  subject: 'redis:8',
  run,
  ...more,
});

const jobOf = (of: AcmeApp, id: string): Job => of.store.get().jobs.find((job) => job.id === id)!;
const ended = async (of: AcmeApp, id: string): Promise<Job> => {
  await of.session.works.get(id)?.ended;
  return jobOf(of, id);
};

/** Waits for ever, as a stalled engine, until it is aborted. */
const stalled = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () =>
      reject(new EngineError({ code: 'cancelled', message: 'cancelled', hint: '' })),
    ),
  );

test('events become state, and the end is told with what came of it', async () => {
  const one = app();
  const told: Job[] = [];
  async function* run(): Steps {
    yield { type: 'resolved', reference: 'redis:8', digest: 'sha256:77', platform: 'linux/amd64' };
    yield { type: 'part', id: 'aaaaaaaaaaaa', stage: 'downloading', done: 4_000_000, total: 4_000_000 };
    yield { type: 'line', topic: 'layer', text: 'hostile \u001b[31mred\u001b[0m' };
    yield { type: 'part', id: 'aaaaaaaaaaaa', stage: 'done', done: 0, total: undefined };
    return { status: 'done', images: [{ id: 'sha256:1', reference: 'redis:8' }] };
  }
  const id = startJob(one, spec(run, { onEnd: (job) => void told.push(job) }));
  expect(jobOf(one, id)).toMatchObject({ status: 'running', engine: 'unix:///var/run/docker.sock' });
  const job = await ended(one, id);
  expect(job).toMatchObject({
    status: 'done',
    note: expect.stringMatching(/^4\.0 MB in /),
    images: [{ id: 'sha256:1', reference: 'redis:8' }],
    progress: { parts: [{ id: 'aaaaaaaaaaaa', stage: 'done', moved: 4_000_000 }] },
    failure: undefined,
  });
  expect(job.log.lines.map(({ topic, text }) => `${topic} ${text}`)).toEqual([
    'layer hostile red',
    expect.stringMatching(/^done 4\.0 MB in /),
  ]);
  expect(told).toEqual([job]);
  expect(one.session.works.size).toBe(0);
});

test('a failure is kept with its story', async () => {
  const one = app();
  // biome-ignore lint/correctness/useYield: it fails before it can tell anything
  async function* run(): Steps {
    throw new EngineError({
      code: 'unauthorized',
      message: 'ghcr.io refused the pull',
      hint: 'Log in.',
      detail: '401',
      cause: new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
    });
  }
  const job = await ended(one, startJob(one, spec(run)));
  expect(job).toMatchObject({ status: 'failed', note: 'not allowed' });
  expect(job.failure).toEqual({
    code: 'unauthorized',
    message: 'ghcr.io refused the pull',
    hint: 'Log in.',
    detail: '401',
    causes: ['TypeError: fetch failed', 'Error: connect ECONNREFUSED'],
  });
});

test('cancelling ends what runs, and its generator cleans up', async () => {
  const one = app();
  let isClean = false;
  async function* run(signal: AbortSignal): Steps {
    try {
      yield { type: 'line', topic: 'resolve', text: 'begun' };
      await stalled(signal);
      return { status: 'done' };
    } finally {
      isClean = true;
    }
  }
  const id = startJob(one, spec(run));
  await vi.waitFor(() => expect(jobOf(one, id).log.count).toBe(1));
  one.session.works.get(id)!.cancel.abort();
  expect(await ended(one, id)).toMatchObject({ status: 'cancelled', note: 'cancelled', failure: undefined });
  expect(isClean).toBe(true);
});

test('what is cut off with the engine, and nobody cancelled, has failed', async () => {
  const one = app();
  const closed = new EngineError({ code: 'cancelled', message: 'cancelled', hint: '' });
  const id = startJob(
    one,
    // biome-ignore lint/correctness/useYield: it ends before it has anything to tell.
    spec(async function* (): Steps {
      throw closed;
    }),
  );
  expect(await ended(one, id)).toMatchObject({ status: 'failed', failure: { code: 'unreachable' } });
});

test('three move at a time, the fourth waits, and one that is cancelled while it waits never begins', async () => {
  const one = app();
  const begun: number[] = [];
  const start = (number: number): string =>
    startJob(
      one,
      spec(
        async function* run(signal: AbortSignal): Steps {
          begun.push(number);
          yield { type: 'line', topic: 'x', text: 'begun' };
          await stalled(signal);
          return { status: 'done' };
        },
        { queued: true, subject: `image:${number}` },
      ),
    );
  const ids = [0, 1, 2, 3, 4].map(start);
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 2]));
  expect(ids.map((id) => jobOf(one, id).status)).toEqual([
    'running',
    'running',
    'running',
    'waiting',
    'waiting',
  ]);
  one.session.works.get(ids[3]!)!.cancel.abort();
  expect(await ended(one, ids[3]!)).toMatchObject({ status: 'cancelled' });
  one.session.works.get(ids[0]!)!.cancel.abort();
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 2, 4]));
  for (const id of ids) one.session.works.get(id)?.cancel.abort();
  await Promise.all(ids.map((id) => ended(one, id)));
  expect(one.store.get().jobs.every((job) => job.endedAt !== undefined)).toBe(true);
});

test('while events pour in without a pause, timers and keys have their turn and frames are few', async () => {
  const one = app();
  async function* run(): Steps {
    for (let index = 0; index < 150_000; index++) {
      yield { type: 'part', id: `layer${index % 8}`, stage: 'downloading', done: index, total: 150_000 };
      if (index % 10 === 0) yield { type: 'line', topic: 'x', text: `line ${index}` };
    }
    return { status: 'done' };
  }
  let frames = 0;
  one.store.subscribe(() => void frames++);
  let worst = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    worst = Math.max(worst, performance.now() - last);
    last = performance.now();
  }, 1);
  const began = performance.now();
  const job = await ended(one, startJob(one, spec(run)));
  const took = performance.now() - began;
  clearInterval(beat);
  expect(job.log.count).toBe(15_001);
  expect(job.log.lines.length).toBeLessThanOrEqual(300);
  expect(job.progress.parts).toHaveLength(8);
  // A turn is 8 ms; a busy machine adds to that, but without turns it would be all the time there is.
  expect(worst).toBeLessThan(took / 4);
  expect(frames).toBeLessThanOrEqual(took / 33 + 5);
});

test('a log that falls behind on disk holds the job up instead of losing lines', async () => {
  const one = app();
  const said: string[] = [];
  let open = (): void => {};
  const journal: Journal = {
    ...one.journal,
    begin: () => ({
      file: '/tmp/x.jsonl',
      problem: () => '',
      end: () => Promise.resolve(),
      add: (lines) => {
        said.push(...lines.map(({ text }) => text));
        return said.length === 2 ? new Promise<void>((resolve) => (open = resolve)) : undefined;
      },
    }),
  };
  async function* run(): Steps {
    for (const text of ['a', 'b', 'c']) yield { type: 'line', topic: 'x', text };
    return { status: 'done', note: 'end' };
  }
  const id = startJob({ ...one, journal }, spec(run));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(said).toEqual(['a', 'b']);
  open();
  await ended(one, id);
  expect(said).toEqual(['a', 'b', 'c', 'end']);
});
