import { describe, expect, test } from 'vitest';
import { createTransferFold, overallOf, type TransferProgress } from '../../../src/app/transfer-progress.ts';
import type { TransferEvent, TransferStage } from '../../../src/engine/transfer.ts';
import { DRAWN_EVENTS } from '../acme-jobs.ts';

type Told = readonly [id: string, stage: TransferStage, done?: number, total?: number];

function folded(told: readonly Told[], pause = 100): TransferProgress {
  const fold = createTransferFold();
  for (const [index, [id, stage, done = 0, total]] of told.entries())
    fold.add({ type: 'part', id, stage, done, total }, index * pause);
  return fold.progress(told.length * pause);
}

const rows = (progress: TransferProgress): string[] =>
  progress.parts.map((part) => `${part.id} ${part.stage} ${part.moved}/${part.size ?? '?'}`);

test('the drawn pull ends as it is drawn', () => {
  const fold = createTransferFold();
  for (const [at, event] of DRAWN_EVENTS) fold.add(event, at);
  const progress = fold.progress(8_200);
  expect(rows(progress)).toMatchInlineSnapshot(`
    [
      "2a9f10cc31be present 0/0",
      "be0177d2aa10 present 0/0",
      "0c77f0219e44 present 0/0",
      "51d7ab330201 present 0/0",
      "9e02cc771035 done 31400000/31400000",
      "4410bfae2187 downloading 41911800/58700000",
      "d90e11c2bbf0 downloading 12231050/40300000",
      "07aa55e1c0d2 waiting 0/9600000",
    ]
  `);
  expect(progress.parts[4]!.worked).toBe('unpacking');
  expect(progress.resolved).toEqual({
    reference: 'ghcr.io/acme/web-api:1.6.0',
    digest: `sha256:77aa${'0'.repeat(56)}02c1`,
    platform: 'linux/amd64',
  });
  const { share, left, ...rest } = overallOf(progress);
  expect(rest).toEqual({ phase: 'moving', moved: 85_542_850, total: 140_000_000, known: true });
  expect(share).toBeCloseTo(0.611, 3);
  expect(left).toBeGreaterThan(4);
  expect(left).toBeLessThan(9);
});

describe('a part is one row for its whole life', () => {
  test('in the order in which parts were first told, whatever comes later', () => {
    const progress = folded([
      ['a', 'waiting'],
      ['b', 'waiting'],
      ['c', 'waiting'],
      ['c', 'downloading', 5, 10],
      ['a', 'downloading', 1, 20],
      ['c', 'done'],
      ['b', 'present'],
      ['d', 'downloading', 1, 2],
    ]);
    expect(rows(progress)).toEqual([
      'a downloading 1/20',
      'b present 0/0',
      'c done 10/10',
      'd downloading 1/2',
    ]);
  });

  test('unpacking and checking do not take back what has moved', () => {
    const progress = folded([
      ['a', 'downloading', 10, 10],
      ['a', 'checking'],
      ['a', 'unpacking', 3, 40],
    ]);
    expect(rows(progress)).toEqual(['a unpacking 10/10']);
  });

  test('a retry keeps what has come, and may begin again from nothing', () => {
    const before: Told[] = [
      ['a', 'downloading', 6, 10],
      ['a', 'retrying'],
    ];
    expect(rows(folded(before))).toEqual(['a retrying 6/10']);
    expect(rows(folded([...before, ['a', 'downloading', 0, 10]]))).toEqual(['a downloading 0/10']);
  });

  test('one whose size nobody knew is as big as it was told to be at its end', () => {
    expect(
      rows(
        folded([
          ['a', 'writing', 22],
          ['a', 'done', 24, 24],
        ]),
      ),
    ).toEqual(['a done 24/24']);
  });

  test('one that was never told in bytes is done with what it last told', () => {
    expect(
      rows(
        folded([
          ['a', 'downloading', 7],
          ['a', 'done'],
        ]),
      ),
    ).toEqual(['a done 7/7']);
    expect(
      rows(
        folded([
          ['a', 'waiting'],
          ['a', 'done'],
        ]),
      ),
    ).toEqual(['a done 0/0']);
  });
});

