import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NO_LOG } from '../../../src/app/job-log.ts';
import type { JobRequest } from '../../../src/app/job-request.ts';
import type { Job } from '../../../src/app/jobs.ts';
import { createJournal } from '../../../src/app/journal.ts';
import { NO_PROGRESS } from '../../../src/app/transfer-progress.ts';
import { finishedJobs } from '../acme-jobs.ts';

let base: string;
let folder: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'nacre-journal-'));
  folder = join(base, 'jobs');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const GONE_PID = 2 ** 30;

function started(id: string, change: Partial<Job> = {}): Job {
  return {
    id,
    kind: 'pull',
    verb: 'pull',
    subject: 'redis:8',
    status: 'running',
    note: '',
    startedAt: Date.UTC(2026, 7, 1, 12, 4, 18),
    endedAt: undefined,
    engine: 'unix:///var/run/docker.sock',
    request: { kind: 'pull', reference: 'redis:8', platform: '' },
    steps: undefined,
    progress: NO_PROGRESS,
    log: NO_LOG,
    failure: undefined,
    images: [],
    file: '',
    ...change,
  };
}

const line = (text: string, at = 1) => ({ at, topic: 'layer', text });

test('a job of an earlier run comes back with its request, parts, result and log', async () => {
  const journal = createJournal({ folder, pid: GONE_PID });
  const entry = journal.begin(started('one'));
  const lines = ['resolving', 'a layer', 'done'].map((text, index) => line(text, index));
  await entry.add(lines);
  const [drawn] = finishedJobs();
  const job: Job = { ...drawn!, id: 'one', log: { lines, count: 3 }, file: entry.file };
  await entry.end(job);
  expect(entry.problem()).toBe('');

  const [back, ...others] = await createJournal({ folder }).recall();
  expect(others).toEqual([]);
  expect(back).toEqual({
    ...job,
    subject: 'redis:8',
    startedAt: job.startedAt,
    progress: {
      ...job.progress,
      rate: undefined,
      parts: job.progress.parts.map(({ seconds: _seconds, rate: _rate, total, ...part }) => ({
        ...part,
        ...(total !== undefined && { total }),
      })),
    },
    request: { kind: 'pull', reference: 'redis:8', platform: '' },
  });
  const full = await createJournal({ folder }).read(entry.file, 100);
  expect(full).toEqual({ lines, before: 0, total: lines.length });
});

test('only the person may read what was done', async () => {
  const entry = createJournal({ folder }).begin(started('one'));
  await entry.end(started('one'));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(entry.file).mode & 0o777).toBe(0o600);
});

test('a job that was cut off is told as such, with the lines that were written whole', async () => {
  const journal = createJournal({ folder, pid: GONE_PID });
  const entry = journal.begin(started('cut'));
  await entry.add([line('first'), line('second')]);
  await journal.flush(entry.file);
  appendFileSync(entry.file, '{"at":3,"topic":"layer","te');
  const [back] = await createJournal({ folder }).recall();
  expect(back).toMatchObject({
    id: 'cut',
    status: 'cancelled',
    note: 'nacre ended before it did',
    endedAt: 1,
  });
  expect(back!.log.lines.map(({ text }) => text)).toEqual(['first', 'second']);
  await entry.end(started('cut'));
});

test("another nacre's running job is left alone", async () => {
  // Process 1 is always there.
  const journal = createJournal({ folder, pid: 1 });
  const entry = journal.begin(started('other'));
  await journal.flush(entry.file);
  expect(await createJournal({ folder }).recall()).toEqual([]);
  await entry.end(started('other', { status: 'done', note: 'done' }));
  expect(await createJournal({ folder }).recall()).toMatchObject([{ id: 'other', status: 'done' }]);
});

test('newest first, no more than are kept, and the rest is removed', async () => {
  const journal = createJournal({ folder });
  const ends = Array.from({ length: 205 }, (_, index) => {
    const job = started(`job-${index}`, { status: 'done', startedAt: 1_000_000_000_000 + index * 1000 });
    return journal.begin(job).end(job);
  });
  await Promise.all(ends);
  const jobs = await createJournal({ folder }).recall();
  expect(jobs).toHaveLength(200);
  expect(jobs[0]!.id).toBe('job-204');
  expect(jobs.at(-1)!.id).toBe('job-5');
  expect(readdirSync(folder)).toHaveLength(200);
});

test('logs that take too much room are removed, the oldest first, but never the newest', async () => {
  const journal = createJournal({ folder });
  for (let index = 0; index < 4; index++) {
    const job = started(`job-${index}`, { startedAt: 1_000_000_000_000 + index * 1000 });
    const entry = journal.begin(job);
    await entry.add([line('x'.repeat(10_000))]);
    await entry.end({ ...job, status: 'done' });
  }
  const idsWith = async (room: number): Promise<string[]> =>
    (await createJournal({ folder, room }).recall()).map(({ id }) => id);
  expect(await idsWith(100_000)).toHaveLength(4);
  expect(await idsWith(25_000)).toEqual(['job-3', 'job-2']);
  expect(readdirSync(folder)).toHaveLength(2);
  expect(await idsWith(10)).toEqual(['job-3']);
});

