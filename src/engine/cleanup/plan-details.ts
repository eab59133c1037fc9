/** A plan told image by image: what goes, what it frees alone, what only goes because several go, what stays. */
import { blobHolders } from '../blob-holders.ts';
import type { DiskUsage } from '../disk-usage.ts';
import type { Size } from '../engine.ts';
import { buildForest, downFrom } from '../forest.ts';
import type { Keep, Plan } from '../plan.ts';
import type { Pullable } from '../pullable.ts';
import { displayName } from '../removal-blockers.ts';
import { keptNames } from '../removal-names.ts';
import type { Stock } from '../stock.ts';
import { type CleanupPlan, sumOf } from './cleanup-plan.ts';
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

interface Part {
  readonly key: string;
  readonly size: number;
  /** False for manifests and configs, which are bytes and no layers. */
  readonly isLayer: boolean;
}

const NOBODY = { images: [], containers: [], buildCache: false };

export function planDetails(stock: Stock, plan: Plan): PlanDetails {
  const { images } = factsOf(stock);
  const parts = partsIn(stock);
  const deleted = plan.steps.filter((step) => step.action === 'delete');
  const ends = new Map(deleted.map((step) => [step.id, step]));
  // What has no name goes along with what was built on it, whether or not somebody asked for it as well.
  const { children } = factsOf(stock);
  const goesAlong = ({ id, parent }: (typeof deleted)[number]) =>
    parent || (children.has(id) && keptNames(stock.kind, images.get(id)!).length === 0);
  const roots = deleted.filter((step) => !goesAlong(step)).map((step) => step.id);
  const released = releasedBy(stock, plan);
  const holders = new Map<string, string[]>();
  const hold = (id: string, onlyNew: boolean) => {
    for (const { key } of parts(id)) {
      const known = holders.get(key);
      if (known === undefined) holders.set(key, [id]);
      else if (!onlyNew) known.push(id);
    }
  };
  for (const id of roots) hold(id, false);
  // A parent's layers are booked on what was built on it; what is left is its own.
  for (const step of deleted) if (goesAlong(step)) hold(step.id, true);

  const untagged = new Map<string, string[]>();
  for (const step of plan.steps) {
    if (step.action === 'untag') untagged.set(step.id, [...(untagged.get(step.id) ?? []), step.reference]);
  }
  const keeps = new Map(plan.keeps.map((keep) => [keep.chainId, keep]));
  const groups = new Map<string, { images: string[]; layers: number; bytes: number }>();
  const counted = new Set<string>();
  let alone = 0;
  const fates = new Map<string, ImageFate>();
  for (const id of [...new Set(plan.steps.map((step) => step.id))]) {
    const image = images.get(id);
    const end = ends.get(id);
    if (image === undefined || end?.parent) continue;
    const own = { layers: 0, bytes: 0 };
    const shared = { layers: 0, bytes: 0 };
    const left = { layers: 0, bytes: 0 };
    const goingWith: (readonly string[])[] = [];
    const stayingFor: (typeof NOBODY | Keep)[] = [];
    for (const part of end === undefined ? [] : parts(id)) {
      const who = holders.get(part.key) ?? [];
      const goes = released.has(part.key);
      if (goes && !who.includes(id)) continue;
      const share = !goes ? left : who.length === 1 ? own : shared;
      share.bytes += part.size;
      if (part.isLayer) share.layers++;
      if (share === left) stayingFor.push(keeps.get(part.key) ?? NOBODY);
      else if (share === shared) {
        goingWith.push(who);
        if (!counted.has(part.key)) {
          counted.add(part.key);
          const name = who.join(' ');
          const group = groups.get(name) ?? { images: who, layers: 0, bytes: 0 };
          groups.set(name, group);
          group.bytes += part.size;
          if (part.isLayer) group.layers++;
        }
      }
    }
    alone += own.bytes;
    fates.set(id, {
      id,
      name: displayName(image),
      untagged: untagged.get(id) ?? [],
      deleted: end !== undefined,
      pullable: end?.pullable ?? 'unknown',
      alone: own,
      // Layers that thousands share are told image by image only to whoever asks.
      together: {
        ...shared,
        get with() {
          return [...new Set(goingWith.flat())].filter((other) => other !== id);
        },
      },
      stays: {
        ...left,
        get images() {
          return [...new Set(stayingFor.flatMap((keep) => keep.images))];
        },
        get containers() {
          return [...new Set(stayingFor.flatMap((keep) => keep.containers))];
        },
        buildCache: stayingFor.some((keep) => keep.buildCache),
      },
    });
  }
  // Parents that nothing of the plan stands on are bytes of their own.
  for (const { id, parent } of deleted) {
    for (const part of parent ? parts(id) : []) {
      if (released.has(part.key) && holders.get(part.key)?.[0] === id) alone += part.size;
    }
  }
  return {
    fates: [...fates.values()],
    alone,
    together: [...groups.values()].sort((a, b) => b.bytes - a.bytes),
  };
}

/** What an image keeps on disk: layers, or where content is kept by digest, blobs. */
function partsIn(stock: Stock): (id: string) => readonly Part[] {
  const blobs = blobHolders(stock);
  const { tops } = buildForest(stock);
  const known = new Map<string, readonly Part[]>();
  const read = (id: string): Part[] => {
    if (blobs === undefined) {
      return Array.from(downFrom(tops.get(id)), ({ chainId, layer }) => ({
        key: chainId,
        size: layer.size,
        isLayer: true,
      }));
    }
    const layers = new Set(stock.layers.get(id)?.layers.map((layer) => layer.blob));
    return blobs.blobsOf(id).map(({ digest, size }) => ({ key: digest, size, isLayer: layers.has(digest) }));
  };
  return (id) => {
    let parts = known.get(id);
    if (parts === undefined) {
      parts = read(id);
      known.set(id, parts);
    }
    return parts;
  };
}

function releasedBy(stock: Stock, plan: Plan): ReadonlySet<string> {
  const released = new Set<string>();
  const blobs = blobHolders(stock);
  const gone = new Set(plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  for (const step of plan.steps) {
    if (step.action !== 'delete') continue;
    if (blobs === undefined) for (const { chainId } of step.layers) released.add(chainId);
    else {
      for (const { digest, holders } of blobs.blobsOf(step.id)) {
        if (holders.every((id) => gone.has(id))) released.add(digest);
      }
    }
  }
  return released;
}

/** The engine's disk use now and, as far as the plan is right, afterwards; volumes included, which nothing touches. */
export function diskAfter(
  usage: DiskUsage,
  plan: CleanupPlan,
): { readonly before: Size; readonly after: Size } {
  const { images, containers, volumes, buildCache } = usage;
  const before = sumOf([images.size, containers.size, volumes.size, buildCache.size]);
  const after = sumOf([before, { ...plan.freed, bytes: -plan.freed.bytes }]);
  return { before, after: { ...after, bytes: Math.max(0, after.bytes) } };
}
