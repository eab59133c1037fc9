import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { lostCache, previousBuild } from '../../src/app/build-compare.ts';
import { editorArguments, editorOf } from '../../src/app/build-editor.ts';
import { STEP_TAIL } from '../../src/app/build-log.ts';
import { logWindow } from '../../src/app/build-log-window.ts';
import { buildView, logCells, newBuildPage } from '../../src/app/build-page.ts';
import { stepSizes } from '../../src/app/build-sizes.ts';
import { failedText, stepName } from '../../src/app/build-words.ts';
import { handleInput } from '../../src/app/input.ts';
import { type JobEnding, type JobEvent, startJob } from '../../src/app/job-runner.ts';
import type { Job } from '../../src/app/jobs.ts';
import { createJournal, type Journal } from '../../src/app/journal.ts';
import { createTheme } from '../../src/app/theme.ts';
import type { BuildEvent, BuildStep } from '../../src/engine/build.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { History } from '../../src/engine/image.ts';
import { pictureOf } from '../../src/views/picture.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import {
  BUILDING_ENGINE,
  buildsAfterAnother,
  failedBuild,
  finishedBuild,
  REQUEST,
  runningBuild,
} from './acme-builds.ts';

function opened(job: Job, ...others: readonly Job[]): AcmeApp {
  const state = acmeState(
    { columns: 120, rows: 36 },
    { marks: new Set(), screen: 'jobs', jobs: [job, ...others], buildPage: newBuildPage(job.id) },
  );
  return acmeApp(state, {}, BUILDING_ENGINE);
}

const put = (app: AcmeApp, job: Job): void =>
  app.store.update((state) => ({ ...state, jobs: [job, ...state.jobs.slice(1)] }));

const cursor = (app: AcmeApp): string | undefined => buildView(app.store.get())!.step?.name;

/** The rows of the log that are shown. */
function shown(app: AcmeApp): string[] {
  const state = app.store.get();
  const view = buildView(state)!;
  return logWindow(view.log, view.page, view.step, logCells(state), view.heights.log).rows.map(
    ({ text }) => text,
  );
}

test('the cursor goes with the build until it is moved, and to the step that failed', () => {
  const app = opened(runningBuild());
  expect(cursor(app)).toBe('RUN npm run build:css');
  app.press('k');
  expect(cursor(app)).toBe('COPY styles styles');
  put(app, { ...failedBuild(), id: buildView(app.store.get())!.job.id });
  expect(cursor(app)).toBe('RUN npm test');
  expect(shown(app).at(-1)).toContain('exit code: 1');
  app.press('g');
  expect(cursor(app)).toMatch(/^FROM /);
  app.press('G');
  expect(cursor(app)).toBe('COPY . .');
});

test('the log follows its end, can be held and scrolled, and follows again', () => {
  const app = opened(runningBuild());
  const end = shown(app);
  expect(end.at(-1)).toBe('[3/3] minifying …');
  app.press('enter');
  expect(app.store.get().buildPage?.top).toBe(412 - end.length);
  expect(shown(app)).toEqual(end);
  app.press('enter');
  expect(app.store.get().buildPage?.top).toBeUndefined();
  app.press('pgup');
  const [first] = shown(app);
  expect(first).toBe(`styles/part-${412 - end.length - (end.length - 1)}.css`);
  app.press('pgdn');
  expect(app.store.get().buildPage?.top).toBeUndefined();
  expect(shown(app)).toEqual(end);
  for (let page = 0; page < 60; page++) app.press('pgup');
  // Without a file only the last lines are there.
  expect(shown(app)[0]).toBe(`styles/part-${412 - STEP_TAIL}.css`);
});

test('another step begins with the end of its own log', () => {
  const app = opened(runningBuild());
  app.press('pgup', 'j', 'j');
  expect(cursor(app)).toBe('RUN npm test');
  expect(shown(app)).toEqual(['ok 1 starts', 'ok 2 answers']);
});

test('only errors, wrapped lines and the search', () => {
  const app = opened(failedBuild());
  app.press('e');
  expect(shown(app)).toEqual(['failed 1 of 3', expect.stringContaining('exit code: 1')]);
  app.press('e', '/');
  app.type('ok');
  app.press('enter');
  expect(app.store.get().toast?.text).toBe('match 1 of 3');
  expect(shown(app)[0]).toBe('ok 1 starts');
  app.press('n', 'n', 'n');
  expect(app.store.get().toast?.text).toBe('match 1 of 3');
  app.press('N');
  expect(shown(app)[0]).toBe('not ok 3 logs in');
  app.press('/');
  app.type('zzz');
  app.press('enter');
  expect(app.store.get().toast?.text).toContain('is not in the log');
});

