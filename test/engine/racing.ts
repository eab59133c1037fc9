/** Somebody else who changes an engine's store at the worst moment, and a judge of what went although it was not listed. */
import { type CleanupPlan, cleanupOf, NO_MARKS, planCleanup } from '../../src/engine/cleanup/cleanup-plan.ts';
import {
  type CleanupEvent,
  type CleanupResult,
  executeCleanup,
} from '../../src/engine/cleanup/execute-cleanup.ts';
import { markedOf } from '../../src/engine/cleanup/marked.ts';
import { NO_PINS } from '../../src/engine/cleanup/pins.ts';
import { NO_USES } from '../../src/engine/cleanup/uses.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { randomTargets } from './random-cleanup.ts';

type Pick = (below: number) => number;

/** One change; rejects or tells false where it cannot be made just now. */
export interface Race {
  readonly name: string;
  readonly act: () => Promise<unknown>;
  /** It only adds, which an engine itself heeds at the very moment of a call. */
  readonly adds?: boolean;
}

/** What is there: names by image, and containers. */
export interface Seen {
  readonly images: ReadonlyMap<string, readonly string[]>;
  readonly containers: readonly string[];
}

export interface RaceEnd {
  /** Undefined where the moment did not come, or the change could not be made. */
  readonly since: Seen | undefined;
  readonly result: CleanupResult;
}

/** A plan with something to do; now and then one that forces. */
export function racingPlan(stock: Stock, pick: Pick, canStop: boolean): CleanupPlan {
  const targets = randomTargets(stock, pick);
  if (stock.kind === 'docker-classic' && pick(6) === 0) {
    return cleanupOf(stock, [], [], { images: planRemoval(stock, targets, { force: pick(2) === 0 }) });
  }
  const scene = { stock, uses: NO_USES, pins: NO_PINS, now: Math.floor(Date.now() / 1000) };
  const options = { withContainers: pick(2) === 0, withChildren: pick(2) === 0, canStop };
  return planCleanup(scene, { ...NO_MARKS, images: markedOf(targets) }, options);
}

export async function look(engine: Engine): Promise<Seen> {
  const images = await engine.list({ all: true });
  // Where digests are made up from tags, they are no names of their own.
  const isKept = engine.info.kind === 'docker-classic' || engine.info.kind === 'embedded';
  return {
    images: new Map(
      images.map(({ id, references, digests }) => [id, isKept ? [...references, ...digests] : references]),
    ),
    containers: ((await engine.containers?.list()) ?? []).map(({ id }) => id),
  };
}

/** Before the first step, between any two, or, where the engine is at hand for it, right at a call. */
export async function race(engine: Engine, plan: CleanupPlan, rival: Race, pick: Pick): Promise<RaceEnd> {
  let since: Seen | undefined;
  const strike = async () => {
    const made = await rival.act().then(
      (answer) => answer !== false,
      () => false,
    );
    if (made) since = await look(engine);
  };
  const { calls } = plan.images;
  const isByName = calls.every(({ target, id, force }) => target !== id && !force);
  if (rival.adds && isByName && calls.length > 0 && pick(3) === 0) {
    const at = pick(calls.length);
    let made = 0;
    const struck = withRemove(engine, async (...args) => {
      if (made++ === at) await strike();
      return await engine.remove(...args);
    });
    return { result: await drive(struck, plan), since };
  }
  const moment = pick(2 + 2 * (plan.containers.length + calls.length));
  if (moment === 0) await strike();
  let events = 0;
  const result = await drive(engine, plan, async () => {
    if (++events === moment) await strike();
  });
  return { result, since };
}

async function drive(
  engine: Engine,
  plan: CleanupPlan,
  onEvent: (event: CleanupEvent) => Promise<void> = async () => {},
): Promise<CleanupResult> {
  const run = executeCleanup(engine, plan);
  for (;;) {
    const step = await run.next();
    if (step.done) return step.value;
    await onEvent(step.value);
  }
}

/** What went after the change and was not in the plan, or went without the result saying so. */
export function unlisted(since: Seen, now: Seen, plan: CleanupPlan, result: CleanupResult): string[] {
  const { steps } = plan.images;
  const deleted = new Set(steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const untagged = new Set(
    steps.flatMap((step) => (step.action === 'untag' ? [`${step.reference} of ${step.id}`] : [])),
  );
  const told = new Set(
    (result.images?.entries ?? []).map((entry) => (entry.action === 'untagged' ? entry.reference : entry.id)),
  );
  const wrong: string[] = [];
  for (const [id, names] of since.images) {
    const left = now.images.get(id);
    if (left === undefined && !deleted.has(id)) wrong.push(`image ${id} went`);
    if (left === undefined && !told.has(id)) wrong.push(`nobody told that image ${id} went`);
    for (const name of names.filter((one) => !left?.includes(one))) {
      if (!untagged.has(`${name} of ${id}`)) wrong.push(`${name} of ${id} went`);
      if (!told.has(name)) wrong.push(`nobody told that ${name} went`);
    }
  }
  const planned = plan.containers.map(({ id }) => id);
  for (const id of since.containers.filter((one) => !now.containers.includes(one))) {
    if (!planned.includes(id)) wrong.push(`container ${id} went`);
  }
  return wrong;
}

/** The same engine with another way to remove. */
function withRemove(engine: Engine, remove: Engine['remove']): Engine {
  return new Proxy(engine, {
    get: (target, key) => {
      if (key === 'remove') return remove;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
