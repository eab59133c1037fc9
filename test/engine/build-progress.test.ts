import { expect, test } from 'vitest';
import type { BuildEvent, BuildStep } from '../../src/engine/build.ts';
import { type BuildProgress, createBuildFold, NO_BUILD } from '../../src/engine/build-progress.ts';

let clock = 0;

function step(
  id: string,
  stage: string,
  position: number | undefined,
  change: Partial<BuildStep> = {},
): BuildStep {
  return {
    type: 'step',
    id,
    name: `${id} of ${stage}`,
    stage,
    position,
    of: position === undefined ? undefined : 2,
    internal: stage === '',
    inputs: [],
    state: 'waiting',
    startedAt: undefined,
    endedAt: undefined,
    error: '',
    ...change,
  };
}

const running = (startedAt: number): Partial<BuildStep> => ({ state: 'running', startedAt });
const done = (startedAt: number, endedAt: number): Partial<BuildStep> => ({
  state: 'done',
  startedAt,
  endedAt,
});

function folded(...events: readonly BuildEvent[]): BuildProgress {
  const fold = createBuildFold();
  for (const event of events) fold.add(event, ++clock);
  return fold.progress();
}

const shape = (progress: BuildProgress): string[] =>
  progress.steps.map(({ number, id }) => `${number} ${id}`);

test('nothing told is nothing shown', () => {
  expect(createBuildFold().progress()).toBe(NO_BUILD);
});

/** As BuildKit tells them: the last stage first, each stage from its end. */
const STAGES = [
  step('r2', 'runtime', 2, { inputs: ['r1', 'a2', 'd2'] }),
  step('r1', 'runtime', 1),
  step('a2', 'assets', 2, { inputs: ['a1'] }),
  step('a1', 'assets', 1, { inputs: ['d2'] }),
  step('d2', 'deps', 2, { inputs: ['d1'] }),
  step('d1', 'deps', 1),
];

test('stages come after those they need, steps in the order of their stage, whatever was told first', () => {
  const progress = folded(...STAGES);
  expect(progress.stages.map(({ name, needs }) => [name, needs])).toEqual([
    ['deps', []],
    ['assets', ['deps']],
    ['runtime', ['assets', 'deps']],
  ]);
  expect(shape(progress)).toEqual(['1 d1', '2 d2', '3 a1', '4 a2', '5 r1', '6 r2']);
});

test('stages stand in the same order, in whatever order they are told', () => {
  const told = [
    step('r3', 'runtime', 3, { inputs: ['r2', 't1'] }),
    step('r2', 'runtime', 2, { inputs: ['r1', 'a1'] }),
    step('r1', 'runtime', 1),
    step('t1', 'test', 1, { inputs: ['d1'] }),
    step('a1', 'assets', 1, { inputs: ['d1'] }),
    step('d1', 'deps', 1),
  ];
  for (let turn = 0; turn < told.length; turn++) {
    const turned = [...told.slice(turn), ...told.slice(0, turn)];
    for (const events of [turned, turned.toReversed()])
      expect(shape(folded(...events))).toEqual(['1 d1', '2 a1', '3 t1', '4 r1', '5 r2', '6 r3']);
  }
});

test('where the Dockerfile is known, its order holds', () => {
  const fold = createBuildFold();
  for (const event of STAGES) fold.add(event, 1);
  fold.arrange(['runtime', 'unused', 'assets', 'deps']);
  expect(fold.progress().stages.map(({ name }) => name)).toEqual(['runtime', 'assets', 'deps']);
});

test('internal steps stand before what they prepare and after what they finish, and have no number', () => {
  const events = [
    step('d1', 'deps', 1, done(20, 30)),
    step('load', '', undefined, done(1, 2)),
    step('export', '', undefined, running(40)),
    step('meta', '', undefined, done(10, 12)),
  ];
  expect(shape(folded(...events))).toEqual(['0 load', '0 meta', '1 d1', '0 export']);
  expect(shape(folded(step('load', '', undefined)))).toEqual(['0 load']);
});

test('a step keeps its number while it changes, and its object while it does not', () => {
  const fold = createBuildFold();
  for (const event of STAGES) fold.add(event, 1);
  const before = fold.progress();
  expect(fold.progress()).toBe(before);
  fold.add(step('d1', 'deps', 1, running(5)), 6);
  const after = fold.progress();
  expect(shape(after)).toEqual(shape(before));
  expect(after.steps[0]).toMatchObject({ id: 'd1', state: 'running', number: 1 });
  expect(after.steps[1]).toBe(before.steps[1]);
  fold.add({ type: 'log', step: 'd1', stream: 'out', text: 'hello' }, 7);
  fold.add({ type: 'log', step: 'nobody', stream: 'out', text: 'lost' }, 7);
  expect(fold.progress().steps.map(({ lines }) => lines)).toEqual([1, 0, 0, 0, 0, 0]);
});

