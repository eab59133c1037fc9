/** Carrying out plans where the world or the connection fails at a moment that no real engine can be held at. */
import { describe, expect, it } from 'vitest';
import type { Engine, EngineKind, RemovalEntry } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type ExecutionResult, executePlan } from '../../src/engine/execute.ts';
import type { Plan, PlannedCall } from '../../src/engine/plan.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { FAMILY, idOf, type MadeImage, stockOf, whole } from './stock-maker.ts';

interface World {
  /** What lists answer at first, and inspecting and later lists from the first call on. */
  readonly before: Stock;
  readonly after?: Stock;
  /** The answer to a call; what the plan expects by default. */
  readonly answer?: (call: PlannedCall) => readonly RemovalEntry[];
}

/** An engine that only has what carrying out a plan asks for. */
function engineOf(world: World, plan: Plan, removed: string[]): Engine {
  const { before, after = before } = world;
  let glances = 0;
  const engine: Pick<Engine, 'info' | 'list' | 'inspect' | 'remove' | 'containers'> = {
    info: { kind: before.kind } as Engine['info'],
    list: async () => [...before.images],
    containers: {
      list: async () => [...(glances++ === 0 ? before : after).containers],
    } as NonNullable<Engine['containers']>,
    inspect: async (target) => {
      const found = after.images.find((image) => image.id === target || image.references.includes(target));
      if (!found) throw new EngineError({ code: 'not-found', message: `no ${target}`, hint: 'look' });
      const references = found.references.filter((name) => !removed.includes(name));
      return { ...found, references } as unknown as Awaited<ReturnType<Engine['inspect']>>;
    },
    remove: async (target) => {
      const call = plan.calls.find((one) => one.target === target)!;
      const entries = [...(world.answer?.(call) ?? call.expected)];
      removed.push(target);
      return entries;
    },
  };
  return engine as Engine;
}

async function carryOut(world: World, plan: Plan): Promise<{ result: ExecutionResult; removed: string[] }> {
  const removed: string[] = [];
  const running = executePlan(engineOf(world, plan, removed), plan);
  for (;;) {
    const step = await running.next();
    if (step.done) return { result: step.value, removed };
  }
}

const TWO_NAMES: MadeImage = { name: 'two', tags: ['a:1', 'b:1'], layers: [['t', 5]] };
const refuse = (): never => {
  throw new EngineError({ code: 'in-use', message: 'in use', hint: 'remove the container' });
};

describe('a name that was to be left', () => {
  const before = stockOf([TWO_NAMES]);
  const plan = planRemoval(before, [{ id: idOf('two'), references: ['a:1'] }]);

  it('must still be there, or the image would go with the other one', async () => {
    expect(plan.weight).toBe('reversible');
    const after = stockOf([{ ...TWO_NAMES, tags: ['a:1'] }]);
    const { result, removed } = await carryOut({ before, after }, plan);
    expect(result).toMatchObject({
      outcome: 'moved',
      reasons: ['b:1 is no longer a name of this image'],
      entries: [],
      freed: { bytes: 0, bound: 'exact' },
    });
    expect(removed).toEqual([]);
  });

  it('may be a digest reference', async () => {
    const digest = `reg.io/x@${idOf('manifest')}`;
    const image = { ...TWO_NAMES, tags: ['a:1'], digests: [digest] };
    const stock = stockOf([image]);
    const names = planRemoval(stock, [{ id: idOf('two'), references: ['a:1'] }]);
    expect((await carryOut({ before: stock }, names)).result.outcome).toBe('done');
    const { result, removed } = await carryOut(
      { before: stock, after: stockOf([{ ...image, digests: [] }]) },
      names,
    );
    expect(result).toMatchObject({ outcome: 'moved', reasons: [expect.stringContaining(digest)] });
    expect(removed).toEqual([]);
  });

  it('is not one that the plan itself took', async () => {
    const both = planRemoval(before, whole('two'));
    const { result, removed } = await carryOut({ before }, both);
    expect(result).toMatchObject({ outcome: 'done', freed: { bytes: 5 } });
    expect(removed).toEqual(['a:1', 'b:1']);
  });

  it('and a new one is told as well', async () => {
    const after = stockOf([{ ...TWO_NAMES, tags: ['a:1', 'b:1', 'c:1'] }]);
    const { result } = await carryOut({ before, after }, plan);
    expect(result).toMatchObject({ outcome: 'moved', reasons: ['c:1 is a new name of this image'] });
  });
});