test('internal steps are hidden until asked for, warnings stand in place of the log, esc goes back', () => {
  const app = opened(finishedBuild());
  expect(buildView(app.store.get())!.steps).toHaveLength(12);
  app.press('a');
  expect(buildView(app.store.get())!.steps).toHaveLength(15);
  app.press('a', 'W', 'j', 'j', 'j');
  expect(app.store.get().buildPage?.warning).toBe(2);
  app.press('esc');
  expect(app.store.get().buildPage?.warning).toBeUndefined();
  app.press('enter');
  expect(app.store.get().page?.id).toBe(finishedBuild().images[0]!.id);
  app.press('esc');
  expect(app.store.get().buildPage).toBeDefined();
  app.press('esc');
  expect(app.store.get()).toMatchObject({ buildPage: undefined, screen: 'jobs' });
  app.press('enter');
  expect(app.store.get().buildPage?.job).toBe(finishedBuild().id);
});

test('steps that the last build of that name found in the cache, and this one did not', () => {
  const [now, before] = buildsAfterAnother();
  expect(previousBuild(now!, [now!, before!])).toBe(before);
  const lost = lostCache(now!, before);
  const names = now!.build!.progress.steps.filter(({ id }) => lost.has(id)).map(({ name }) => name);
  expect(names).toContain('RUN npm ci');
  expect(names.filter((name) => name.startsWith('FROM ') || name.startsWith('WORKDIR'))).toEqual([]);
  expect(names).toHaveLength(9);
  const other = { ...before!, subject: './services/api → acme/api:other' };
  const elsewhere = { ...before!, engine: 'tcp://other:2375' };
  expect(previousBuild(now!, [now!, other, elsewhere])).toBeUndefined();
  expect(lostCache(before!, now).size).toBe(0);
});

test('the mouse goes to a step, scrolls the log it is over, and the steps elsewhere', () => {
  const app = opened(runningBuild());
  const rows = pictureOf(app, app.store.get(), createTheme({ colour: false, ascii: true })).lines;
  const row = (text: string): number => rows.findIndex((each) => each.includes(text));
  const mouse = (button: 'left' | 'wheel-up' | 'wheel-down', y: number): void =>
    handleInput(app, { type: 'mouse', button, x: 20, y });
  mouse('left', row('RUN npm ci   '));
  expect(cursor(app)).toBe('RUN npm ci');
  const tests = rows.findLastIndex((each) => each.includes('RUN npm test '));
  mouse('left', tests);
  expect(cursor(app)).toBe('RUN npm test');
  mouse('left', row('STAGE'));
  mouse('left', row('- #'));
  expect(cursor(app)).toBe('RUN npm test');
  mouse('wheel-up', row('STAGE'));
  expect(cursor(app)).toBe('COPY styles styles');
  mouse('left', tests - 2);
  const [before] = shown(app);
  mouse('wheel-up', rows.length - 4);
  expect(cursor(app)).toBe('RUN npm run build:css');
  expect(shown(app)[3]).toBe(before);
});

test('what each step added is read from the history of the image, as far as they agree', () => {
  const made = (createdBy: string, size: number): History => ({
    id: '',
    created: 0,
    createdBy,
    comment: 'buildkit.dockerfile.v0',
    size,
    references: [],
  });
  const { steps } = finishedBuild().build!.progress;
  const history = [
    made('CMD ["node"]', 0),
    made('COPY . . # buildkit', 30),
    made('COPY /srv/dist dist # buildkit', 20),
    made('COPY /srv/node_modules node_modules # buildkit', 10),
    made('WORKDIR /home', 7),
  ];
  const named = (from: readonly History[]): [string, number][] =>
    [...stepSizes(steps, from)].map(([id, size]) => [steps.find((step) => step.id === id)!.name, size]);
  expect(named(history)).toEqual([
    ['COPY . .', 30],
    ['COPY --from=assets /srv/dist dist', 20],
    ['COPY --from=deps /srv/node_modules node_modules', 10],
  ]);
  expect(named([made('RUN /bin/sh -c true # buildkit', 5), ...history])).toEqual([]);
  expect(named([])).toEqual([]);
  // A stage that goes on from another has that one's steps as well.
  const two = steps.filter((step) => step.stage === 'deps' || step.stage === 'assets');
  const css = [
    made('RUN /bin/sh -c npm run build:css # buildkit', 4),
    made('COPY styles styles # buildkit', 3),
    made('RUN /bin/sh -c npm ci # buildkit', 2),
    made('COPY package*.json ./ # buildkit', 1),
    made('WORKDIR /srv', 0),
  ];
  expect([...stepSizes(two, css).values()]).toEqual([4, 3, 2, 1, 0]);
});

