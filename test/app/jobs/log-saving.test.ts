import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createJournal, type Journal } from '../../../src/app/journal.ts';
import { logFileName, saveLog, timedRow } from '../../../src/app/log-saving.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { type AcmeApp, acmeApp, acmeState } from '../acme-app.ts';
import { job } from '../acme-jobs.ts';

let folder = '';
let journal: Journal;
let file = '';
let app: AcmeApp;
beforeAll(async () => {
  folder = scratchFolder();
  journal = createJournal({ folder: join(folder, 'jobs') });
  const entry = journal.begin(job({ id: 'pull', kind: 'pull', subject: 'app:1', status: 'done' }));
  const texts = ['pulling', 'done'];
  await entry.add(texts.map((text, index) => ({ at: index * 1000, topic: 'layer', text })));
  file = entry.file;
});
afterAll(() => removeScratch(folder));
beforeEach(() => {
  app = Object.assign(acmeApp(acmeState({ columns: 120, rows: 36 })), { journal });
});

test('all of a log is saved, a line a row', async () => {
  const path = join(folder, 'saved.log');
  await saveLog(app, file, path, timedRow);
  expect(readFileSync(path, 'utf8')).toBe(
    '1970-01-01T00:00:00.000Z layer pulling\n1970-01-01T00:00:01.000Z layer done\n',
  );
  expect(app.store.get().toast?.text).toBe(`saved 2 lines to ${path}`);
});

test('a file that is there stays as it is', async () => {
  const path = join(folder, 'precious');
  writeFileSync(path, 'mine');
  await saveLog(app, file, path, timedRow);
  expect(readFileSync(path, 'utf8')).toBe('mine');
  expect(app.store.get().toast?.text).toContain('the log was not saved');
});

test('what breaks off leaves no half file', async () => {
  const path = join(folder, 'half.log');
  let rows = 0;
  await saveLog(app, file, path, () => {
    if (++rows === 2) throw new Error('no space left on device');
    return 'a row';
  });
  expect(rows).toBe(2);
  expect(existsSync(path)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes('half'))).toEqual([]);
  expect(app.store.get().toast?.text).toBe('the log was not saved: no space left on device');
});

test('a log is called after what it is of', () => {
  expect(logFileName('build acme/api:dev')).toBe('build-acme-api-dev.log');
  expect(logFileName('../..')).toBe('log.log');
});
