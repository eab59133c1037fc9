import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createBuildReader } from '../../../src/app/build-reader.ts';
import { createJournal, type Journal } from '../../../src/app/journal.ts';
import type { BuildEvent } from '../../../src/engine/build.ts';
import type { BuildWatcher } from '../../../src/engine/build-record.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { type AcmeApp, acmeApp, acmeState, INFO } from '../acme-app.ts';
import { job } from '../acme-jobs.ts';

let folder = '';
let journal: Journal;
beforeAll(() => {
  folder = scratchFolder();
  journal = createJournal({ folder });
});
afterAll(() => removeScratch(folder));

const ROW = job({
  id: 'theirs',
  kind: 'build',
  subject: 'app:1',
  status: 'done',
  origin: 'elsewhere',
  record: 'r',
});
const LOG: BuildEvent = { type: 'line', topic: 'engine', text: 'said' };

/** On an engine that tells one line, and then nothing until `isOver`. */
function appOn(isOver: Promise<void>): AcmeApp {
  const builds: BuildWatcher = {
    async *records() {},
    async *follow(_id, { signal } = {}) {
      yield LOG;
      const aborted = new Promise((_resolve, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason as Error)),
      );
      await Promise.race([isOver, aborted]);
    },
  };
  const engine = { info: INFO, absent: {}, builds } as unknown as Engine;
  const state = acmeState({ columns: 120, rows: 36 }, { jobs: [ROW] });
  return Object.assign(acmeApp(state, {}, engine), { journal });
}

const fileOf = (app: AcmeApp): string => app.store.get().jobs[0]!.file;

test('a build that was read to its end keeps its log', async () => {
  const app = appOn(Promise.resolve());
  const reader = createBuildReader(app);
  reader.read(ROW.id);
  await vi.waitFor(() => expect(app.store.get().jobs[0]!.build).toBeDefined());
  const file = fileOf(app);
  await vi.waitFor(async () => expect((await journal.read(file, 9)).lines).toMatchObject([{ text: 'said' }]));
  reader.leave();
  reader.read(ROW.id);
  expect([fileOf(app), existsSync(file)]).toEqual([file, true]);
});

test('a build that was left early has no log that could be opened, and no file stays behind', async () => {
  const app = appOn(new Promise(() => {}));
  const reader = createBuildReader(app);
  reader.read(ROW.id);
  await vi.waitFor(() => expect(fileOf(app)).not.toBe(''));
  const file = fileOf(app);
  reader.leave();
  await vi.waitFor(() => expect(fileOf(app)).toBe(''));
  await vi.waitFor(() => expect(existsSync(file)).toBe(false));
  expect(app.store.get().toast).toBeUndefined();
});
