import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startJob } from '../../../src/app/job-runner.ts';
import type { Job } from '../../../src/app/jobs.ts';
import { createJournal } from '../../../src/app/journal.ts';
import { logRowsOf } from '../../../src/app/log-page.ts';
import { type AcmeApp, acmeApp, acmeState } from '../acme-app.ts';
import { failedJobs, finishedJobs, pullJobs, removalJobs } from '../acme-jobs.ts';

const SIZE = { columns: 120, rows: 36 };
const NO_MARKS = { marks: new Set<string>() };
const withJobs = (jobs: readonly Job[], more = {}): AcmeApp =>
  acmeApp(acmeState(SIZE, { ...NO_MARKS, screen: 'jobs', jobs, ...more }));

const toast = (of: AcmeApp): string => of.store.get().toast?.text ?? '';

describe('retry', () => {
  test('asks for the same again, and what failed stays', async () => {
    const app = withJobs(failedJobs());
    app.press('r');
    const [again, before] = app.store.get().jobs;
    expect(again).toMatchObject({ verb: 'pull', subject: 'ghcr.io/acme/private:1' });
    expect(again!.request).toEqual(before!.request);
    expect(before).toMatchObject({ id: 'p3', status: 'failed' });
    await vi.waitFor(() => expect(app.store.get().jobs[0]!.status).toBe('failed'));
  });

  test.each<[string, Partial<Job>, string]>([
    ['what is done', { status: 'done' }, 'it is done'],
    ['a deletion', { kind: 'remove', verb: 'delete', request: undefined }, 'a deletion is planned anew'],
    ['an address that was not kept', { request: undefined }, 'with an address that is not kept'],
    ['what ran on another engine', { engine: 'unix:///other.sock' }, 'another engine, unix:///other.sock'],
    ['what has not ended', { endedAt: undefined, status: 'running' }, 'has not ended yet'],
  ])('refuses %s with the reason', (_name, change, reason) => {
    const app = withJobs([{ ...failedJobs()[0]!, ...change }]);
    app.press('r');
    expect(toast(app)).toContain(reason);
    expect(app.store.get().jobs).toHaveLength(1);
  });

  test('the same is not moved twice at a time', () => {
    const running = { ...failedJobs()[0]!, status: 'running' as const, endedAt: undefined, id: 'now' };
    const app = withJobs([...failedJobs(), running]);
    app.press('r');
    expect(app.store.get().jobs).toHaveLength(2);
    expect(toast(app)).toBe('this is under way already: 4 shows it');
  });

  test('waits for a lost engine, and is forbidden read-only', () => {
    const readOnly = withJobs(failedJobs(), { readOnly: true });
    readOnly.press('r');
    expect(toast(readOnly)).toBe('nacre was started with --read-only');
  });
});

test('clearing takes what has ended, and its files', () => {
  const app = withJobs([...pullJobs(), ...removalJobs()]);
  const forgotten: string[] = [];
  vi.spyOn(app.journal, 'forget').mockImplementation(async (files) => void forgotten.push(...files));
  app.press('x');
  expect(app.store.get().jobs.map((job) => job.status)).toEqual(['running', 'waiting', 'running']);
  expect(forgotten.filter((file) => file !== '')).toEqual(failedJobs().map((job) => job.file));
  app.press('x');
  expect(toast(app)).toBe('no job has finished');
});

test('the image that came is one key away, and says when it is gone', () => {
  const [done] = finishedJobs();
  const app = withJobs([done!, { ...done!, id: 'gone', images: [{ id: 'sha256:gone', reference: 'x' }] }]);
  app.press('enter');
  expect(app.store.get().page).toMatchObject({ id: done!.images[0]!.id, tab: 'overview' });
  app.press('esc');
  expect(app.store.get().screen).toBe('jobs');
  app.press('j', 'enter');
  expect(toast(app)).toBe('this image is not here any more');
});

test('a page of a job scrolls by pages, the list by rows', () => {
  const app = withJobs(pullJobs(60));
  app.press('pgdn');
  expect(app.store.get().jobTop).toBeGreaterThan(10);
  app.press('ctrl+u');
  const { jobTop } = app.store.get();
  for (let times = 0; times < 20; times++) app.press('pgdn');
  expect(app.store.get().jobTop).toBeGreaterThan(jobTop);
  app.press('j');
  expect(app.store.get().jobTop).toBe(0);
});

describe('the full log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nacre-log-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  });

  test('is read from disk, goes on while the job runs, and follows its end', async () => {
    const app = Object.assign(withJobs([]), { journal: createJournal({ folder }) });
    let say: (text: string) => void = () => {};
    let finish: () => void = () => {};
    const said: string[] = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    const end = new Promise<void>((resolve) => (finish = resolve));
    startJob(app, {
      kind: 'pull',
      verb: 'pull',
      subject: 'x',
      run: async function* run() {
        for (;;) {
          for (const text of said.splice(0)) yield { type: 'line', topic: 'layer', text };
          const more = await Promise.race([
            end.then(() => undefined),
            new Promise<string>((resolve) => (say = resolve)),
          ]);
          if (more === undefined) return { status: 'done', note: 'the end' };
          said.push(more);
        }
      },
    });
    await vi.waitFor(() => expect(app.store.get().jobs[0]!.log.count).toBe(500));
    app.press('L');
    await vi.waitFor(() =>
      expect(app.store.get().log).toMatchObject({ lines: 500, loading: false, before: 0 }),
    );
    expect(logRowsOf(app.store.get())[0]).toMatch(/layer +line 0$/);
    say('one more');
    await vi.waitFor(() => expect(app.store.get().log!.lines).toBe(501));
    expect(app.store.get().log!.top).toBeUndefined();
    app.press('g');
    expect(app.store.get().log!.top).toBe(0);
    app.press('/');
    app.type('one more');
    app.press('enter');
    expect(toast(app)).toBe('match 1 of 1');
    finish();
    await vi.waitFor(() => expect(app.store.get().log!.lines).toBe(502));
    const path = join(folder, 'saved.log');
    app.press('s', 'ctrl+u');
    app.type(path);
    await vi.waitFor(() => {
      app.press('enter');
      expect(app.store.get().overlay).toBeUndefined();
    });
    await vi.waitFor(() => expect(toast(app)).toBe(`saved 502 lines to ${path}`));
    const rows = readFileSync(path, 'utf8').split('\n');
    expect(rows[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z layer line 0$/);
    expect(rows[501]).toMatch(/Z done the end$/);
    app.press('s', 'ctrl+u');
    app.type(path);
    await vi.waitFor(() => {
      const { overlay } = app.store.get();
      if (overlay?.kind !== 'prompt') throw new Error('no prompt is open');
      expect(overlay.prompt.note([path]).text).toBe('this file exists: choose another name');
    });
    app.press('esc', 'esc');
    expect(app.store.get().log).toBeUndefined();
    expect(app.store.get().screen).toBe('jobs');
  });

  test('of a job without a file shows what is in memory', async () => {
    const app = withJobs(failedJobs());
    app.press('L');
    await vi.waitFor(() => expect(app.store.get().log).toMatchObject({ lines: 2, loading: false }));
  });
});
