/** Carries out a clean-up: containers, build cache, images, volumes, in this order, each by its id and nothing else. */
import type { Engine, Size } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import {
  type ExecuteOptions,
  type ExecutionEvent,
  type ExecutionOutcome,
  type ExecutionResult,
  executePlan,
} from '../execute.ts';
import { shortId } from '../reference.ts';
import { whatMoved } from '../removal-basis.ts';
import { glance, readBuildCache, readVolumes, type Stock } from '../stock.ts';
import { keepingFirst, keepsAny } from '../trash/keeping.ts';
import { UnjournaledError } from '../undo/change-journal.ts';
import { inOneAct } from '../undo/journaling.ts';
import { volumeId } from '../volume.ts';
import {
  type CacheStep,
  type CleanupPlan,
  type ContainerStep,
  freedByRecord,
  sumOf,
  writtenBy,
} from './cleanup-plan.ts';
import { withoutContainers } from './rule-match.ts';
import {
  heldIn,
  movedVolume,
  shownVolume,
  takesUnshown,
  type VolumeStep,
  volumeNow,
} from './volume-steps.ts';

export type CleanupEvent =
  | ExecutionEvent
  /** A container, a record of the build cache or a volume (by `volumeId`) is about to go. */
  | { readonly type: 'thing'; readonly id: string; readonly name: string }
  | { readonly type: 'container-removed'; readonly container: ContainerStep }
  /** `freed` is what the engine says, 0 where an image has the bytes as well. */
  | { readonly type: 'cache-removed'; readonly record: CacheStep; readonly freed: Size }
  | { readonly type: 'volume-removed'; readonly volume: VolumeStep }
  /** With `stopped`, a container that ran no longer does, although it is still there. */
  | {
      readonly type: 'thing-failed';
      readonly id: string;
      readonly name: string;
      readonly error: EngineError;
      readonly stopped?: boolean;
    };

export interface CleanupResult {
  /** As in ExecutionResult; `moved` also where what goes before the images could not be removed. */
  readonly outcome: ExecutionOutcome;
  readonly reasons: readonly string[];
  readonly containers: readonly ContainerStep[];
  readonly buildCache: readonly CacheStep[];
  readonly volumes: readonly VolumeStep[];
  /** What became of the images; undefined where it did not come to that. */
  readonly images: ExecutionResult | undefined;
  readonly freed: Size;
  /** The same, as the parts of the plan. */
  readonly parts: CleanupPlan['parts'];
  readonly failures: readonly { readonly name: string; readonly error: EngineError }[];
}