test('the state of a stage, from its first step to its last', () => {
  const stage = (...changes: readonly Partial<BuildStep>[]) =>
    folded(...changes.map((change, index) => step(`s${index}`, 'x', index + 1, change))).stages[0];
  const cached = { state: 'cached', startedAt: 1, endedAt: 1 } as const;
  expect(stage(cached, { ...cached, endedAt: 3 })).toMatchObject({
    state: 'cached',
    startedAt: 1,
    endedAt: 3,
  });
  expect(stage(cached, done(4, 9))).toMatchObject({ state: 'done', startedAt: 1, endedAt: 9 });
  expect(stage(done(1, 2), {})).toMatchObject({ state: 'waiting', startedAt: 1, endedAt: undefined });
  expect(stage(done(1, 2), running(2))).toMatchObject({ state: 'running', endedAt: undefined });
  expect(stage(done(1, 2), { ...done(2, 4), state: 'failed' }, {})).toMatchObject({
    state: 'failed',
    endedAt: 4,
  });
  expect(stage({})).toMatchObject({ state: 'waiting', startedAt: undefined });
});

test('the current step is the running one that began first; between two steps the last one stays', () => {
  const fold = createBuildFold();
  for (const event of STAGES) fold.add(event, 1);
  fold.add(step('d1', 'deps', 1, running(5)), 5);
  fold.add(step('r1', 'runtime', 1, running(3)), 5);
  expect(fold.progress().current).toBe('r1');
  fold.add(step('r1', 'runtime', 1, done(3, 6)), 6);
  expect(fold.progress().current).toBe('d1');
  fold.add(step('d1', 'deps', 1, done(5, 7)), 7);
  expect(fold.progress().current).toBe('d1');
  fold.add(step('export', '', undefined, running(8)), 8);
  expect(fold.progress().current).toBe('export');
});

test('steps are counted as the builder counts them, and none that it never tells', () => {
  // Two stages share their base: BuildKit tells one step for both.
  const shared = [step('d1', 'deps', 1), step('r2', 'runtime', 2), step('load', '', undefined)];
  expect(folded(...shared).counts).toEqual({ total: 2, started: 0, done: 0, cached: 0 });
  // Over the whole build.
  const classic = [
    step('1', 'deps', 1, { ...done(1, 2), of: 9 }),
    step('4', '1', 4, { ...running(2), of: 9 }),
  ];
  expect(folded(...classic).counts).toEqual({ total: 9, started: 2, done: 1, cached: 0 });
  // Within each stage.
  const buildah = [
    step('1', 'deps', 1, { state: 'cached', startedAt: 1, endedAt: 1, of: 3 }),
    step('2', '1', 1, { ...running(2), of: 4 }),
  ];
  expect(folded(...buildah).counts).toEqual({ total: 7, started: 2, done: 1, cached: 1 });
});

test('a build that is over runs no more, whatever was told last', () => {
  for (const [outcome, state] of [
    ['done', 'done'],
    ['failed', 'cancelled'],
    ['cancelled', 'cancelled'],
  ] as const) {
    const fold = createBuildFold();
    fold.add(step('a', 'x', 1, { ...done(1, 2), state: 'failed', error: 'boom' }), 2);
    fold.add(step('b', 'y', 1, running(1)), 2);
    fold.add(step('c', 'y', 2), 2);
    fold.end(outcome, 9);
    const progress = fold.progress();
    expect(progress.steps.map((each) => each.state)).toEqual(['failed', state, 'waiting']);
    expect(progress.steps[1]).toMatchObject({ endedAt: 9 });
    expect(progress.failed).toBe('a');
  }
});

test('a step that begins again is running again', () => {
  const progress = folded(step('a', 'x', 1, done(1, 2)), step('a', 'x', 1, running(1)));
  expect(progress.steps[0]).toMatchObject({ state: 'running' });
  expect(progress.counts).toMatchObject({ started: 1, done: 0 });
});

test('work inside a step, warnings once each, and the context', () => {
  const part = (id: string, count: number): BuildEvent => ({
    type: 'inside',
    step: 'a',
    id,
    name: `downloading ${id}`,
    done: count,
    total: 10,
    ended: count === 10,
  });
  const warning: BuildEvent = { type: 'warning', text: 'Casing', detail: [], url: '', file: '', line: 3 };
  const progress = folded(
    step('a', 'x', 1, running(1)),
    part('one', 2),
    part('two', 4),
    part('one', 10),
    { ...part('lost', 1), step: 'nobody' } as BuildEvent,
    warning,
    warning,
    { ...warning, line: 4 } as BuildEvent,
    { type: 'part', id: 'context', stage: 'uploading', done: 70, total: undefined },
    { type: 'line', topic: 'engine', text: 'Successfully tagged app:1' },
  );
  expect(progress.steps[0]!.inside.map(({ id, done: count, ended }) => [id, count, ended])).toEqual([
    ['one', 10, true],
    ['two', 4, false],
  ]);
  expect(progress.warnings.map(({ line }) => line)).toEqual([3, 4]);
  expect(progress.context).toEqual({ bytes: 70, done: false });
});

test('an engine whose clock is behind or ahead is known by what it tells first of a moment', () => {
  const fold = createBuildFold();
  fold.add(step('a', 'x', 1, running(1_000)), 61_040);
  fold.add(step('a', 'x', 1, done(1_000, 3_000)), 63_010);
  expect(fold.progress().behind).toBe(60_010);
});
