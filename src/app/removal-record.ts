/** What a removal planned and what has become of it so far, thing by thing. */
import { type CleanupPlan, sumOf, writtenBy } from '../engine/cleanup/cleanup-plan.ts';
import type { CleanupEvent, CleanupResult } from '../engine/cleanup/execute-cleanup.ts';
import { heldIn } from '../engine/cleanup/volume-steps.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { EngineKind, RemovalEntry, Size } from '../engine/engine.ts';
import type { EngineError } from '../engine/errors.ts';
import type { ExecutionOutcome } from '../engine/execute.ts';
import type { PlannedCall, Step } from '../engine/plan.ts';
import { freedBy } from '../engine/removal-freed.ts';
import { volumeId } from '../engine/volume.ts';
import { bytesIn, type ItemStatus, plannedItems, type RemovalItem } from './removal-items.ts';
import type { Asked, ShownPlan } from './shown-plan.ts';

export type RemovalParts = CleanupPlan['parts'];

/** The engine's own totals; undefined where they were not asked for or did not come, with the reason. */
export interface EngineTotals {
  readonly before: DiskUsage | undefined;
  readonly after: DiskUsage | undefined;
  /** They are being counted. */
  readonly counting: boolean;
  /** Why there are none, one phrase; `''` where there are or none were asked for. */
  readonly problem: string;
}

export interface RemovalRecord {
  readonly asked: Asked;
  readonly shown: ShownPlan;
  readonly items: readonly RemovalItem[];
  readonly freed: Size;
  readonly parts: RemovalParts;
  /** `lost`: the engine went away, or what had to come first failed; `error` says why. */
  readonly outcome: 'running' | ExecutionOutcome | 'lost';
  /** What moved or went beyond the plan, one phrase each. */
  readonly reasons: readonly string[];
  readonly error: EngineError | undefined;
  /** Every entry of the engine's answers. */
  readonly entries: readonly RemovalEntry[];
  readonly totals: EngineTotals;
}

export const NO_TOTALS: EngineTotals = { before: undefined, after: undefined, counting: false, problem: '' };

const NOTHING = sumOf([]);

/** Takes what the executor tells; `record` is what has become of the plan so far. */
export interface RemovalFold {
  add(event: CleanupEvent): void;
  end(result: CleanupResult): void;
  measure(totals: EngineTotals): void;
  /** The engine was lost, or refused to begin. */
  fail(error: EngineError): void;
  record(): RemovalRecord;
}

