/** Clean-ups where something goes wrong at a moment that no real engine can be held at. */
import { expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../../src/engine/cleanup/cleanup-plan.ts';
import { type CleanupResult, executeCleanup } from '../../../src/engine/cleanup/execute-cleanup.ts';
import { WHOLE } from '../../../src/engine/cleanup/marked.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { EngineError } from '../../../src/engine/errors.ts';
import type { Stock } from '../../../src/engine/stock.ts';
import type { Trash } from '../../../src/engine/trash/trash.ts';
import { cacheItem, idOf, stockOf } from '../stock-maker.ts';
import { sceneOf } from './scenes.ts';

const IMAGES = [
  { name: 'app', tags: ['app:1'], layers: [['a', 5] as const] },
  { name: 'lost', layers: [['l', 3] as const] },
];
const made = stockOf(IMAGES, {
  containers: [{ name: 'job', image: 'app', running: true }],
  buildCache: [cacheItem('one', 10, { shared: false }), cacheItem('two', 20, { shared: false })],
});
const stock: Stock = {
  ...made,
  written: Object.fromEntries(made.containers.map(({ id }) => [id, 0])),
};
const plan = planCleanup(
  sceneOf(stock),
  {
    ...NO_MARKS,
    images: new Map([idOf('app'), idOf('lost')].map((id) => [id, WHOLE])),
    buildCache: stock.buildCache!,
  },
  { withContainers: true, canStop: true },
);

interface Faults {
  readonly onStop?: () => void;
  readonly onRemove?: () => void;
  readonly deletedBy?: (id: string) => readonly string[];
  readonly now?: Partial<Stock>;
  readonly trash?: Trash;
  readonly goingWith?: () => Promise<readonly string[]>;
}

async function carryOut(faults: Faults, signal?: AbortSignal) {
  const { onStop, onRemove, deletedBy, now, trash, goingWith } = faults;
  const world = { ...stock, ...now };
  const done: string[] = [];
  const gone = new Set<string>();
  const engine = {
    info: { kind: 'docker-classic' },
    list: async () => world.images.filter(({ id }) => !gone.has(id)),
    diskUsage: async () => ({ buildCacheItems: world.buildCache }),
    inspect: async (target: string) =>
      world.images.find(({ id, references }) => id === target || references.includes(target)),
    remove: async (target: string) => {
      done.push(`image ${target}`);
      const call = plan.images.calls.find((one) => one.target === target)!;
      gone.add(call.id);
      return call.expected;
    },
    buildCache: {
      prune: async ({ filters }: { filters: { id: string[] } }) => {
        done.push(`cache ${filters.id[0]}`);
        const deleted = deletedBy?.(filters.id[0]!) ?? filters.id;
        return { deleted, freed: { bytes: deleted.length * 10, bound: 'exact' } };
      },
    },
    ...(goingWith && { volumes: { goingWith } }),
    containers: {
      list: async () => world.containers.filter(({ id }) => !gone.has(id)),
      stop: async () => {
        done.push('stop');
        onStop?.();
      },
      remove: async (id: string, { keepVolumes }: { keepVolumes: boolean }) => {
        done.push(keepVolumes ? 'container' : 'container with volumes');
        gone.add(id);
        onRemove?.();
      },
    },
  } as unknown as Engine;
  const execution = executeCleanup(engine, plan, { trash, ...(signal && { signal }) });
  for (;;) {
    const next = await execution.next();
    if (next.done) return { done, result: next.value satisfies CleanupResult };
  }
}

it('goes in the order of the plan, and leaves volumes alone', async () => {
  const { done, result } = await carryOut({});
  expect(done).toEqual([
    'stop',
    'container',
    'cache one',
    'cache two',
    'image app:1',
    `image ${idOf('lost')}`,
  ]);
  expect(result).toMatchObject({ outcome: 'done', failures: [], freed: { bytes: 28, bound: 'exact' } });
});

it('removes nothing, no container either, once the trash cannot keep an image', async () => {
  const done: string[] = [];
  const full = new EngineError({ code: 'no-space', message: 'the trash is full', hint: 'make room' });
  const trash = {
    settings: { keep: 1, size: 1 },
    keep: async function* (_: Engine, images: readonly { id: string }[]) {
      done.push(...images.map(({ id }) => id));
      yield { type: 'keeping', done: 0, total: 5, rate: 0, images: images.length };
      throw full;
    },
  } as unknown as Trash;
  const told: string[] = [];
  const work = carryOut({ onStop: () => told.push('stop'), onRemove: () => told.push('remove'), trash });
  await expect(work).rejects.toBe(full);
  expect({ done, told }).toEqual({ done: [idOf('app'), idOf('lost')], told: [] });
});

it('does nothing where stopping a container would take volumes along that were not shown', async () => {
  const { done, result } = await carryOut({ goingWith: async () => ['f'.repeat(64)] });
  expect(done).toEqual([]);
  expect(result).toMatchObject({
    outcome: 'moved',
    reasons: ['job could not be removed'],
    failures: [{ name: 'job', error: { code: 'in-use', message: expect.stringContaining('ffffffffffff') } }],
  });
  const missing = new EngineError({ code: 'not-found', message: 'it is gone', hint: 'look again' });
  expect((await carryOut({ goingWith: () => Promise.reject(missing) })).done).toContain('stop');
});

it('removes no image once what goes before it stayed', async () => {
  const refuse = () => {
    throw new EngineError({ code: 'engine', message: 'it does not end', hint: 'wait' });
  };
  const { done, result } = await carryOut({ onStop: refuse });
  expect(done).toEqual(['stop', 'cache one', 'cache two']);
  expect(result).toMatchObject({
    outcome: 'moved',
    reasons: ['job could not be removed'],
    failures: [{ name: 'job', error: { message: 'it does not end' } }],
    images: undefined,
  });
});

it('takes a container that goes at its end for removed', async () => {
  const onRemove = () => {
    throw new EngineError({ code: 'not-found', message: 'no such container', hint: 'look' });
  };
  const { result } = await carryOut({ onRemove });
  expect(result).toMatchObject({ outcome: 'done', failures: [], containers: [{ name: 'job' }] });
});

it('tells of a record that was kept, and stops where others went with it', async () => {
  const kept = await carryOut({ deletedBy: (id) => (id === 'two' ? [] : [id]) });
  expect(kept.result).toMatchObject({ outcome: 'moved', failures: [{ name: 'build cache two' }] });
  const more = await carryOut({ deletedBy: (id) => [id, 'another'] });
  expect(more.done).toEqual(['stop', 'container', 'cache one']);
  expect(more.result).toMatchObject({ outcome: 'diverged', reasons: ['build cache another was removed'] });
});

it('does nothing where the engine changed before it began', async () => {
  const { done, result } = await carryOut({ now: { containers: [] } });
  expect(done).toEqual([]);
  expect(result).toMatchObject({ outcome: 'moved', reasons: ['container job is gone'], freed: { bytes: 0 } });
});

it('ends between two steps when it is cancelled', async () => {
  const stop = new AbortController();
  const { done, result } = await carryOut({ onStop: () => stop.abort() }, stop.signal);
  expect(done).toEqual(['stop', 'container']);
  expect(result).toMatchObject({ outcome: 'cancelled', containers: [{ name: 'job' }] });
});

it('goes on when the engine is gone only as far as it said', async () => {
  const lost = () => {
    throw new EngineError({ code: 'unreachable', message: 'gone', hint: 'start it' });
  };
  await expect(carryOut({ onStop: lost })).rejects.toMatchObject({ code: 'unreachable' });
});