test('what is cleared does not come back', async () => {
  const journal = createJournal({ folder });
  const entry = journal.begin(started('one'));
  await entry.end(started('one', { status: 'done' }));
  await journal.forget([entry.file, '']);
  expect(await createJournal({ folder }).recall()).toEqual([]);
});

test('files that are none of ours, or broken, are passed over', async () => {
  const journal = createJournal({ folder });
  await journal.begin(started('good')).end(started('good', { status: 'done' }));
  writeFileSync(join(folder, 'a.jsonl'), '');
  writeFileSync(join(folder, 'b.jsonl'), 'no JSON at all\n{"end":"done"}\n');
  writeFileSync(join(folder, 'c.jsonl'), '{"nacre":2}\n');
  writeFileSync(join(folder, 'notes.txt'), 'mine');
  expect((await createJournal({ folder }).recall()).map(({ id }) => id)).toEqual(['good']);
  expect(readdirSync(folder)).toContain('notes.txt');
});

test('an address that can hold a token is not written', async () => {
  const journal = createJournal({ folder });
  const places = ['https://me:hunter2@files.example/app.tar', 'https://files.example/app.tar?token=hunter2'];
  for (const place of places) {
    const request: JobRequest = { kind: 'load', place };
    const entry = journal.begin(started(place, { id: 'x', kind: 'load', request }));
    await entry.end(started('x', { kind: 'load', request, status: 'done' }));
    expect(readFileSync(entry.file, 'utf8')).not.toContain('hunter2');
  }
  const jobs = await createJournal({ folder }).recall();
  expect(jobs.map(({ request }) => request)).toEqual([undefined, undefined]);
});

test('every line reaches the disk however fast they come, and who is ahead waits', async () => {
  const journal = createJournal({ folder });
  const entry = journal.begin(started('fast'));
  let waits = 0;
  for (let index = 0; index < 40_000; index++) {
    const behind = entry.add([line(`line ${index} ${'x'.repeat(60)}`, index)]);
    if (behind === undefined) continue;
    waits++;
    await behind;
  }
  await entry.end(started('fast', { status: 'done' }));
  expect(waits).toBeGreaterThan(0);
  const { lines, before } = await journal.read(entry.file, 1_000);
  expect(before).toBe(39_000);
  expect(lines[0]!.text).toMatch(/^line 39000 /);
  expect(lines.at(-1)!.text).toMatch(/^line 39999 /);
});

test('who follows hears every line once, numbered', async () => {
  const journal = createJournal({ folder });
  const entry = journal.begin(started('live'));
  const heard: string[] = [];
  entry.add([line('a')]);
  const stop = journal.follow(entry.file, (lines, first) =>
    heard.push(...lines.map(({ text }, index) => `${first + index} ${text}`)),
  );
  entry.add([line('b'), line('c')]);
  stop();
  entry.add([line('d')]);
  await entry.end(started('live', { status: 'done' }));
  expect(heard).toEqual(['1 b', '2 c']);
});

test('without a folder to write to, jobs run on and say why there is no log', async () => {
  writeFileSync(join(base, 'jobs'), 'a file where the folder would be');
  const entry = createJournal({ folder }).begin(started('one'));
  await entry.add([line('lost')]);
  await entry.end(started('one', { status: 'done' }));
  expect(entry.problem()).toMatch(/EEXIST|ENOTDIR/);
  expect(await createJournal({ folder }).recall()).toEqual([]);
});

test('what is only looked at can be read like the rest, and is not among what was done', async () => {
  const journal = createJournal({ folder, pid: GONE_PID });
  const entry = journal.borrow(started('theirs'));
  const heard: string[] = [];
  journal.follow(entry.file, (lines) => heard.push(...lines.map(({ text }) => text)));
  await entry.add([line('one'), line('two')]);
  await journal.flush(entry.file);
  expect(heard).toEqual(['one', 'two']);
  expect((await journal.read(entry.file, 1)).lines.map(({ text }) => text)).toEqual(['two']);
  expect(statSync(entry.file).mode & 0o777).toBe(0o600);
  await entry.end(started('theirs', { status: 'done', endedAt: Date.UTC(2026, 7, 1, 12, 5) }));
  expect(await createJournal({ folder }).recall()).toEqual([]);
  await journal.forget([entry.file]);
  expect(existsSync(entry.file)).toBe(false);

  // What a killed run has left goes with the next look.
  const left = journal.borrow(started('left'));
  await journal.flush(left.file);
  createJournal({ folder }).borrow(started('next'));
  await vi.waitFor(() => expect(existsSync(left.file)).toBe(false));
});