describe('all parts together', () => {
  test('no share while a size is not known: only what is known', () => {
    const overall = overallOf(
      folded([
        ['a', 'downloading', 5, 10],
        ['b', 'waiting'],
      ]),
    );
    expect(overall).toEqual({
      phase: 'moving',
      moved: 5,
      total: 10,
      known: false,
      share: undefined,
      left: undefined,
    });
  });

  test('what is there already counts for nothing', () => {
    const overall = overallOf(
      folded([
        ['a', 'present', 0, 1_000],
        ['b', 'downloading', 5, 10],
      ]),
    );
    expect(overall).toMatchObject({ moved: 5, total: 10, share: 0.5 });
  });

  test('unpacking goes on after the last byte, and has a share of its own', () => {
    const overall = overallOf(
      folded([
        ['a', 'downloading', 60, 60],
        ['b', 'downloading', 40, 40],
        ['a', 'unpacking', 30, 60],
      ]),
    );
    expect(overall).toMatchObject({ phase: 'unpacking', moved: 100, total: 100, share: 0.3 });
  });

  test('unpacking that is told in seconds has a share by the parts that are done', () => {
    const fold = createTransferFold();
    const events: TransferEvent[] = [
      { type: 'part', id: 'a', stage: 'downloading', done: 60, total: 60 },
      { type: 'part', id: 'b', stage: 'downloading', done: 40, total: 40 },
      { type: 'part', id: 'a', stage: 'done', done: 0, total: undefined },
      { type: 'part', id: 'b', stage: 'unpacking', done: 0, total: undefined, seconds: 12 },
    ];
    for (const event of events) fold.add(event, 0);
    expect(overallOf(fold.progress(1))).toMatchObject({ phase: 'unpacking', share: 0.6 });
    expect(fold.progress(1).parts[1]).toMatchObject({ seconds: 12 });
  });

  test('nothing told yet, and everything done', () => {
    expect(overallOf(folded([]))).toMatchObject({ phase: 'starting', share: undefined });
    expect(
      overallOf(
        folded([
          ['a', 'downloading', 3, 3],
          ['a', 'done'],
        ]),
      ),
    ).toMatchObject({
      phase: 'finishing',
      share: 1,
    });
  });
});

test('bytes that come in a few big steps count from the first step on', () => {
  const fold = createTransferFold();
  const at = (time: number, id: string, done: number): void =>
    fold.add({ type: 'part', id, stage: 'downloading', done, total: 10_000_000 }, time);
  fold.add({ type: 'part', id: 'a', stage: 'waiting', done: 0, total: undefined }, 0);
  at(1_000, 'a', 3_000_000);
  at(1_000, 'b', 3_000_000);
  at(2_000, 'a', 6_000_000);
  at(2_000, 'b', 6_000_000);
  expect(fold.progress(2_000).rate! / 6_000_000).toBeCloseTo(1, 0);
});

test('what a resumed part begins with is no speed', () => {
  const fold = createTransferFold();
  fold.add({ type: 'part', id: 'a', stage: 'waiting', done: 0, total: 1_000_000_000 }, 0);
  fold.add(
    {
      type: 'part',
      id: 'a',
      stage: 'downloading',
      done: 900_000_000,
      total: 1_000_000_000,
      note: 'resumed at 900.0 MB',
    },
    100,
  );
  for (let step = 1; step <= 20; step++) {
    const done = 900_000_000 + step * 100_000;
    fold.add({ type: 'part', id: 'a', stage: 'downloading', done, total: 1_000_000_000 }, 100 + step * 100);
  }
  const { rate, parts } = fold.progress(2_100);
  expect(rate! / 1_000_000).toBeCloseTo(1, 0);
  expect(parts[0]!.rate! / 1_000_000).toBeCloseTo(1, 0);
});
