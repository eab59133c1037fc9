/** The engine dies in the middle of a clean-up: what was told to have happened is what is so after its restart. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { NO_MARKS, planCleanup } from '../../src/engine/cleanup/cleanup-plan.ts';
import { type CleanupEvent, executeCleanup } from '../../src/engine/cleanup/execute-cleanup.ts';
import { WHOLE } from '../../src/engine/cleanup/marked.ts';
import { NO_PINS } from '../../src/engine/cleanup/pins.ts';
import { NO_USES } from '../../src/engine/cleanup/uses.ts';
import { asEngineError } from '../../src/engine/errors.ts';
import type { RecordedChange } from '../../src/engine/undo/change.ts';
import { openChangeJournal } from '../../src/engine/undo/change-journal.ts';
import { journaled } from '../../src/engine/undo/journaling.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { describeStock, type Ground, gather, onRandomEngine } from './random-ground.ts';
import { isOver, record, timeLimit, times } from './soak.ts';

const DEATHS = times(50, 3);

onRandomEngine(
  'faults',
  'docker20',
  (get) => {
    it(`${DEATHS} deaths of the engine are told as they were`, {
      timeout: timeLimit(3 * DEATHS),
    }, async () => {
      const folder = scratchFolder();
      const met = { deaths: 0, done: 0, open: 0, untouched: 0 };
      const isEnough = () => met.done > 0 && met.untouched > 0;
      try {
        for (let attempt = 0; !isOver(met.deaths, DEATHS, isEnough); attempt++) {
          expect(attempt).toBeLessThan(15 * DEATHS);
          await oneDeath(get(), join(folder, String(attempt)), met);
        }
      } finally {
        await removeScratch(folder);
      }
      expect(isEnough(), JSON.stringify(met)).toBe(true);
      record('faults', 'docker20', met);
    });
  },
  { quick: true },
);

async function oneDeath(
  ground: Ground,
  folder: string,
  met: Record<'deaths' | 'done' | 'open' | 'untouched', number>,
) {
  const { world, pick, server } = ground;
  await world.stir(14);
  const stock = await gather(ground);
  const journal = openChangeJournal({ folder });
  const engine = journaled(ground.engine, journal);
  const images = new Map(stock.images.filter(() => pick(4) > 0).map(({ id }) => [id, WHOLE] as const));
  const scene = { stock, uses: NO_USES, pins: NO_PINS, now: Math.floor(Date.now() / 1000) };
  const plan = planCleanup(
    scene,
    { ...NO_MARKS, images },
    { withContainers: true, withChildren: true, canStop: true },
  );
  const { calls } = plan.images;
  if (calls.length < 3) return;

  const events: CleanupEvent[] = [];
  const run = executeCleanup(engine, plan);
  // Some moments after a call is begun, so that the engine dies before it, in it, or after it.
  const last = pick(calls.length);
  let death: Promise<void> | undefined;
  let error: unknown;
  try {
    for (;;) {
      const step = await run.next();
      if (step.done) break;
      events.push(step.value);
      if (step.value.type === 'removing' && step.value.index === last) {
        death = sleep(pick(40)).then(() => server.kill());
      }
    }
  } catch (thrown) {
    error = thrown;
  }
  await death;
  await server.restart();
  // It had done all before it died, or never came to the call.
  if (error === undefined || death === undefined) return;
  const story = () => [...describeStock(stock), ...events.map((event) => JSON.stringify(event))].join('\n');
  expect(asEngineError(error).code, story()).toBe('unreachable');
  met.deaths++;

  const now = await ground.engine.list({ all: true });
  const ids = new Set(now.map(({ id }) => id));
  const names = new Set(
    now.flatMap(({ id, references, digests }) => [...references, ...digests].map((name) => `${name} ${id}`)),
  );
  const told = events.flatMap((event) => (event.type === 'removed' ? [event] : []));
  for (const { call, entries } of told) {
    met.done++;
    for (const entry of entries) {
      const isLeft =
        entry.action === 'deleted' ? ids.has(entry.id) : names.has(`${entry.reference} ${call.id}`);
      expect(isLeft, `${JSON.stringify(entry)} is still there\n${story()}`).toBe(false);
    }
  }
  const begun = events.flatMap((event) => (event.type === 'removing' ? [event.call] : []));
  const isBegun = new Set(begun);
  // What was begun may have taken what later calls were for: a name by digest with the last tag, a parent.
  const taken = new Set(
    begun.flatMap(({ expected, id }) =>
      expected.map((entry) => (entry.action === 'untagged' ? `${entry.reference} ${id}` : entry.id)),
    ),
  );
  for (const call of calls.filter((one) => !isBegun.has(one))) {
    met.untouched++;
    const wanted = call.target === call.id ? call.id : `${call.target} ${call.id}`;
    expect(
      ids.has(wanted) || names.has(wanted) || taken.has(wanted),
      `${call.target} went untold\n${story()}`,
    ).toBe(true);
  }
  met.open += begun.length - told.length;

  const changes = (await journal.list())
    .flatMap((act) => act.changes)
    .filter(({ change }) => change.action === 'remove');
  expectAgreement(changes, { ids, names }, story);
  expect(changes.filter(({ state }) => state === 'done').length, story()).toBe(told.length);
  expect(changes.filter(({ state }) => state !== 'done').length, story()).toBeLessThanOrEqual(
    begun.length - told.length,
  );
}

/** What the journal says is done is done; what it does not know is the one call that was cut off. */
function expectAgreement(
  changes: readonly RecordedChange[],
  { ids, names }: { ids: ReadonlySet<string>; names: ReadonlySet<string> },
  story: () => string,
): void {
  for (const { state, change, end } of changes) {
    expect(['done', 'unknown'], story()).toContain(state);
    for (const entry of state === 'done' ? end!.entries : []) {
      if (entry.action === 'deleted') expect(ids.has(entry.id), story()).toBe(false);
      else expect(names.has(`${entry.reference} ${change.images[0]!.id}`), story()).toBe(false);
    }
  }
}
