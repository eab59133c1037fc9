/** A plan told image by image: what goes, what it frees alone, what only goes because several go, what stays. */
import type { DiskUsage } from '../disk-usage.ts';
import type { Size } from '../engine.ts';
import type { Keep, Plan } from '../plan.ts';
import type { Pullable } from '../pullable.ts';
import { displayName } from '../removal-blockers.ts';
import { keptNames } from '../removal-names.ts';
import type { Stock } from '../stock.ts';
import { type CleanupPlan, sumOf } from './cleanup-plan.ts';
import { type ImageParts, imageParts } from './image-parts.ts';
import { factsOf } from './scene.ts';

export interface ImageFate {
  readonly id: string;
  /** A name it had, or a short id. */
  readonly name: string;
  /** Names that go. */
  readonly untagged: readonly string[];
  /** False where only names go. */
  readonly deleted: boolean;
  readonly pullable: Pullable;
  /** What goes with it alone, the untagged parents that nothing else needs included. */
  readonly alone: Share;
  /** What goes because others of the plan go as well. */
  readonly together: Share & { readonly with: readonly string[] };
  /** What stays, and the ids of images it stays for. */
  readonly stays: Share & Pick<Keep, 'images' | 'containers' | 'buildCache'>;
}

export interface Share {
  readonly layers: number;
  readonly bytes: number;
}

/** Layers that exactly these images of the plan share. */
export interface TogetherShare extends Share {
  readonly images: readonly string[];
}

export interface PlanDetails {
  /** In the order of the plan. */
  readonly fates: readonly ImageFate[];
  /** What each frees alone, summed; with `together` it is all that the plan frees. */
  readonly alone: number;
  /** The largest first. */
  readonly together: readonly TogetherShare[];
}

const ASK = Symbol('ask');

// Layers that thousands share are told image by image only to whoever asks; written as JSON, all of it is told.
class Together {
  readonly layers: number;
  readonly bytes: number;
  readonly [ASK]: () => readonly string[];

  constructor({ layers, bytes }: Share, ask: () => readonly string[]) {
    this.layers = layers;
    this.bytes = bytes;
    this[ASK] = ask;
  }

  get with(): readonly string[] {
    return this[ASK]();
  }

  toJSON(): ImageFate['together'] {
    return { layers: this.layers, bytes: this.bytes, with: this.with };
  }
}

class Stays {
  readonly layers: number;
  readonly bytes: number;
  readonly buildCache: boolean;
  readonly [ASK]: () => readonly Keep[];

  constructor({ layers, bytes }: Share, buildCache: boolean, ask: () => readonly Keep[]) {
    this.layers = layers;
    this.bytes = bytes;
    this.buildCache = buildCache;
    this[ASK] = ask;
  }

  get images(): readonly string[] {
    return [...new Set(this[ASK]().flatMap((keep) => keep.images))];
  }

  get containers(): readonly string[] {
    return [...new Set(this[ASK]().flatMap((keep) => keep.containers))];
  }

  toJSON(): ImageFate['stays'] {
    const { layers, bytes, images, containers, buildCache } = this;
    return { layers, bytes, images, containers, buildCache };
  }
}