test('words for a step', () => {
  const step = finishedBuild().build!.progress.steps.find(({ name }) => name.startsWith('FROM docker.io'))!;
  expect(stepName(step)).toBe('FROM node:22-slim');
  expect(failedText(failedBuild().build!.progress)).toBe('step 8 of 12: exit code 1');
  expect(failedText(runningBuild().build!.progress)).toBeUndefined();
});

test('each editor is told the line in its own way', () => {
  expect(editorArguments('vi', '/x', 12)).toEqual(['+12', '/x']);
  expect(editorArguments('/usr/bin/nano -w', '/x', 12)).toEqual(['+12', '/x']);
  expect(editorArguments('emacsclient -t', '/x', 12)).toEqual(['+12', '/x']);
  expect(editorArguments('code --wait', '/x y', 12)).toEqual(['--goto', '/x y:12']);
  expect(editorArguments('hx', '/x', 12)).toEqual(['/x:12']);
  expect(editorArguments('code --wait', '/x', undefined)).toEqual(['/x']);
  expect(editorOf({ VISUAL: ' ', EDITOR: 'nano' })).toBe('nano');
  expect(editorOf({ VISUAL: 'code -w', EDITOR: 'nano' })).toBe('code -w');
  expect(editorOf({})).toBe('vi');
});

const step = (id: string, change: Partial<BuildStep> = {}): BuildStep => ({
  type: 'step',
  id,
  name: `RUN ${id}`,
  stage: 'main',
  position: 1,
  of: 1,
  internal: false,
  inputs: [],
  state: 'running',
  startedAt: 1_000,
  endedAt: undefined,
  error: '',
  ...change,
});

const log = (id: string, text: string, stream: 'out' | 'err' = 'out'): BuildEvent => ({
  type: 'log',
  step: id,
  stream,
  text,
});

/** An app with a journal of its own, and a build that tells what it is given. */
function building(): {
  readonly app: AcmeApp & { readonly journal: Journal };
  readonly journal: Journal;
  start(events: () => AsyncGenerator<JobEvent, JobEnding, void>): Promise<Job>;
} {
  const folder = scratchFolder();
  onTestFinished(() => removeScratch(folder));
  const journal = createJournal({ folder });
  const app = Object.assign(acmeApp(acmeState({ columns: 120, rows: 36 }, { marks: new Set() })), {
    journal,
  });
  return {
    app,
    journal: createJournal({ folder }),
    async start(events) {
      const subject = './api → acme/api:dev';
      const id = startJob(app, { kind: 'build', verb: 'build', subject, request: REQUEST, run: events });
      app.store.update((state) => ({ ...state, screen: 'jobs', buildPage: newBuildPage(id) }));
      await app.session.works.get(id)?.ended;
      return app.store.get().jobs.find((job) => job.id === id)!;
    },
  };
}

const LINES = 1_000;

test('every line is on disk with its step, and steps, durations and warnings come back with the next run', async () => {
  const { start, journal } = building();
  const job = await start(async function* () {
    yield { type: 'origin', file: '/api/Dockerfile', stages: ['main'], builder: 'buildkit' };
    yield { type: 'sent', bytes: 10, files: 2, ignored: 1 };
    yield { type: 'named', record: 'abc' };
    yield step('a');
    yield step('b', { position: 2 });
    for (let line = 0; line < LINES; line++) {
      yield log('a', `a ${line}`);
      yield log('b', `b ${line}`, line % 10 === 0 ? 'err' : 'out');
    }
    yield { type: 'warning', text: 'Casing', detail: [], url: '', file: 'Dockerfile', line: 1 };
    yield { type: 'line', topic: 'engine', text: 'Successfully tagged' };
    yield step('a', { state: 'cached', endedAt: 1_000 });
    yield step('b', { position: 2, state: 'done', endedAt: 9_000 });
    return { status: 'done', note: 'ok', images: [{ id: 'sha256:1', reference: 'acme/api:dev' }] };
  });
  expect(job).toMatchObject({ status: 'done', record: 'abc' });
  expect(job.build!.tails.get('a')!.lines).toHaveLength(STEP_TAIL);

  const [back] = await journal.recall();
  expect(back).toMatchObject({ status: 'done', record: 'abc', request: REQUEST, images: job.images });
  const { progress, tails, ...facts } = back!.build!;
  expect(facts).toMatchObject({
    file: '/api/Dockerfile',
    builder: 'buildkit',
    sent: { files: 2 },
    order: ['a', 'b'],
  });
  expect(progress.steps.map(({ id, state, lines, number }) => [id, state, lines, number])).toEqual([
    ['a', 'cached', LINES, 1],
    ['b', 'done', LINES, 2],
  ]);
  expect(progress.warnings).toEqual(job.build!.progress.warnings);
  expect(progress.steps[1]).toMatchObject({ startedAt: 1_000, endedAt: 9_000 });
  expect(tails.size).toBe(0);
  const read = await journal.read(back!.file, 400, 1);
  expect(read).toMatchObject({ before: LINES - 400 });
  expect(read.lines[0]).toMatchObject({ text: `b ${LINES - 400}`, err: true, step: 1, topic: 'main' });
  const all = await journal.read(back!.file, 1_000_000);
  expect(all.lines.filter((line) => line.step !== undefined)).toHaveLength(2 * LINES);
  expect(all.total).toBe(read.total);
});