/** Errors: `unreachable` when the engine goes away, with what was done so far in the events; as executePlan with a trash. */
export async function* executeCleanup(
  through: Engine,
  plan: CleanupPlan,
  options: ExecuteOptions = {},
): AsyncGenerator<CleanupEvent, CleanupResult, void> {
  const engine = inOneAct(through);
  const { signal, trash } = options;
  const containers: ContainerStep[] = [];
  const buildCache: CacheStep[] = [];
  const failures: { name: string; error: EngineError }[] = [];
  const volumes: VolumeStep[] = [];
  const cached: Size[] = [];
  let images: ExecutionResult | undefined;
  const end = (outcome: ExecutionOutcome, reasons: readonly string[] = []): CleanupResult => {
    const parts = {
      images: images?.freed ?? sumOf([]),
      containers: writtenBy(containers),
      buildCache: sumOf(cached),
      volumes: heldIn(volumes),
    };
    return {
      outcome,
      reasons,
      containers,
      buildCache,
      images,
      volumes,
      freed: sumOf(Object.values(parts)),
      parts,
      failures: [
        ...failures,
        ...(images?.failures ?? []).map(({ call, error }) => ({ name: call.target, error })),
      ],
    };
  };

  yield { type: 'checking' };
  const moved = await cleanupMoved(engine, plan);
  if (moved.length > 0) return end('moved', moved);
  for (const { id, name } of plan.containers.filter(({ stop }) => stop)) {
    const error = await takesUnshown(engine, { id, name }, plan.volumes);
    if (error === undefined) continue;
    failures.push({ name, error });
    yield { type: 'thing-failed', id, name, error };
  }
  const inTheWay = () => failures.map(({ name }) => `${name} could not be removed`);
  if (failures.length > 0) return end('moved', inTheWay());
  if (trash !== undefined && keepsAny({ trash, plan: plan.images })) {
    const keeping = { trash, engine, plan: plan.images, signal };
    // Before containers go, too: what cannot be kept must stop all of it.
    const work = () => executeCleanup(engine, plan, { ...options, trash: undefined });
    return yield* keepingFirst(keeping, work, () => end('cancelled'));
  }

  for (const container of plan.containers) {
    if (signal?.aborted) return end('cancelled');
    const { id, name } = container;
    yield { type: 'thing', id, name };
    let stopped = false;
    try {
      if (container.stop) {
        await engine.containers!.stop!(id);
        stopped = true;
      }
      // Volumes are data: those that were shown go by themselves, the others stay.
      await engine.containers!.remove(id, { keepVolumes: true }).catch(orGone(container));
      containers.push(container);
      yield { type: 'container-removed', container };
    } catch (thrown) {
      const error = notUnreachable(thrown);
      failures.push({ name, error });
      yield { type: 'thing-failed', id, name, error, ...(stopped && { stopped }) };
    }
  }
  for (const record of plan.buildCache) {
    if (signal?.aborted) return end('cancelled');
    const { id } = record;
    const name = `build cache ${shortId(id)}`;
    yield { type: 'thing', id, name };
    try {
      const answer = await engine.buildCache!.prune({ all: true, filters: { id: [id] } });
      const others = answer.deleted.filter((gone) => gone !== id);
      if (answer.deleted.includes(id)) {
        buildCache.push(record);
        // Engines count what an image still holds as freed; it goes with the image.
        const freed = freedByRecord(record, answer.freed);
        cached.push(freed);
        yield { type: 'cache-removed', record, freed };
      } else throw stillUsed(record);
      if (others.length > 0)
        return end(
          'diverged',
          others.map((gone) => `build cache ${shortId(gone)} was removed`),
        );
    } catch (thrown) {
      const error = notUnreachable(thrown);
      failures.push({ name, error });
      yield { type: 'thing-failed', id, name, error };
    }
  }
  if (failures.length > 0 && plan.images.calls.length > 0) return end('moved', inTheWay());
  images = yield* executePlan(engine, plan.images, options);
  if (images.outcome !== 'done') return end(images.outcome, images.reasons);
  // What nothing brings back goes last, and only where all before it went as shown.
  for (const volume of plan.volumes) {
    if (signal?.aborted) return end('cancelled');
    const id = volumeId(volume.name);
    const name = shownVolume(volume);
    yield { type: 'thing', id, name };
    const now = await volumeNow(engine, volume);
    if (typeof now === 'object') return end('moved', [now.moved]);
    try {
      // Never by force: an engine itself refuses what a container has taken meanwhile.
      if (now === 'free') await engine.volumes!.remove(volume.name);
      volumes.push(volume);
      yield { type: 'volume-removed', volume };
    } catch (thrown) {
      const error = notUnreachable(thrown);
      failures.push({ name, error });
      yield { type: 'thing-failed', id, name, error };
    }
  }
  return end('done');
}

/** What is no longer as the plan saw it, one phrase each. */
async function cleanupMoved(engine: Engine, plan: CleanupPlan): Promise<string[]> {
  const now = await glance(engine);
  const cache = plan.buildCache.length > 0 ? await readBuildCache(engine) : [];
  const volumes = plan.volumes.length > 0 ? await readVolumes(engine) : [];
  return movedIn({ ...now, buildCache: cache, volumes }, plan);
}

/** The same in a stock. */
export function movedIn(
  now: Stock,
  plan: Pick<CleanupPlan, 'containers' | 'buildCache' | 'volumes'> & {
    readonly images: Pick<CleanupPlan['images'], 'basis'>;
  },
): string[] {
  const present = new Map(now.containers.map((container) => [container.id, container]));
  const going = plan.containers.flatMap(({ id }) => present.get(id) ?? []);
  const records = new Map((now.buildCache ?? []).map((item) => [item.id, item]));
  const volumes = new Map((now.volumes ?? []).map((volume) => [volume.name, volume]));
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
    ...plan.volumes.flatMap((volume) => movedVolume(volume, volumes.get(volume.name), volume.users) ?? []),
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
  if (error.code === 'unreachable' || error instanceof UnjournaledError) throw error;
  return error;
}
