/** What a clean-up's result tells when something goes wrong at a moment that no real engine can be held at. */
import { expect, test } from 'vitest';
import { resultTop } from '../../src/app/clean-up-result.ts';
import { reviewCleanup } from '../../src/app/clean-up-review.ts';
import type { Job } from '../../src/app/jobs.ts';
import type { PlanDialog } from '../../src/app/overlay.ts';
import type { RemovalRecord } from '../../src/app/removal-record.ts';
import { resultText } from '../../src/app/result-rows.ts';
import type { AppState } from '../../src/app/state.ts';
import { EMPTY_FIELD } from '../../src/app/text-field.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type AcmeApp, acmeApp, acmeState, DRAWN_MARKS, INFO } from './acme-app.ts';
import { CLEANING_STOCK, LOST } from './acme-removals.ts';
import { acmeId } from './acme-store.ts';
import { type Faults, type PlannedEngine, plannedEngine } from './planned-engine.ts';

const SIZE = { columns: 120, rows: 36 };

interface Ground extends PlannedEngine {
  readonly app: AcmeApp;
}

/** The drawn marks on an engine that does as planned, but for its faults. */
function ground(faults: Faults = {}, change: Partial<AppState> = {}): Ground {
  const planned = plannedEngine(CLEANING_STOCK, faults);
  const app = acmeApp(acmeState(SIZE, { stock: CLEANING_STOCK, ...change }), {}, planned.engine);
  planned.learn(app);
  app.session.freshStock = () => Promise.resolve(CLEANING_STOCK);
  return { ...planned, app };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function dialog({ app }: Ground): PlanDialog | undefined {
  const { overlay } = app.store.get();
  return overlay?.kind === 'plan' ? overlay.dialog : undefined;
}

/** Until the newest job has ended and everything after it is told. */
async function ended({ app }: Ground): Promise<Job & { readonly removal: RemovalRecord }> {
  for (let turns = 0; turns < 500; turns++) {
    await settled();
    const [job] = app.store.get().jobs;
    if (job?.endedAt === undefined || app.session.works.size > 0) continue;
    for (let more = 0; more < 10; more++) await settled();
    const [last] = app.store.get().jobs;
    return last as Job & { removal: RemovalRecord };
  }
  throw new Error('the job does not end');
}

async function answered(at: Ground): Promise<void> {
  await settled();
  at.app.type('delete');
  at.app.press('enter');
}

/** `d` on the marked images, answered by the word. */
async function deleting(at: Ground): Promise<Job & { readonly removal: RemovalRecord }> {
  at.app.press('d');
  await answered(at);
  return await ended(at);
}

/** The engine is connected anew. */
async function back(at: Ground): Promise<void> {
  const engine = at.revive();
  at.app.session.engine = () => engine;
  at.app.store.update((state) => ({ ...state, connection: { status: 'connected', info: INFO } }));
  for (let turns = 0; turns < 10; turns++) await settled();
}

const statuses = ({ items }: RemovalRecord): string => items.map(({ status }) => status).join(' ');

test('everything goes: planned and freed are the same bytes, and the engine says so too', async () => {
  const at = ground();
  const { removal, status } = await deleting(at);
  expect(status).toBe('done');
  expect(statuses(removal)).toBe('done done done done done');
  expect(removal.freed).toEqual({ bytes: 7_955_100_160, bound: 'exact' });
  expect(removal.items.reduce((sum, { freed }) => sum + freed, 0)).toBe(7_955_100_160);
  const { before, after } = removal.totals;
  expect(before!.layersTotal.bytes - after!.layersTotal.bytes).toBe(7_955_100_160);
  expect(at.app.store.get().result).toEqual({ job: expect.any(String), top: 0 });
  expect(at.app.store.get().marks.size).toBe(0);
  expect(resultText(removal)).toContain('Everything went as planned: 7,955,100,160 bytes to the byte.');
});

test('what the engine counts on is no success where freed bytes are only a bound', async () => {
  const { removal } = await deleting(ground());
  const { totals } = removal;
  const freed = { ...removal.freed, bound: 'about', reason: 'the build cache may hold some layers' } as const;
  expect(resultText({ ...removal, freed })).toContain('Everything went as planned: 7,955,100,160 bytes.');
  const held = { ...removal, freed, totals: { ...totals, after: totals.before } };
  expect(resultText(held)).toContain(
    "Everything went, but the engine's totals fell by 0 B, not by ≈7.96 GB.",
  );
});

test('without a journal no key is promised that takes it back', async () => {
  const { removal } = await deleting(ground());
  expect(resultText(removal)).toContain('J lists every change');
  const without = { ...removal, shown: { ...removal.shown, journaled: false } };
  expect(resultText(without)).not.toMatch(/J lists|z takes/);
  expect(resultText(without)).toContain('by being pulled again');
});

test('a connection that is closed under it is an engine that went away: nobody cancelled', async () => {
  const at = ground();
  at.app.session.engine()!.diskUsage = () =>
    Promise.reject(new EngineError({ code: 'cancelled', message: 'closed', hint: '', retryable: false }));
  const { removal, status } = await deleting(at);
  expect(status).toBe('failed');
  expect(removal.outcome).toBe('lost');
  expect(resultText(removal)).not.toContain('Cancelled');
});

test('the engine dies in the middle: what was done, what is not known, what was not reached', async () => {
  const at = ground({
    before: (nth) => {
      if (nth === 3) throw LOST;
    },
  });
  const { removal, status } = await deleting(at);
  expect(status).toBe('failed');
  expect(removal.outcome).toBe('lost');
  expect(statuses(removal)).toBe('done done unsure waiting waiting');
  // Both images that share a layer are gone, so that layer is as well.
  expect(removal.freed).toMatchObject({ bytes: 7_797_000_160, bound: 'exact' });
  expect(at.app.store.get().result).toBeDefined();
  expect(resultText(removal)).toContain('The engine went away in the middle');
  expect(removal.totals.after).toBeUndefined();
  // It is back: its totals are counted, and what was not known is looked up.
  await back(at);
  const after = at.app.store.get().jobs[0]!.removal!;
  expect(statuses(after)).toBe('done done waiting waiting waiting');
  expect(after.items[2]).toMatchObject({ note: 'still there' });
  expect(after.totals.before!.layersTotal.bytes - after.totals.after!.layersTotal.bytes).toBe(7_797_000_160);
});

test('what the engine did before it died without an answer is found gone', async () => {
  const at = ground({
    answer: (nth, expected) => {
      if (nth === 3) throw LOST;
      return expected;
    },
  });
  const { removal } = await deleting(at);
  expect(statuses(removal)).toBe('done done unsure waiting waiting');
  await back(at);
  const after = at.app.store.get().jobs[0]!.removal!;
  expect(statuses(after)).toBe('done done done waiting waiting');
  expect(after.freed).toMatchObject({ bytes: 7_877_800_160, bound: 'about' });
  expect(after.freed.reason).toContain('web-api:1.5.0-rc1');
});

test('a refusal stands at its image with the next step, and the rest can be planned again', async () => {
  const refusal = new EngineError({ code: 'in-use', message: 'api-old runs on it', hint: 'Stop api-old.' });
  const at = ground({
    before: (_nth, target) => {
      if (target.endsWith(':1.4.2')) throw refusal;
    },
  });
  const { removal, status, note } = await deleting(at);
  expect(status).toBe('failed');
  expect(note).toBe('1 refusal, freed 7.92 GB');
  expect(statuses(removal)).toBe('done done done failed done');
  const text = resultText(removal);
  expect(text).toMatch(
    /✗ ghcr.io\/acme\/web-api:1.4.2.*\n\s+why\s+api-old runs on it\n\s+try\s+Stop api-old\./,
  );
  expect(text).toContain('38.9 MB less than planned: 1 thing of 5 did not go');
  expect(at.app.store.get().lastError).toBe(refusal);
  at.app.press('r');
  await settled();
  expect(dialog(at)?.shown?.plan.images.targets).toEqual([{ id: acmeId('ghcr.io/acme/web-api:1.4.2') }]);
});

test('an engine that does more than was shown is stopped, and the page says what it did', async () => {
  const innocent = acmeId('redis:8-alpine');
  const at = ground({
    answer: (nth, expected) => (nth === 2 ? [...expected, { action: 'deleted', id: innocent }] : expected),
  });
  const { removal, status } = await deleting(at);
  expect(status).toBe('failed');
  expect(removal.outcome).toBe('diverged');
  expect(at.removed).toHaveLength(2);
  expect(resultText(removal)).toContain('Stopped, because the engine did more than was shown: image');
});

test('cancelling stops between two steps', async () => {
  const at = ground({
    before: (nth) => {
      if (nth === 2) at.app.session.works.values().next().value!.cancel.abort();
    },
  });
  const { removal, status } = await deleting(at);
  expect(status).toBe('cancelled');
  expect(statuses(removal)).toBe('done done waiting waiting waiting');
  expect(at.removed).toHaveLength(2);
  expect(at.app.store.get().result).toBeDefined();
});

test('what moved between plan and answer is planned and asked again; nothing goes', async () => {
  const at = ground();
  at.app.press('d');
  await settled();
  at.change(acmeId('acme/ml-train:old'), { references: ['acme/ml-train:old', 'acme/ml-train:new'] });
  at.app.type('delete');
  at.app.press('enter');
  await ended(at);
  expect(at.removed).toEqual([]);
  expect(dialog(at)?.notice).toBe(
    'Planned again, because meanwhile the names of acme/ml-train:old changed: nothing was deleted.',
  );
  expect(at.app.store.get().result).toBeUndefined();
});

test('nobody who types is interrupted: a line tells, and the job on screen 4 opens the page', async () => {
  const at = ground({
    before: (nth) => {
      if (nth === 1) at.app.store.update((state) => ({ ...state, field: EMPTY_FIELD }));
    },
  });
  await deleting(at);
  expect(at.app.store.get().result).toBeUndefined();
  expect(at.app.store.get().toast?.text).toBe(
    'deleted 5 images, freed 7.96 GB as planned · 4 enter shows all of it',
  );
  at.app.press('esc', '4', 'enter');
  expect(at.app.store.get().result).toBeDefined();
  at.app.press('esc');
  expect(at.app.store.get()).toMatchObject({ result: undefined, screen: 'jobs' });
});

test('one image is told in a line, and its page can be had from the job', async () => {
  const at = ground({}, { marks: new Set([acmeId('acme/ml-train:old')]) });
  const { removal } = await deleting(at);
  expect(at.app.store.get().result).toBeUndefined();
  expect(at.app.store.get().toast?.text).toMatch(/^deleted 1 image, freed 6.07 GB as planned/);
  // Nobody waits for totals of one image.
  expect(removal.totals.before).toBeUndefined();
  at.app.press('4', 'enter');
  expect(at.app.store.get().result).toBeDefined();
});

test('a deletion that a registry can give back says which key does that', async () => {
  const at = ground({}, { marks: new Set([acmeId('nginx:1.29')]) });
  at.app.press('d');
  await settled();
  at.app.press('y');
  await ended(at);
  expect(at.app.store.get().toast?.text).toMatch(/ as planned · z brings it back$/);
});

test('a clean-up takes containers, build cache and images in this order, after the word', async () => {
  const at = ground({}, { marks: new Set(DRAWN_MARKS) });
  at.app.store.update((state) => ({
    ...state,
    planner: {
      ...state.planner,
      ticked: new Set(
        state.planner.entries.flatMap(({ text }) => (/^(stopped|build-cache)/.test(text) ? [text] : [])),
      ),
    },
  }));
  reviewCleanup(at.app);
  await settled();
  const { shown } = dialog(at)!;
  expect(shown!.weight).toBe('irreversible');
  at.app.press('y', 'enter');
  await settled();
  expect(at.removed).toEqual([]);
  at.app.press('ctrl+u');
  await answered(at);
  const { removal, verb, subject } = await ended(at);
  expect(`${verb} ${subject}`).toBe('prune 5 images, 1 container, 2 records of build cache');
  expect(at.removed.slice(0, 2)).toEqual(['container front-2', 'cache zp3d80ab5c2e']);
  expect(at.removed).toHaveLength(8);
  expect(removal.parts.buildCache.bytes).toBe(2_310_000_000);
  expect(removal.freed.bytes).toBe(shown!.plan.freed.bytes);
});

test('a container that stays keeps every image, and is said to have been stopped', async () => {
  const running = CLEANING_STOCK.containers.find(({ name }) => name === 'cache')!;
  const at = ground(
    {
      before: (_nth, target) => {
        if (target.startsWith('container'))
          throw new EngineError({ code: 'engine', message: 'it is busy', hint: 'wait' });
      },
    },
    { marks: new Set([acmeId('redis:8-alpine'), acmeId('acme/ml-train:old')]) },
  );
  at.app.store.update((state) => ({
    ...state,
    planner: { ...state.planner, ticked: new Set(['dangling']), withContainers: true },
  }));
  reviewCleanup(at.app);
  await answered(at);
  const { removal, status } = await ended(at);
  expect(status).toBe('failed');
  expect(at.removed).toEqual([`stop ${running.name}`]);
  expect(removal.items[0]).toMatchObject({ status: 'failed', note: 'it was stopped, and is still there' });
  expect(removal.items.slice(1).every((item) => item.status === 'waiting')).toBe(true);
  // What was refused is not asked about again at once.
  expect(dialog(at)).toBeUndefined();
  expect(at.app.store.get().result).toBeDefined();
});

test('the page scrolls, and goes from one thing that stayed to the next', async () => {
  const at = ground({
    before: (nth) => {
      if (nth === 2) throw LOST;
    },
  });
  at.app.store.update((state) => ({ ...state, columns: 80, rows: 24 }));
  await deleting(at);
  at.app.press('G');
  const last = resultTop(at.app.store.get());
  expect(last).toBeGreaterThan(0);
  at.app.press('g');
  expect(resultTop(at.app.store.get())).toBe(0);
  at.app.press('n');
  expect(at.app.store.get().toast?.text).toBe('1 of 4 that did not go');
});
