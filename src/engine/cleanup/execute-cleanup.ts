/** Carries out a clean-up: containers, build cache, images, in this order, each by its id and nothing else. */
import type { Engine, Size } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import { type ExecutionEvent, type ExecutionOutcome, type ExecutionResult, executePlan } from '../execute.ts';
import { shortId } from '../reference.ts';
import { whatMoved } from '../removal-basis.ts';
import { glance, readBuildCache, type Stock } from '../stock.ts';
import { type CacheStep, type CleanupPlan, type ContainerStep, sumOf, writtenBy } from './cleanup-plan.ts';
import { withoutContainers } from './rule-match.ts';

export type CleanupEvent =
  | ExecutionEvent
  | { readonly type: 'container-removed'; readonly container: ContainerStep }
  | { readonly type: 'cache-removed'; readonly record: CacheStep }
  | { readonly type: 'thing-failed'; readonly name: string; readonly error: EngineError };

export interface CleanupResult {
  /** As in ExecutionResult; `moved` also where what goes before the images could not be removed. */
  readonly outcome: ExecutionOutcome;
  readonly reasons: readonly string[];
  readonly containers: readonly ContainerStep[];
  readonly buildCache: readonly CacheStep[];
  /** What became of the images; undefined where it did not come to that. */
  readonly images: ExecutionResult | undefined;
  readonly freed: Size;
  readonly failures: readonly { readonly name: string; readonly error: EngineError }[];
}

/** Errors: `unreachable` when the engine goes away, with what was done so far in the events. */
export async function* executeCleanup(
  engine: Engine,
  plan: CleanupPlan,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<CleanupEvent, CleanupResult, void> {
  const { signal } = options;
  const containers: ContainerStep[] = [];
  const buildCache: CacheStep[] = [];
  const failures: { name: string; error: EngineError }[] = [];
  const cached: Size[] = [];
  let images: ExecutionResult | undefined;
  const end = (outcome: ExecutionOutcome, reasons: readonly string[] = []): CleanupResult => ({
    outcome,
    reasons,
    containers,
    buildCache,
    images,
    freed: sumOf([writtenBy(containers), ...cached, ...(images === undefined ? [] : [images.freed])]),
    failures: [
      ...failures,
      ...(images?.failures ?? []).map(({ call, error }) => ({ name: call.target, error })),
    ],
  });

  yield { type: 'checking' };
  const moved = await cleanupMoved(engine, plan);
  if (moved.length > 0) return end('moved', moved);

  for (const container of plan.containers) {
    if (signal?.aborted) return end('cancelled');
    try {
      if (container.stop) await engine.containers!.stop!(container.id);
      // Volumes are data, and no part of what was shown.
      await engine.containers!.remove(container.id, { keepVolumes: true }).catch(orGone(container));
      containers.push(container);
      yield { type: 'container-removed', container };
    } catch (thrown) {
      const error = notUnreachable(thrown);
      failures.push({ name: container.name, error });
      yield { type: 'thing-failed', name: container.name, error };
    }
  }
  for (const record of plan.buildCache) {
    if (signal?.aborted) return end('cancelled');
    try {
      const answer = await engine.buildCache!.prune({ all: true, filters: { id: [record.id] } });
      const others = answer.deleted.filter((id) => id !== record.id);
      if (answer.deleted.includes(record.id)) {
        buildCache.push(record);
        // Engines count what an image still holds as freed; it goes with the image.
        if (!record.shared) cached.push(answer.freed);
        yield { type: 'cache-removed', record };
      } else throw stillUsed(record);
      if (others.length > 0)
        return end(
          'diverged',
          others.map((id) => `build cache ${shortId(id)} was removed`),
        );
    } catch (thrown) {
      const error = notUnreachable(thrown);
      failures.push({ name: `build cache ${shortId(record.id)}`, error });
      yield { type: 'thing-failed', name: `build cache ${shortId(record.id)}`, error };
    }
  }
  const inTheWay = failures.map(({ name }) => `${name} could not be removed`);
  if (inTheWay.length > 0 && plan.images.calls.length > 0) return end('moved', inTheWay);
  images = yield* executePlan(engine, plan.images, options);
  return end(images.outcome, images.reasons);
}

/** What is no longer as the plan saw it, one phrase each. */
export async function cleanupMoved(engine: Engine, plan: CleanupPlan): Promise<string[]> {
  const now = await glance(engine);
  const cache = plan.buildCache.length > 0 ? await readBuildCache(engine) : [];
  return movedIn({ ...now, buildCache: cache }, plan);
}

/** The same in a stock. */
export function movedIn(
  now: Stock,
  plan: Pick<CleanupPlan, 'containers' | 'buildCache'> & {
    readonly images: Pick<CleanupPlan['images'], 'basis'>;
  },
): string[] {
  const present = new Map(now.containers.map((container) => [container.id, container]));
  const going = plan.containers.flatMap(({ id }) => present.get(id) ?? []);
  const records = new Map((now.buildCache ?? []).map((item) => [item.id, item]));
  return [
    ...plan.containers.flatMap(({ id, name, stop }) => {
      const container = present.get(id);
      if (container === undefined) return [`container ${name} is gone`];
      if (container.running === stop) return [];
      return [container.running ? `container ${name} runs now` : `container ${name} has stopped`];
    }),
    ...plan.buildCache.flatMap(({ id, shared }) => {
      const item = records.get(id);
      if (item === undefined) return [`build cache ${shortId(id)} is gone`];
      if (item.inUse) return [`build cache ${shortId(id)} is in use now`];
      return item.shared === shared ? [] : [`who needs build cache ${shortId(id)} changed`];
    }),
    ...whatMoved(plan.images.basis, withoutContainers(now, going)),
  ];
}

/** A container that was made to go at its end is gone once it is stopped. */
function orGone({ stop }: ContainerStep): (thrown: unknown) => void {
  return (thrown) => {
    if (!stop || asEngineError(thrown).code !== 'not-found') throw thrown;
  };
}

function stillUsed({ id }: CacheStep): EngineError {
  return new EngineError({
    code: 'in-use',
    message: `the build cache ${shortId(id)} was kept by the engine`,
    hint: 'Something uses it again: plan anew.',
  });
}

function notUnreachable(thrown: unknown): EngineError {
  const error = asEngineError(thrown);
  if (error.code === 'unreachable') throw error;
  return error;
}
