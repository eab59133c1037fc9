/** The things a removal is about, one by one. Pure. */
import { shownVolume } from '../engine/cleanup/volume-steps.ts';
import type { EngineError } from '../engine/errors.ts';
import type { PlannedCall, Step } from '../engine/plan.ts';
import { volumeId } from '../engine/volume.ts';
import { shortId } from './format.ts';
import type { ShownPlan } from './shown-plan.ts';

/** `waiting`: not reached, so it is as it was. `unsure`: the engine was lost before it answered. */
export type ItemStatus = 'waiting' | 'busy' | 'done' | 'failed' | 'unsure';

/** A container, a record of the build cache, a volume, or an image with all that goes with it. */
export interface RemovalItem {
  readonly id: string;
  readonly kind: 'container' | 'build cache' | 'image' | 'volume';
  readonly name: string;
  /** What was to happen: `delete`, `stop and remove`, `remove 2 names`. */
  readonly deed: string;
  readonly status: ItemStatus;
  /** Bytes that were to go with it; undefined where the engine does not tell. */
  readonly planned: number | undefined;
  /** Bytes that went. */
  readonly freed: number;
  readonly error: EngineError | undefined;
  /** What else is true of it, one phrase; `''` for nothing. */
  readonly note: string;
}

/** Bytes that go with an image: its layers, and what an engine keeps as files besides. */
export function bytesIn(step: Extract<Step, { action: 'delete' }>): number {
  return step.layers.reduce((sum, layer) => sum + layer.size, step.besides);
}

/** As lists have it: `<none> a91cf06bd3e8` for an image without a name. */
function nameOf(id: string, names: ReadonlyMap<string, string>): string {
  const name = names.get(id) ?? shortId(id);
  return name === shortId(id) ? `<none> ${name}` : name;
}

/** `volume app-data`, and of one that nobody named the first digits. */
export function volumeTitle(volume: { readonly name: string }): string {
  return shownVolume(volume);
}

/** Everything that a plan is going to do, in its order. */
export function plannedItems({ plan, names }: Pick<ShownPlan, 'plan' | 'names'>): RemovalItem[] {
  const fresh = { status: 'waiting', freed: 0, error: undefined, note: '' } as const;
  const deleted = new Map(
    plan.images.steps.flatMap((step) => (step.action === 'delete' ? [[step.id, step] as const] : [])),
  );
  const calls = new Map<string, PlannedCall[]>();
  for (const call of plan.images.calls) calls.set(call.id, [...(calls.get(call.id) ?? []), call]);
  return [
    ...plan.containers.map(
      ({ id, name, stop, written }): RemovalItem => ({
        ...fresh,
        id,
        kind: 'container',
        name: `container ${name}`,
        deed: stop ? 'stop and remove' : 'remove',
        planned: written,
      }),
    ),
    ...plan.buildCache.map(
      ({ id, type, size, shared }): RemovalItem => ({
        ...fresh,
        id,
        kind: 'build cache',
        name: `build cache ${shortId(id)}`,
        deed: shared ? `prune ${type}, an image has its bytes` : `prune ${type}`,
        planned: shared ? 0 : size,
      }),
    ),
    ...[...calls].map(([id, ofImage]): RemovalItem => {
      const steps = ofImage.flatMap((call) =>
        call.expected.flatMap((entry) => (entry.action === 'deleted' ? (deleted.get(entry.id) ?? []) : [])),
      );
      const goes = steps.some((step) => step.id === id);
      const [first] = ofImage;
      const removed = ofImage.length === 1 ? 'remove the name' : `remove ${ofImage.length} names`;
      return {
        ...fresh,
        id,
        kind: 'image',
        name: goes || ofImage.length > 1 ? nameOf(id, names) : first!.target,
        deed: goes ? 'delete' : removed,
        planned: steps.reduce((sum, step) => sum + bytesIn(step), 0),
      };
    }),
    ...plan.volumes.map(
      (volume): RemovalItem => ({
        ...fresh,
        id: volumeId(volume.name),
        kind: 'volume',
        name: volumeTitle(volume),
        deed: 'delete for good',
        planned: volume.size,
      }),
    ),
  ];
}

/** How many things a plan is about: a name more or less of the same image is none. */
export function thingsIn({ containers, buildCache, volumes, images }: ShownPlan['plan']): number {
  const things = containers.length + buildCache.length + volumes.length;
  return things + new Set(images.calls.map((call) => call.id)).size;
}