export function createRemovalFold(kind: EngineKind, asked: Asked, shown: ShownPlan): RemovalFold {
  const { plan } = shown;
  const items = new Map(plannedItems(shown).map((item) => [item.id, item]));
  const callsLeft = callsOf(plan.images.calls);
  const bytes = bytesOf(kind, plan.images.steps);
  const entries: RemovalEntry[] = [];
  const cached: Size[] = [];
  let parts: RemovalParts | undefined;
  let busy: string | undefined;
  let totals = NO_TOTALS;
  let outcome: RemovalRecord['outcome'] = 'running';
  let reasons: readonly string[] = [];
  let failure: EngineError | undefined;

  const change = (id: string, more: Partial<RemovalItem>): void => {
    const item = items.get(id);
    if (item !== undefined) items.set(id, { ...item, ...more });
    if (id === busy && more.status !== 'busy') busy = undefined;
  };
  const begin = (id: string): void => {
    change(id, { status: 'busy' });
    busy = id;
  };
  const namesGone = (id: string): string => {
    const all = plan.images.calls.filter((call) => call.id === id).length;
    const left = callsLeft.get(id) ?? all;
    return left < all ? `${all - left} of its ${all} names went` : '';
  };
  /** What is not under way any more without an answer is as it was. */
  const stop = (status: ItemStatus): void => {
    if (busy !== undefined) change(busy, { status, note: namesGone(busy) });
  };

  return {
    add(event) {
      switch (event.type) {
        case 'thing':
          begin(event.id);
          return;
        case 'container-removed':
          change(event.container.id, { status: 'done', freed: event.container.written ?? 0 });
          return;
        case 'cache-removed':
          cached.push(event.freed);
          change(event.record.id, { status: 'done', freed: event.freed.bytes });
          return;
        case 'volume-removed':
          change(volumeId(event.volume.name), { status: 'done', freed: event.volume.size ?? 0 });
          return;
        case 'thing-failed': {
          const note = event.stopped === true ? 'it was stopped, and is still there' : '';
          change(event.id, { status: 'failed', error: event.error, note });
          return;
        }
        case 'removing':
          begin(event.call.id);
          return;
        case 'removed': {
          const { call } = event;
          entries.push(...event.entries);
          const left = (callsLeft.get(call.id) ?? 1) - 1;
          callsLeft.set(call.id, left);
          const gone = event.entries.reduce(
            (sum, entry) => sum + (entry.action === 'deleted' ? (bytes.get(entry.id) ?? 0) : 0),
            0,
          );
          const freed = (items.get(call.id)?.freed ?? 0) + gone;
          change(call.id, { status: left === 0 ? 'done' : 'busy', freed });
          return;
        }
        case 'failed': {
          const { call, error } = event;
          change(call.id, { status: 'failed', error, note: namesGone(call.id) });
        }
      }
    },
    end(result) {
      stop('waiting');
      ({ outcome, reasons, parts } = result);
    },
    measure(measured) {
      totals = measured;
    },
    fail(error) {
      stop(error.code === 'unreachable' ? 'unsure' : 'waiting');
      outcome = error.code === 'cancelled' ? 'cancelled' : 'lost';
      failure = error;
    },
    record() {
      const containers = plan.containers.filter(({ id }) => items.get(id)?.status === 'done');
      const volumes = plan.volumes.filter(({ name }) => items.get(volumeId(name))?.status === 'done');
      const now = parts ?? {
        images: entries.length === 0 ? NOTHING : freedBy(kind, plan.images, entries, shown.images),
        containers: writtenBy(containers),
        buildCache: sumOf(cached),
        volumes: heldIn(volumes),
      };
      return {
        asked,
        shown,
        items: [...items.values()],
        parts: now,
        freed: sumOf(Object.values(now)),
        outcome,
        reasons,
        error: failure,
        entries: [...entries],
        totals,
      };
    },
  };
}

/** Calls by the image they are about. */
function callsOf(calls: readonly PlannedCall[]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { id } of calls) count.set(id, (count.get(id) ?? 0) + 1);
  return count;
}

/** Bytes by what the engine names when they go: each layer on a classic store, the image elsewhere. */
function bytesOf(kind: EngineKind, steps: readonly Step[]): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const step of steps) {
    if (step.action !== 'delete') continue;
    if (kind === 'docker-classic') for (const layer of step.layers) bytes.set(layer.chainId, layer.size);
    else bytes.set(step.id, bytesIn(step));
  }
  return bytes;
}

/** What an engine holds now, to tell what went without an answer. */
export interface Present {
  readonly ids: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

/** The record once the engine can be looked at again: what it could not be sure of is gone or still there. */
export function settledRecord(record: RemovalRecord, { ids, names }: Present): RemovalRecord {
  const lost: Size[] = [];
  const lostVolumes: Size[] = [];
  const items = record.items.map((item): RemovalItem => {
    if (item.status !== 'unsure') return item;
    const isThere = item.deed === 'delete' || item.kind !== 'image' ? ids.has(item.id) : names.has(item.name);
    if (isThere) return { ...item, status: 'waiting', note: 'still there' };
    const bytes = item.planned ?? 0;
    if (bytes > 0)
      (item.kind === 'volume' ? lostVolumes : lost).push({
        bytes,
        bound: 'about',
        reason: `the answer about ${item.name} was lost`,
      });
    return { ...item, status: 'done', freed: bytes, note: 'its answer was lost, but it is gone' };
  });
  const parts = {
    ...record.parts,
    images: sumOf([record.parts.images, ...lost]),
    volumes: sumOf([record.parts.volumes, ...lostVolumes]),
  };
  return { ...record, items, parts, freed: sumOf(Object.values(parts)) };
}
