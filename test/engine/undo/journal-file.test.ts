/** The journal on disk: many processes, killed ones, damaged lines, full disks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Change, newAct, newId } from '../../../src/engine/undo/change.ts';
import { ChangeFile } from '../../../src/engine/undo/change-file.ts';
import {
  type ChangeJournal,
  openChangeJournal,
  UnjournaledError,
} from '../../../src/engine/undo/change-journal.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';

const WRITER = fileURLToPath(new URL('journal-writer.ts', import.meta.url));
const ENGINE = { kind: 'docker-classic', address: 'unix:///e' } as const;

let scratch: string;
let folder: string;
let journal: ChangeJournal;
beforeEach(() => {
  scratch = scratchFolder();
  folder = join(scratch, 'changes');
  journal = openChangeJournal({ folder });
});
afterEach(() => removeScratch(scratch));

function change(subject: string, more: Partial<Change> = {}): Change {
  return {
    id: newId(),
    act: newAct(),
    time: Date.now(),
    engine: ENGINE,
    action: 'remove',
    subject,
    images: [],
    names: [],
    ...more,
  };
}

const DONE = { time: 1, outcome: 'done', entries: [], given: [] } as const;

async function subjects(): Promise<string[]> {
  return (await journal.list()).map(({ changes }) => changes[0]!.change.subject);
}

it('tells the newest first, with what became of each', async () => {
  expect(await journal.list()).toEqual([]);
  const [first, second] = [change('a:1', { time: 1000 }), change('b:1', { time: 2000 })];
  await journal.begin(first);
  await journal.end(first.id, { ...DONE, entries: [{ action: 'untagged', reference: 'a:1' }] });
  await journal.begin(second);
  const [newest, oldest] = await journal.list();
  expect(newest).toMatchObject({
    id: second.act.id,
    time: 2000,
    changes: [{ state: 'running', end: undefined }],
  });
  expect(oldest).toMatchObject({ id: first.act.id, changes: [{ state: 'done', change: first }] });
  expect(await journal.list({ limit: 1 })).toHaveLength(1);
  expect(await journal.list({ engine: { ...ENGINE, address: 'unix:///other' } })).toEqual([]);
});

it('keeps the calls of an act together, in their order', async () => {
  const act = newAct();
  for (const subject of ['a:1', 'b:1', 'c:1']) await journal.begin(change(subject, { act }));
  const [only, ...others] = await journal.list();
  expect(others).toEqual([]);
  expect(only?.changes.map((each) => each.change.subject)).toEqual(['a:1', 'b:1', 'c:1']);
});

it('an act counts as taken back until that was taken back itself', async () => {
  const first = change('a:1', { time: 1 });
  const second = change('a:1', { time: 2, act: newAct(first.act.id) });
  for (const each of [first, second]) await journal.begin(each);
  const undone = async () => (await journal.list()).map((act) => act.undone?.by);
  await journal.undone(first.act.id, { by: second.act.id, time: 3, lacks: ['b:1'] });
  expect(await undone()).toEqual([undefined, second.act.id]);
  await journal.undone(second.act.id, { by: 'third', time: 4, lacks: [] });
  expect(await undone()).toEqual(['third', undefined]);
  await journal.undone(first.act.id, { by: 'fourth', time: 5, lacks: [] });
  expect(await undone()).toEqual(['third', 'fourth']);
});

it('is for its owner alone', async () => {
  await journal.begin(change('a:1'));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'changes.jsonl')).mode & 0o777).toBe(0o600);
});

it('damaged lines are passed over, and so is what a newer nacre may write', async () => {
  await journal.begin(change('a:1', { time: 1 }));
  const file = join(folder, 'changes.jsonl');
  const whole = readFileSync(file, 'utf8').trim();
  const other = JSON.parse(whole);
  const damaged = [
    'no json',
    '[]',
    '{"format":1}',
    '{"format":1,"kind":"end","change":"x","end":{"outcome":"done"}}',
    JSON.stringify({ ...other, format: 2 }),
    JSON.stringify({ ...other, change: { ...other.change, images: [{ id: 3 }] } }),
    whole.slice(0, 40),
  ];
  // The last one has no end: what is written next must not be lost with it.
  appendFileSync(file, damaged.join('\n'));
  await journal.begin(change('b:1', { time: 2 }));
  expect(await subjects()).toEqual(['b:1', 'a:1']);
});

it('is put aside when it is full, and the oldest is forgotten', async () => {
  journal = openChangeJournal({ folder, full: 2_000 });
  for (let count = 0; count < 100; count++) await journal.begin(change(`n:${count}`, { time: count }));
  expect(readdirSync(folder).sort()).toEqual(
    ['changes.1.jsonl', 'changes.2.jsonl', 'changes.3.jsonl', 'changes.jsonl'].filter((name) =>
      readdirSync(folder).includes(name),
    ),
  );
  const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(4 * 2_500);
  const left = await subjects();
  expect(left.length).toBeGreaterThan(10);
  expect(left).toEqual(left.map((_, index) => `n:${99 - index}`));
});

describe('several processes', () => {
  const start = (...args: string[]) =>
    spawn(process.execPath, [WRITER, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

  it('write at once, also while files are put aside, and no line is torn or lost', async () => {
    const COUNT = 40;
    const writers = ['a', 'b', 'c'].map((name) => start(name, String(COUNT), '100000'));
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0]));
    expect(codes).toEqual([0, 0, 0]);
    const acts = await journal.list();
    const found = acts.map(({ changes }) => `${changes[0]!.state} ${changes[0]!.change.subject}`);
    const expected = ['a', 'b', 'c'].flatMap((name) =>
      Array.from({ length: COUNT }, (_, index) => `done ${name}:${index}`),
    );
    expect(found.sort()).toEqual(expected.sort());
    const lines = await Array.fromAsync(new ChangeFile({ folder }).newest());
    expect(lines).toHaveLength(2 * expected.length);
    expect(readdirSync(folder)).toContain('changes.1.jsonl');
  });

  it('one that is killed between a call and its answer leaves a change that was cut off', async () => {
    const writer = start('a', 'stay');
    await once(writer.stdout!, 'data');
    expect(await journal.list()).toMatchObject([{ changes: [{ state: 'running' }] }]);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    expect(await journal.list()).toMatchObject([{ changes: [{ state: 'cut-off', end: undefined }] }]);
  });
});

describe('where it cannot be written', () => {
  it('a full disk fails the change before it is made, and tells what to do', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'changes.jsonl'), '');
    const full = new ChangeFile({ folder });
    // A device that is always full stands in for the disk.
    const { symlinkSync, rmSync } = await import('node:fs');
    rmSync(join(folder, 'changes.jsonl'));
    symlinkSync('/dev/full', join(folder, 'changes.jsonl'));
    await expect(full.add({ a: 1 }, { sync: true })).rejects.toMatchObject({ code: 'ENOSPC' });
    const failed = journal.begin(change('a:1'));
    await expect(failed).rejects.toBeInstanceOf(UnjournaledError);
    await expect(failed).rejects.toMatchObject({
      code: 'no-space',
      message: expect.stringContaining('nothing was changed'),
      hint: expect.stringContaining('[journal] keep = false'),
    });
    await expect(journal.end('x', DONE)).resolves.toBeUndefined();
  });

  it('a file in the place of the folder does, too', async () => {
    writeFileSync(join(scratch, 'file'), '');
    chmodSync(join(scratch, 'file'), 0o600);
    journal = openChangeJournal({ folder: join(scratch, 'file', 'changes') });
    await expect(journal.begin(change('a:1'))).rejects.toThrow('something on the way there is not a folder');
  });
});