test('older lines come from the disk when somebody scrolls to them, and new ones go on', async () => {
  const { start, app } = building();
  const more = Promise.withResolvers<void>();
  const ended = start(async function* () {
    yield step('a');
    yield step('b', { position: 2, startedAt: 2_000 });
    for (let line = 0; line < LINES; line++) {
      yield log('a', `a ${line}`);
      yield log('b', `b ${line}`);
    }
    await more.promise;
    for (let line = LINES; line < LINES + 50; line++) yield log('a', `a ${line}`);
    return { status: 'done', note: 'ok' };
  });
  await expect.poll(() => buildView(app.store.get())?.log.count).toBe(LINES);
  for (let page = 0; page < 3; page++) app.press('pgup');
  await expect.poll(() => buildView(app.store.get())?.log.lines.length).toBe(LINES);
  for (let page = 0; page < 100; page++) app.press('pgup');
  expect(shown(app)[0]).toBe('a 0');
  more.resolve();
  await ended;
  await pause(0);
  expect(buildView(app.store.get())!.log).toMatchObject({ count: LINES + 50, first: 0 });
  expect(shown(app)[0]).toBe('a 0');
  app.press('enter');
  expect(shown(app).at(-1)).toBe(`a ${LINES + 49}`);
  app.press('j');
  expect(shown(app).at(-1)).toBe(`b ${LINES - 1}`);
});

test('the log of a step or of the whole build is saved to a file, never over another', async () => {
  const { start, app } = building();
  const folder = scratchFolder();
  onTestFinished(() => removeScratch(folder));
  await start(async function* () {
    yield step('a');
    yield log('a', 'of a');
    yield step('b', { position: 2, startedAt: 2_000 });
    yield log('b', 'of b');
    return { status: 'done', note: 'ok' };
  });
  const save = async (name: string, ...keys: readonly string[]): Promise<string> => {
    app.press('s', 'ctrl+u');
    app.type(join(folder, name));
    app.press(...keys);
    await pause(30);
    app.press('enter');
    await expect.poll(() => app.store.get().toast?.text).toContain('saved ');
    return readFileSync(join(folder, name), 'utf8');
  };
  expect(await save('b.log')).toBe('of b\n');
  app.press('g');
  expect(await save('a.log')).toBe('of a\n');
  expect(await save('all.log', 'tab', 'down')).toMatch(/^\S+Z main of a\n\S+Z main of b\n\S+Z done ok\n$/);
  app.press('s', 'ctrl+u');
  app.type(join(folder, 'a.log'));
  app.press('enter');
  await expect.poll(() => app.store.get().toast?.text).toContain('the log was not saved');
  expect(readFileSync(join(folder, 'a.log'), 'utf8')).toBe('of a\n');
});

test('a build that fails says at which step, and one that is cut off says that too', async () => {
  const { start } = building();
  const failed = await start(async function* () {
    yield step('a', { state: 'done', endedAt: 2_000 });
    yield step('b', {
      position: 2,
      state: 'failed',
      endedAt: 3_000,
      error: 'did not complete: exit code: 3',
    });
    throw new EngineError({ code: 'build-failed', message: 'cannot build: RUN b', hint: 'See its log.' });
  });
  expect(failed).toMatchObject({ status: 'failed', note: 'step 2 of 2: exit code 3' });
  const lost = await start(async function* () {
    yield step('a');
    throw new EngineError({
      code: 'unreachable',
      message: 'the engine ended the connection',
      hint: 'Start it.',
    });
  });
  expect(lost).toMatchObject({ status: 'failed', note: 'not reachable' });
  expect(lost.build!.progress.steps[0]!.state).toBe('cancelled');
});
