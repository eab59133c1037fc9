/** Events of a transfer folded into what a screen shows: a row a part for its whole life, and the sum of all. */
import type { TransferEvent, TransferPart, TransferResolved, TransferStage } from '../engine/transfer.ts';
import { createRate, type Rate } from './rate.ts';

/** Something to be moved; parts keep the order in which they were first told. */
export interface Part {
  readonly id: string;
  readonly stage: TransferStage;
  /** Bytes of this stage. */
  readonly done: number;
  readonly total: number | undefined;
  readonly seconds: number | undefined;
  readonly note: string;
  /** The last stage in which something was done with it: what `done` has come of. */
  readonly worked: TransferStage;
  /** Bytes of it that have moved. */
  readonly moved: number;
  /** Bytes to move in all; undefined while not known, 0 for what need not move. */
  readonly size: number | undefined;
  /** Bytes a second while it moves; undefined while not known. */
  readonly rate: number | undefined;
}

export interface TransferProgress {
  readonly parts: readonly Part[];
  readonly resolved: Omit<TransferResolved, 'type'> | undefined;
  /** Bytes a second, all parts together. */
  readonly rate: number | undefined;
}

export const NO_PROGRESS: TransferProgress = { parts: [], resolved: undefined, rate: undefined };

export interface TransferFold {
  /** `at` in milliseconds. */
  add(event: TransferEvent, at: number): void;
  /** As it stands at that moment. */
  progress(at: number): TransferProgress;
}

const MOVING: ReadonlySet<TransferStage> = new Set(['downloading', 'uploading', 'reading', 'writing']);

export function isMoving(stage: TransferStage): boolean {
  return MOVING.has(stage);
}

export function createTransferFold(): TransferFold {
  const parts = new Map<string, Part>();
  const rates = new Map<string, Rate>();
  const rate = createRate();
  let resolved: TransferProgress['resolved'];

  function addPart(told: TransferPart, at: number): void {
    const before = parts.get(told.id);
    const part = nextPart(before, told);
    parts.set(told.id, part);
    const own = rates.get(told.id);
    // What a part begins with and says something of was there from an earlier try: that has no speed.
    const isResumed = own === undefined && part.note !== '';
    const more = isResumed ? 0 : part.moved - (before?.moved ?? 0);
    rate.add(more, at);
    if (own !== undefined) own.add(more, at);
    else if (isMoving(part.stage)) {
      const fresh = createRate();
      fresh.add(0, at);
      rates.set(told.id, fresh);
    }
  }

  return {
    add(event, at) {
      if (event.type === 'part') addPart(event, at);
      else if (event.type === 'resolved') {
        const { reference, digest, platform } = event;
        resolved = { reference, digest, platform };
      }
    },
    progress: (at) => ({
      parts: [...parts.values()].map((part) =>
        isMoving(part.stage) ? { ...part, rate: rates.get(part.id)?.perSecond(at) } : part,
      ),
      resolved,
      rate: rate.perSecond(at),
    }),
  };
}

function nextPart(before: Part | undefined, told: TransferPart): Part {
  const { id, stage, done, total, seconds, note = '' } = told;
  const [moved, size] = movedOf(before, told);
  const idle = stage === 'done' || stage === 'waiting' || stage === 'present' || stage === 'retrying';
  return {
    id,
    stage,
    done,
    total,
    seconds,
    note,
    worked: idle ? (before?.worked ?? stage) : stage,
    moved,
    size,
    rate: undefined,
  };
}

/** Bytes moved of a part, and bytes to move, after what was just told of it. */
function movedOf(before: Part | undefined, told: TransferPart): readonly [number, number | undefined] {
  const { stage, done, total } = told;
  const size = before?.size;
  const moved = before?.moved ?? 0;
  if (stage === 'present') return [0, 0];
  // What was told as moved and waits now, or is checked, has come: engines may leave out its last bytes.
  if (stage === 'waiting' || stage === 'checking') return [Math.max(moved, done), size ?? total];
  if (isMoving(stage)) return [done, total ?? (size !== undefined && size >= done ? size : undefined)];
  // What is unpacked or done has come whole, whether or not each of its bytes was told.
  if (stage === 'unpacking')
    return size === undefined ? [moved, moved > 0 ? moved : undefined] : [size, size];
  if (stage === 'done') {
    const whole = size ?? Math.max(moved, total ?? done);
    return [whole, whole];
  }
  return [moved, size ?? (stage === 'retrying' ? total : undefined)];
}

/** All parts together. */
export interface Overall {
  /** `moving` as long as bytes have to move; then what else takes time. */
  readonly phase: 'starting' | 'moving' | 'unpacking' | 'finishing';
  readonly moved: number;
  /** Bytes of the parts whose size is known. */
  readonly total: number;
  /** False while the size of some part is not known: `total` is at least that. */
  readonly known: boolean;
  /** From 0 to 1, of this phase; undefined where not known. */
  readonly share: number | undefined;
  /** Seconds until all bytes have moved, at this rate; undefined where not known. */
  readonly left: number | undefined;
}

export function overallOf({ parts, rate }: TransferProgress): Overall {
  let moved = 0;
  let total = 0;
  let known = true;
  let unpacked = 0;
  let unpacking = false;
  let waiting = false;
  for (const part of parts) {
    moved += part.moved;
    total += Math.max(part.size ?? 0, part.moved);
    known &&= part.size !== undefined;
    unpacking ||= part.stage === 'unpacking';
    waiting ||= part.stage !== 'done' && part.stage !== 'present';
    if (part.stage === 'done') unpacked += part.moved;
    else if (part.stage === 'unpacking' && part.total !== undefined && part.total > 0)
      unpacked += part.moved * Math.min(1, part.done / part.total);
  }
  const all = { moved, total, known };
  if (parts.length === 0) return { ...all, phase: 'starting', share: undefined, left: undefined };
  if (!known || moved < total) {
    const left = known && rate !== undefined && rate > 0 ? (total - moved) / rate : undefined;
    return { ...all, phase: 'moving', share: known ? moved / total : undefined, left };
  }
  if (unpacking && waiting)
    return { ...all, phase: 'unpacking', share: total === 0 ? undefined : unpacked / total, left: undefined };
  return { ...all, phase: 'finishing', share: waiting ? undefined : 1, left: undefined };
}

/** Whether nothing more has to be done with a part. */
export function isWhole(part: Part): boolean {
  return part.stage === 'done' || part.stage === 'present';
}
