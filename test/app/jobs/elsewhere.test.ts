/** What others do on a real engine, as rows among the jobs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { watchElsewhere } from '../../../src/app/elsewhere.ts';
import { buildRow, insertJob } from '../../../src/app/elsewhere-rows.ts';
import { notRetriable, notRunning } from '../../../src/app/job-actions.ts';
import type { BuildRequest } from '../../../src/app/job-request.ts';
import { jobText } from '../../../src/app/job-words.ts';
import { type Job, unfinished } from '../../../src/app/jobs.ts';
import { startRequest } from '../../../src/app/transfers.ts';
import type { BuildRecord } from '../../../src/engine/build-record.ts';
import { connect } from '../../../src/engine/connect.ts';
import type { Engine, EngineEvent } from '../../../src/engine/engine.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { startEngine, type TestEngine } from '../../support/engines.ts';
import { ImageMaker } from '../../support/image-maker.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { tarOf } from '../../support/tar.ts';
import { type AcmeApp, acmeApp, acmeState } from '../acme-app.ts';
import { job } from '../acme-jobs.ts';

const SIZE = { columns: 120, rows: 36 };
const rowsOf = (app: AcmeApp): readonly Job[] => app.store.get().jobs;
const elsewhere = (app: AcmeApp): Job[] => rowsOf(app).filter((job) => job.origin === 'elsewhere');

engineGroup('what others do', 'docker26-classic', () => {
  let server: TestEngine;
  let engine: Engine;
  beforeAll(async () => {
    server = await startEngine('docker26-classic');
    await new ImageMaker(server).base();
    engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] });
  });
  afterAll(async () => {
    await engine?.close();
    await server?.stop();
  });

  async function build(instructions: readonly string[], tag: string): Promise<void> {
    const body = await tarOf([
      { name: 'Dockerfile', content: ['FROM base:1', ...instructions, ''].join('\n') },
    ]);
    await server.api.call('POST', '/build', { query: { version: '2', networkmode: 'host', t: tag }, body });
  }

  test('builds are listed, and followed where the cursor is', {
    timeout: 30_000,
  }, async () => {
    await build(['RUN echo before'], 'past:1');
    const images = await engine.list();
    const app = acmeApp(acmeState(SIZE, { images, screen: 'images', jobs: [] }), {}, engine);
    const stop = watchElsewhere(app);
    await vi.waitFor(() => expect(elsewhere(app)).toHaveLength(1), 5_000);
    // Docker 26 does not remember the name: the image has it.
    expect(elsewhere(app)[0]).toMatchObject({ subject: 'past:1', status: 'done', kind: 'build' });
    expect(elsewhere(app)[0]!.build).toBeUndefined();

    const building = build(['RUN echo one; sleep 1; echo two'], 'live:1');
    await vi.waitFor(() => expect(elsewhere(app)[0]!.status).toBe('running'), 5_000);
    expect(unfinished(rowsOf(app))).toEqual([]);
    expect(jobText(elsewhere(app)[0]!)).toBe('elsewhere · running');
    const text = (job: Job | undefined) => job?.log.lines.map((line) => line.text);
    app.press('4');
    await vi.waitFor(() => expect(text(elsewhere(app)[0])).toEqual(['one']), 5_000);
    expect(notRunning(app)).toMatch(/started elsewhere/);
    await vi.waitFor(() => expect(text(elsewhere(app)[0])).toEqual(['one', 'two']), 5_000);
    await building;
    await vi.waitFor(() => expect(elsewhere(app)[0]).toMatchObject({ status: 'done' }), 5_000);
    expect(notRetriable(app)).toMatch(/started elsewhere/);

    app.press('down');
    await vi.waitFor(() => expect(text(elsewhere(app)[1])).toEqual(['before']), 5_000);
    stop();
  });

  test('a build of ours is no row of others, neither before it has its name nor after', {
    timeout: 30_000,
  }, async () => {
    const folder = scratchFolder();
    onTestFinished(() => removeScratch(folder));
    writeFileSync(join(folder, 'Dockerfile'), 'FROM base:1\nRUN echo ours; sleep 2\n');
    const app = acmeApp(acmeState(SIZE, { images: [], jobs: [] }), {}, engine);
    let most = 0;
    app.store.subscribe(() => {
      most = Math.max(most, elsewhere(app).length);
    });
    const stop = watchElsewhere(app);
    await vi.waitFor(() => expect(elsewhere(app)).toHaveLength(2), 5_000);
    startRequest(app, { ...BUILD, place: folder });
    await Promise.all([...app.session.works.values()].map((work) => work.ended));
    await vi.waitFor(() =>
      expect(rowsOf(app)[0]).toMatchObject({ status: 'done', record: expect.any(String) }),
    );
    // Whatever was held back is there by now.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(most).toBe(2);
    await build([], 'theirs:1');
    await vi.waitFor(() => expect(elsewhere(app)).toHaveLength(3), 8_000);
    expect(rowsOf(app).filter((job) => job.origin === undefined)).toHaveLength(1);
    stop();
  });
});

const BUILD: BuildRequest = {
  kind: 'build',
  place: '',
  dockerfile: '',
  references: ['ours:1'],
  target: '',
  args: {},
  labels: {},
  platform: '',
  network: 'host',
  noCache: false,
  pull: false,
  builder: '',
  secrets: [],
};

test('a pull of others is a row, with its image as soon as that is listed; ours is none', async () => {
  const listeners = new Set<(event: EngineEvent) => void>();
  const app = acmeApp(acmeState(SIZE, { jobs: [] }));
  const session = {
    ...app.session,
    onEvent: (listener: (event: EngineEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const stop = watchElsewhere({ ...app, session });
  const tell = (subject: string): void => {
    for (const listener of listeners) listener({ action: 'pull', subject, time: 0 });
  };
  tell('redis:9');
  tell('redis:9');
  expect(rowsOf(app)).toMatchObject([{ kind: 'pull', subject: 'redis:9', status: 'done', images: [] }]);
  const [image] = app.store.get().images;
  app.store.update((state) => ({
    ...state,
    listedAt: (state.listedAt ?? 0) + 1,
    images: [{ ...image!, id: 'sha256:9', references: ['redis:9'] }, ...state.images],
  }));
  expect(elsewhere(app)[0]!.images).toEqual([{ id: 'sha256:9', reference: 'redis:9' }]);
  const own = job({ id: 'own', kind: 'pull', subject: 'redis:10', status: 'running' });
  app.store.update((state) => ({ ...state, jobs: [own, ...state.jobs] }));
  tell('redis:10');
  expect(elsewhere(app)).toHaveLength(1);
  stop();
});

test('a row tells of a build what the engine remembers', () => {
  const record: BuildRecord = {
    id: 'r',
    title: 'acme/api:dev',
    references: ['acme/api:dev'],
    target: '',
    platform: '',
    state: 'failed',
    error: 'process "/bin/sh -c false" did not complete successfully: exit code: 1',
    image: '',
    startedAt: 1_000,
    endedAt: 3_000,
    steps: { total: 5, cached: 1, done: 5 },
  };
  const none = { images: [] };
  const row = buildRow(record, 'unix:///x', undefined, none);
  expect(row).toMatchObject({
    subject: 'acme/api:dev',
    status: 'failed',
    note: 'failed, exit code 1',
    failure: { code: 'build-failed', message: record.error },
  });
  const note = (change: Partial<BuildRecord>) =>
    buildRow({ ...record, error: '', ...change }, '', undefined, none).note;
  expect(note({ error: 'failed to read dockerfile' })).toBe('failed');
  expect(note({ state: 'done' })).toBe('5 steps, 1 cached');
  expect(note({ state: 'done', steps: { total: 0, cached: 0, done: 0 } })).toBe('done');
  expect(note({ state: 'cancelled' })).toBe('cancelled');
  const older = { ...row, id: 'older', startedAt: 500 };
  const younger = { ...row, id: 'younger', startedAt: 2_000 };
  expect(insertJob([younger, older], row).map(({ id }) => id)).toEqual(['younger', row.id, 'older']);
});