it('tells what was done when it stops part-way because the world moved', async () => {
  const before = stockOf([{ name: 'one', tags: ['one:1'], layers: [['o', 7]] }, TWO_NAMES]);
  const after = stockOf([{ name: 'one', tags: ['one:1'] }]);
  const plan = planRemoval(before, whole('one', 'two'));
  const { result, removed } = await carryOut({ before, after }, plan);
  expect(removed).toEqual(['one:1']);
  expect(result).toMatchObject({ outcome: 'moved', reasons: ['a:1 is gone'], freed: { bytes: 7 } });
  expect(result.entries).toContainEqual({ action: 'deleted', id: idOf('one') });
});

it('takes no parent along on Podman whose container went in the middle', async () => {
  const images: MadeImage[] = [
    { name: 'step', layers: [['s', 3]] },
    {
      name: 'app',
      tags: ['app:1'],
      parent: 'step',
      layers: [
        ['s', 3],
        ['a', 7],
      ],
    },
  ];
  const before = stockOf(images, { kind: 'podman', containers: [{ name: 'web', image: 'step' }] });
  const plan = planRemoval(before, whole('app'));
  expect(plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : []))).toEqual([idOf('app')]);
  const { result, removed } = await carryOut({ before, after: stockOf(images, { kind: 'podman' }) }, plan);
  expect(result).toMatchObject({
    outcome: 'moved',
    reasons: [expect.stringMatching(/would go as well now$/)],
  });
  expect(removed).toEqual([]);
});

it('looks at the containers again before a call with force', async () => {
  const images: MadeImage[] = [{ name: 'one', tags: ['one:1'], layers: [['o', 7]] }];
  const before = stockOf(images, { containers: [{ name: 'old', image: 'one' }] });
  const plan = planRemoval(before, whole('one'), { force: true });
  expect(plan.calls).toMatchObject([{ force: true }]);
  expect((await carryOut({ before }, plan)).result.outcome).toBe('done');
  const after = stockOf(images, {
    containers: [
      { name: 'old', image: 'one' },
      { name: 'new', image: 'one' },
    ],
  });
  const { result, removed } = await carryOut({ before, after }, plan);
  expect(result).toMatchObject({ outcome: 'moved', reasons: ['containers of one:1 changed'] });
  expect(removed).toEqual([]);
});

it('stops when a name goes that was not planned, though it was one of the image', async () => {
  const before = stockOf([TWO_NAMES]);
  const plan = planRemoval(before, [{ id: idOf('two'), references: ['a:1'] }]);
  const both: RemovalEntry[] = ['a:1', 'b:1'].map((reference) => ({ action: 'untagged', reference }));
  const { result } = await carryOut({ before, answer: () => both }, plan);
  expect(result).toMatchObject({ outcome: 'diverged', reasons: ['b:1 was untagged'] });
});

it('does not take a digest reference for a surprise that goes with the last tag of its repository', async () => {
  const before = stockOf(FAMILY);
  const plan = planRemoval(before, [{ id: idOf('app'), references: ['reg.io/app:1'] }]);
  expect(plan.steps).toHaveLength(2);
  expect((await carryOut({ before }, plan)).result.outcome).toBe('done');
});

it('says that an image may be gone when the connection is closed in the middle of a call', async () => {
  const before = stockOf([{ name: 'one', tags: ['one:1'], layers: [['o', 7]] }, TWO_NAMES]);
  const plan = planRemoval(before, whole('one', 'two'));
  const close = () => {
    throw new EngineError({ code: 'cancelled', message: 'cancelled', hint: '' });
  };
  await expect(carryOut({ before, answer: close }, plan)).rejects.toMatchObject({
    code: 'unreachable',
    message: 'the connection was closed while removing one:1: it may be gone',
    hint: expect.stringContaining('list again'),
  });
});

describe.each<[EngineKind, string]>([
  ['docker-containerd', 'at-least'],
  ['podman', 'about'],
])('what %s frees', (kind, bound) => {
  const before = stockOf(
    [
      { name: 'one', tags: ['one:1'], layers: [['base', 1000]] },
      { name: 'two', tags: ['two:1'], layers: [['base', 1000]] },
    ],
    { kind },
  );
  const plan = planRemoval(before, whole('one', 'two'));

  it('is as planned when all went', async () => {
    expect((await carryOut({ before }, plan)).result.freed).toMatchObject({ bytes: 1000, bound });
  });

  it('is doubtful when an image stays that may hold the layers of another', async () => {
    const answer = (call: PlannedCall) => (call.target === 'one:1' ? refuse() : call.expected);
    const { result } = await carryOut({ before, answer }, plan);
    expect(result.failures).toHaveLength(1);
    expect(result.freed).toMatchObject({
      bound: 'about',
      reason: expect.stringContaining('still there, and may hold some of these layers'),
    });
  });

  it('is nothing for sure when nothing went', async () => {
    const { result } = await carryOut({ before, answer: refuse }, plan);
    expect(result.freed).toEqual({ bytes: 0, bound: 'exact' });
  });
});
