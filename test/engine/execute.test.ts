/** Carrying out plans on a real engine whose world moves at the worst moment. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/engine/connect.ts';
import type { Engine, RemovalEntry } from '../../src/engine/engine.ts';
import { type ExecutionEvent, type ExecutionResult, executePlan } from '../../src/engine/execute.ts';
import type { Plan, PlanOptions } from '../../src/engine/plan.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import { gatherStock } from '../../src/engine/stock.ts';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';

engineGroup('carrying out a plan', 'docker20', () => {
  let server: TestEngine;
  let engine: Engine;
  let maker: ImageMaker;
  let ids: Record<'base' | 'app' | 'lone', string>;

  beforeAll(async () => {
    server = await startEngine('docker20');
    engine = await connect({ endpoint: { address: server.host }, chosenBy: 'the test says so', tried: [] });
    maker = new ImageMaker(server);
  });
  afterAll(async () => {
    await engine.close();
    await server.stop();
  });
  beforeEach(async () => {
    await maker.clear();
    const base = await maker.base('base:1');
    const app = await maker.layered('base:1', 'app', { tags: ['app:1', 'app:2'], bytes: 5000 });
    const lone = await maker.tiny('lone:1', { bytes: 700 });
    ids = { base, app, lone };
  });

  async function planFor(names: readonly (keyof typeof ids)[], options?: PlanOptions): Promise<Plan> {
    return planRemoval(
      await gatherStock(engine),
      names.map((name) => ({ id: ids[name] })),
      options,
    );
  }

  async function run(plan: Plan, on: Engine = engine, during?: (event: ExecutionEvent) => Promise<unknown>) {
    const events: ExecutionEvent[] = [];
    const running = executePlan(on, plan);
    for (;;) {
      const step = await running.next();
      if (step.done) return { events, result: step.value satisfies ExecutionResult };
      events.push(step.value);
      await during?.(step.value);
    }
  }

  const left = async () => (await engine.list()).flatMap((image) => image.references).sort();

  it('tells of each call and ends with what went', async () => {
    const plan = await planFor(['app', 'lone']);
    const { events, result } = await run(plan);
    expect(events.map((event) => event.type)).toEqual([
      'checking',
      ...['removing', 'removed', 'removing', 'removed', 'removing', 'removed'],
    ]);
    expect(result).toMatchObject({ outcome: 'done', failures: [], reasons: [], freed: plan.freed });
    expect(plan.freed.bytes).toBeGreaterThan(5700);
    expect(await left()).toEqual(['base:1']);
  });

  it('does nothing for an empty plan', async () => {
    expect((await run(await planFor([]))).result).toMatchObject({ outcome: 'done', entries: [] });
  });

  describe('does nothing when the world moved since the plan', () => {
    it.each<[string, string, () => Promise<unknown>]>([
      ['a name came', 'the names of app:1 changed', () => maker.tag('app:1', 'app:3')],
      ['a name moved', 'the names of app:1 changed', () => maker.tag('base:1', 'app:2')],
      ['the image went', 'app:1 is gone', () => maker.remove(ids.app, { force: true })],
      ['a container came', 'containers of app:1 changed', () => maker.container('app:1', { start: false })],
      [
        'a child came',
        'other images are built on app:1 now',
        () => maker.layered('app:1', 'more', { tags: ['more:1'] }),
      ],
    ])('%s', async (_, reason, move) => {
      const plan = await planFor(['app', 'lone']);
      await move();
      const before = await left();
      const { events, result } = await run(plan);
      expect(result).toMatchObject({ outcome: 'moved', entries: [], freed: { bytes: 0 }, reasons: [reason] });
      expect(events.map((event) => event.type)).toEqual(['checking']);
      expect(await left()).toEqual(before);
    });
  });

  describe('a parent that something else held', () => {
    let step: string;
    /** Two images on one without a name; the plan is for one of them. */
    const planned = async () => {
      step = await maker.layered('base:1', 'step', { bytes: 900 });
      const one = await maker.layered(step, 'one', { tags: ['one:1'], bytes: 40 });
      await maker.layered(step, 'two', { tags: ['two:1'], bytes: 50 });
      return planRemoval(await gatherStock(engine), [{ id: one }]);
    };
    const letGo = () => maker.remove('two:1', { noPrune: true });
    const isLeft = async () => (await engine.list({ all: true })).some(({ id }) => id === step);

    it('stays when it was let go since the plan, and so does all else', async () => {
      const plan = await planned();
      await letGo();
      const { result } = await run(plan);
      expect(result).toMatchObject({ outcome: 'moved', entries: [] });
      expect(result.reasons).toEqual([expect.stringMatching(/^[0-9a-f]{12} would go as well now$/)]);
      expect(await isLeft()).toBe(true);
      expect(await left()).toContain('one:1');
    });

    it('stays when it is let go in the middle of it', async () => {
      const plan = await planned();
      const { result } = await run(plan, engine, async ({ type }) => {
        if (type === 'removing') await letGo();
      });
      expect(result).toMatchObject({ outcome: 'done', failures: [] });
      expect(await left()).not.toContain('one:1');
      expect(await isLeft()).toBe(true);
    });
  });

  it('goes on when something else moved', async () => {
    const plan = await planFor(['app']);
    await maker.tag('lone:1', 'other:1');
    expect((await run(plan)).result.outcome).toBe('done');
  });

  it('stops when a name means another image in the middle of it', async () => {
    const plan = await planFor(['app', 'lone']);
    const { result } = await run(plan, engine, async (event) => {
      if (event.type === 'removed' && event.call.target === 'app:1') await maker.tag('base:1', 'app:2');
    });
    expect(result).toMatchObject({ outcome: 'moved', reasons: ['app:2 names another image now'] });
    expect(result.entries).toEqual([{ action: 'untagged', reference: 'app:1' }]);
    expect(await left()).toEqual(['app:2', 'base:1', 'lone:1']);
  });

  it('does not take a new name along when it goes by id', async () => {
    await maker.container('lone:1', { start: false });
    const plan = await planFor(['lone'], { force: true });
    expect(plan.calls).toMatchObject([{ target: ids.lone, force: true }]);
    const { result } = await run(plan, engine, async (event) => {
      if (event.type === 'removing') await maker.tag('lone:1', 'late:1');
    });
    expect(result).toMatchObject({
      outcome: 'moved',
      reasons: ['late:1 is a new name of this image'],
      entries: [],
    });
    expect(await left()).toContain('lone:1');
  });

  it('reports what the engine refuses and goes on with other images', async () => {
    const plan = await planFor(['app', 'lone']);
    const { result } = await run(plan, engine, async (event) => {
      if (event.type === 'removing' && event.call.target === 'app:2')
        await maker.container('app:2', { start: false });
    });
    expect(result.outcome).toBe('done');
    expect(result.failures).toMatchObject([{ call: { target: 'app:2' }, error: { code: 'in-use' } }]);
    expect(await left()).toEqual(['app:2', 'base:1']);
    expect(result.freed).toMatchObject({ bound: 'exact' });
    expect(result.freed.bytes).toBeLessThan(plan.freed.bytes);
  });

  it('stops between two calls when it is cancelled', async () => {
    const abort = new AbortController();
    const running = executePlan(engine, await planFor(['app', 'lone']), { signal: abort.signal });
    for (let step = await running.next(); ; step = await running.next()) {
      if (step.done) {
        expect(step.value).toMatchObject({ outcome: 'cancelled', entries: [{ reference: 'app:1' }] });
        break;
      }
      if (step.value.type === 'removed') abort.abort();
    }
    expect(await left()).toEqual(['app:2', 'base:1', 'lone:1']);
  });

  it('stops when the engine goes further than was shown', async () => {
    // No engine does that of its own; this one answers as if another image had gone as well.
    const answer: RemovalEntry = { action: 'deleted', id: ids.base };
    const rogue = wrap(engine, async (...args) => [...(await engine.remove(...args)), answer]);
    const { result } = await run(await planFor(['app', 'lone']), rogue);
    expect(result).toMatchObject({
      outcome: 'diverged',
      reasons: [expect.stringContaining(ids.base.slice(7, 19))],
    });
    expect(await left()).toEqual(['app:2', 'base:1', 'lone:1']);
  });

  it('fails when the engine goes away', async () => {
    const plan = await planFor(['lone']);
    const kill = async (event: ExecutionEvent) => event.type === 'removing' && (await server.kill());
    await expect(run(plan, engine, kill)).rejects.toMatchObject({ code: 'unreachable' });
    await server.restart();
    expect(await left()).toContain('lone:1');
  });
});

/** The same engine with another way to remove. */
function wrap(engine: Engine, remove: Engine['remove']): Engine {
  return new Proxy(engine, {
    get: (target, key) => {
      if (key === 'remove') return remove;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
