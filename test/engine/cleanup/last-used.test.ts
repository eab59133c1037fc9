/** The last-used ledger: what it remembers, and that several processes can keep it. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endedAt } from '../../../src/engine/cleanup/container-end.ts';
import { openLastUsed } from '../../../src/engine/cleanup/last-used.ts';
import { lastSign } from '../../../src/engine/cleanup/uses.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { idOf, stockOf } from '../stock-maker.ts';

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(() => removeScratch(folder));

const engine = { kind: 'docker-classic', address: 'unix:///run/one.sock' } as const;
const open = (now: number, limit?: number) =>
  openLastUsed({ folder, engine, now, ...(limit !== undefined && { limit }) });
const file = () => join(folder, 'last-used', readdirSync(join(folder, 'last-used'))[0]!);

const stock = stockOf(
  [
    { name: 'runs', tags: ['runs:1'], layers: [['r', 1]] },
    { name: 'ended', tags: ['ended:1'], layers: [['e', 1]] },
    { name: 'idle', tags: ['idle:1'], layers: [['i', 1]] },
  ],
  {
    containers: [
      { name: 'a', image: 'runs', running: true },
      { name: 'b', image: 'ended' },
    ],
  },
);
const ended = {
  ...stock,
  containers: stock.containers.map((one) =>
    one.running ? one : { ...one, status: 'Exited (0) 3 minutes ago' },
  ),
};

describe('the last-used ledger', () => {
  it('begins when it is first opened, and learns from containers', async () => {
    const ledger = await open(1_000_000);
    ledger.observe(ended, 1_000_000);
    expect(ledger.uses.since).toBe(1_000_000);
    expect(ledger.uses.of(idOf('runs'))?.used).toBe(1_000_000);
    expect(ledger.uses.of(idOf('ended'))?.used).toBe(1_000_000 - 180);
    expect(ledger.uses.of(idOf('idle'))).toEqual({ first: 1_000_000, used: 0, arrived: 0 });
    // Having been there from the beginning is no sign of life; coming later is one.
    expect(lastSign(ledger.uses, { id: idOf('idle'), created: 5 })).toBe(5);
    await ledger.save();
    const later = await open(2_000_000);
    later.observe(
      { images: [...stock.images, { ...stock.images[0]!, id: 'sha256:new' }], containers: [] },
      2_000_000,
    );
    expect(later.uses.since).toBe(1_000_000);
    expect(lastSign(later.uses, { id: 'sha256:new', created: 5 })).toBe(2_000_000);
    expect(lastSign(later.uses, { id: idOf('runs'), created: 5 })).toBe(1_000_000);
  });

  it('learns from events, of names it only gets to know later too', async () => {
    const ledger = await open(100);
    ledger.observe(stock, 100);
    ledger.note({ action: 'container', subject: 'idle:1', time: 150 });
    ledger.note({ action: 'pull', subject: 'late:1', time: 160 });
    ledger.note({ action: 'tag', subject: idOf('runs'), time: 170 });
    ledger.note({ action: 'delete', subject: idOf('ended'), time: 180 });
    const late = { ...stock.images[2]!, id: 'sha256:late', references: ['late:1'] };
    ledger.observe({ images: [...stock.images, late], containers: [] }, 200);
    expect(ledger.uses.of(idOf('idle'))?.used).toBe(150);
    expect(ledger.uses.of('sha256:late')).toEqual({ first: 160, used: 0, arrived: 160 });
    expect(ledger.uses.of(idOf('runs'))?.arrived).toBe(170);
    expect(ledger.uses.of(idOf('ended'))).toMatchObject({ arrived: 0 });
  });

  it('keeps engines apart, and forgets the longest unseen beyond its bound', async () => {
    const ledger = await open(100, 2);
    ledger.learnArrivals(
      new Map([
        ['sha256:a', 300],
        ['sha256:b', 200],
        ['sha256:c', 400],
      ]),
    );
    await ledger.save();
    const again = await open(500);
    expect(['a', 'b', 'c'].map((id) => again.uses.of(`sha256:${id}`)?.arrived)).toEqual([
      300,
      undefined,
      400,
    ]);
    const other = await openLastUsed({ folder, engine: { ...engine, address: 'tcp://box:1' }, now: 500 });
    expect(other.uses.since).toBe(500);
  });

  it('begins anew where its file is damaged', async () => {
    const ledger = await open(100);
    await ledger.save();
    for (const text of [
      '',
      '{',
      '{"format":1,"since":"x","images":{}}',
      '{"format":1,"since":1,"images":{"a":[1]}}',
    ]) {
      writeFileSync(file(), text);
      expect((await open(700)).uses.since).toBe(700);
    }
  });

  it('merges what several processes saw at the same time', async () => {
    const module = new URL('../../../src/engine/cleanup/last-used.ts', import.meta.url).href;
    const script = `
      const { openLastUsed } = await import(${JSON.stringify(module)});
      const [folder, number] = process.argv.slice(1);
      for (let round = 0; round < 8; round++) {
        const ledger = await openLastUsed({ folder, engine: ${JSON.stringify(engine)}, now: 1000 + Number(number) });
        ledger.learnArrivals(new Map([['sha256:' + number + '-' + round, 5000 + round]]));
        await ledger.save();
      }`;
    const args = ['--no-warnings', '--input-type=module', '--eval', script, folder];
    await Promise.all([1, 2, 3].map((one) => promisify(execFile)(process.execPath, [...args, String(one)])));
    const { since, images } = JSON.parse(readFileSync(file(), 'utf8'));
    expect(since).toBe(1001);
    expect(Object.keys(images)).toHaveLength(24);
    expect(readdirSync(join(folder, 'last-used'))).toHaveLength(1);
  });
});

it.each([
  ['Exited (0) Less than a second ago', 0],
  ['Exited (137) 5 seconds ago', 5],
  ['Exited (0) About a minute ago', 60],
  ['Exited (1) About an hour ago', 1800],
  ['Exited (0) 3 days ago', 3 * 86_400 - 1800],
  ['Exited (0) 2 weeks ago', 14 * 86_400 - 1800],
])('a container that has %s ended at the latest then', (status, seconds) => {
  expect(endedAt(status, 10_000_000)).toBe(10_000_000 - seconds);
});

it('a container that never ended tells nothing of its end', () => {
  expect(endedAt('Created', 5)).toBe(0);
  expect(endedAt('', 5)).toBe(0);
});