export function planDetails(stock: Stock, plan: Plan): PlanDetails {
  const { images } = factsOf(stock);
  const parts = imageParts(stock);
  const deleted = plan.steps.filter((step) => step.action === 'delete');
  const ends = new Map(deleted.map((step) => [step.id, step]));
  // What has no name goes along with what was built on it, whether or not somebody asked for it as well.
  const { children } = factsOf(stock);
  const goesAlong = ({ id, parent }: (typeof deleted)[number]) =>
    parent || (children.has(id) && keptNames(stock.kind, images.get(id)!).length === 0);
  const along = new Set(deleted.filter(goesAlong).map((step) => step.id));
  const released = releasedBy(parts, plan);
  const holders: (string[] | undefined)[] = new Array(parts.count);
  for (const { id } of deleted) {
    if (along.has(id)) continue;
    parts.each(id, (part) => {
      const known = holders[part];
      if (known === undefined) holders[part] = [id];
      else known.push(id);
    });
  }
  // A parent's layers are booked on what was built on it; what is left is its own.
  for (const id of along) {
    parts.each(id, (part) => {
      holders[part] ??= [id];
    });
  }

  const untagged = new Map<string, string[]>();
  for (const step of plan.steps) {
    if (step.action === 'untag') untagged.set(step.id, [...(untagged.get(step.id) ?? []), step.reference]);
  }
  const keeps = new Map(plan.keeps.map((keep) => [parts.find(keep.chainId), keep]));
  const others = (id: string): string[] => {
    const all = new Set<string>();
    const isAlong = along.has(id);
    parts.each(id, (part) => {
      const who = released[part] === 1 ? holders[part]! : [];
      if (!isAlong || who[0] === id) for (const other of who) all.add(other);
    });
    all.delete(id);
    return [...all];
  };
  const staying = (id: string): Keep[] => {
    const all: Keep[] = [];
    parts.each(id, (part) => {
      const keep = released[part] === 1 ? undefined : keeps.get(part);
      if (keep !== undefined) all.push(keep);
    });
    return all;
  };
  const groups = new Map<string, { images: string[]; layers: number; bytes: number }>();
  const counted = new Uint8Array(parts.count);
  let alone = 0;
  const fates = new Map<string, ImageFate>();
  for (const id of [...new Set(plan.steps.map((step) => step.id))]) {
    const image = images.get(id);
    const end = ends.get(id);
    if (image === undefined || end?.parent) continue;
    const own = { layers: 0, bytes: 0 };
    const shared = { layers: 0, bytes: 0 };
    const left = { layers: 0, bytes: 0 };
    let buildCache = false;
    const isAlong = along.has(id);
    const tell = (part: number, size: number, isLayer: boolean): void => {
      const who = holders[part]!;
      const goes = released[part] === 1;
      if (goes && isAlong && who[0] !== id) return;
      const share = !goes ? left : who.length === 1 ? own : shared;
      share.bytes += size;
      if (isLayer) share.layers++;
      if (share === left) buildCache ||= keeps.get(part)?.buildCache ?? false;
      else if (share === shared && counted[part] !== 1) {
        counted[part] = 1;
        const name = who.join(' ');
        const group = groups.get(name) ?? { images: who, layers: 0, bytes: 0 };
        groups.set(name, group);
        group.bytes += size;
        if (isLayer) group.layers++;
      }
    };
    if (end !== undefined) parts.each(id, tell);
    alone += own.bytes;
    fates.set(id, {
      id,
      name: displayName(image),
      untagged: untagged.get(id) ?? [],
      deleted: end !== undefined,
      pullable: end?.pullable ?? 'unknown',
      alone: own,
      together: new Together(shared, () => others(id)),
      stays: new Stays(left, buildCache, () => staying(id)),
    });
  }
  // Parents that nothing of the plan stands on are bytes of their own.
  for (const { id, parent } of deleted) {
    if (parent)
      parts.each(id, (part, size) => {
        if (released[part] === 1 && holders[part]?.[0] === id) alone += size;
      });
  }
  return {
    fates: [...fates.values()],
    alone,
    together: [...groups.values()].sort((a, b) => b.bytes - a.bytes),
  };
}

/** By the number of each part: 1 where the plan frees it. */
function releasedBy(parts: ImageParts, plan: Plan): Uint8Array {
  const released = new Uint8Array(parts.count);
  const gone = new Set(plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  for (const step of plan.steps) {
    if (step.action !== 'delete') continue;
    parts.eachReleased(step, gone, (part) => {
      released[part] = 1;
    });
  }
  return released;
}

/** The engine's disk use now and, as far as the plan is right, afterwards. */
export function diskAfter(
  usage: DiskUsage,
  plan: CleanupPlan,
): { readonly before: Size; readonly after: Size } {
  const { images, containers, volumes, buildCache } = usage;
  const before = sumOf([images.size, containers.size, volumes.size, buildCache.size]);
  const { bytes, bound, ...why } = plan.freed;
  // Where more than that may go, less than the rest may be left.
  const gone = { ...why, bytes: -bytes, bound: bound === 'exact' ? bound : ('about' as const) };
  const after = sumOf([before, gone]);
  return { before, after: { ...after, bytes: Math.max(0, after.bytes) } };
}
