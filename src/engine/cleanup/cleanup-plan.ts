/** A clean-up plan: containers, build cache, images and volumes that go, in this order, and what the whole frees. */
import type { Container } from '../container.ts';
import type { BuildCacheItem } from '../disk-usage.ts';
import type { Size } from '../engine.ts';
import type { Plan } from '../plan.ts';
import { type Doubt, sizeOf } from '../removal-doubt.ts';
import type { Stock } from '../stock.ts';
import type { Volume } from '../volume.ts';
import { planGuarded, removableHolders, type Spared } from './guard.ts';
import { type Marked, settled, targetsOf, WHOLE } from './marked.ts';
import { type Marks, withoutCache, withoutContainers } from './rule-match.ts';
import { factsOf, type Scene } from './scene.ts';
import { freedVolumes } from './volume-rules.ts';
import { heldIn, unpinned, type VolumeStep, volumeSteps } from './volume-steps.ts';

export interface ContainerStep {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  /** It runs, and is stopped before it is removed. */
  readonly stop: boolean;
  /** Bytes it has written; undefined where the engine does not tell. */
  readonly written: number | undefined;
}

export interface CacheStep {
  readonly id: string;
  readonly type: string;
  readonly description: string;
  readonly size: number;
  /** Its bytes are an image's layer too: they go with the image. */
  readonly shared: boolean;
}

export interface CleanupPlan {
  readonly containers: readonly ContainerStep[];
  readonly buildCache: readonly CacheStep[];
  /** What happens to images once containers and build cache are gone. */
  readonly images: Plan;
  readonly volumes: readonly VolumeStep[];
  /** Bytes of all of it; `freed.images` and its like add up to it. */
  readonly freed: Size;
  readonly parts: {
    readonly images: Size;
    readonly containers: Size;
    readonly buildCache: Size;
    readonly volumes: Size;
  };
  /** What was meant and stays. */
  readonly spared: readonly Spared[];
  /** Why each image was chosen, by id, where somebody had to choose. */
  readonly reasons: ReadonlyMap<string, string>;
  /** What could not be decided, one sentence each. */
  readonly notes: readonly string[];
}

export interface CleanupOptions {
  /** Containers of marked images go too. */
  readonly withContainers?: boolean;
  /** What was built on marked images goes too. */
  readonly withChildren?: boolean;
  /** The engine can stop a container, so that running ones may go. */
  readonly canStop?: boolean;
}

export const NO_MARKS: Marks = {
  images: new Map(),
  containers: [],
  buildCache: [],
  volumes: [],
  notes: [],
};

/**
 * Plans what is marked. Every bulk selection goes through here: pins are never crossed, and what a container
 * uses or others stand on stays unless the options take it along.
 */
export function planCleanup(scene: Scene, marks: Marks, options: CleanupOptions = {}): CleanupPlan {
  const meant = settled(scene.stock, marks.images);
  const marked = options.withChildren ? withDescendants(scene, meant) : meant;
  const holders = options.withContainers ? holdersOf(scene, marked, options.canStop ?? false) : [];
  const containers = unique([...marks.containers, ...holders]);
  const { stock } = scene;
  const left = withoutCache(withoutContainers(stock, containers), marks.buildCache);
  const { plan, spared } = planGuarded(left, targetsOf(marked), scene.pins);
  // A container is only in the way of an image that can go.
  const useful = containers.filter(
    (container) =>
      marks.containers.includes(container) || plan.targets.some((target) => target.id === container.imageId),
  );
  if (useful.length < containers.length) {
    const exact = planCleanup(scene, { ...marks, containers: useful }, { ...options, withContainers: false });
    const told = new Map([...spared, ...exact.spared].map((one) => [one.id, one]));
    return { ...exact, spared: [...told.values()] };
  }
  const { free, pinned } = unpinned(freedVolumes(marks.volumes, useful), scene.pins);
  const notes = marks.notes;
  return cleanupOf(stock, useful, marks.buildCache, {
    images: plan,
    volumes: free,
    spared: [...spared, ...pinned],
    notes,
  });
}

/** Puts a plan together whose images are planned already. */
export function cleanupOf(
  stock: Stock,
  containers: readonly Container[],
  cache: readonly BuildCacheItem[],
  rest: Pick<CleanupPlan, 'images'> &
    Partial<Pick<CleanupPlan, 'spared' | 'reasons' | 'notes'>> & { readonly volumes?: readonly Volume[] },
): CleanupPlan {
  const steps = containers.map(
    ({ id, name, imageId, running }): ContainerStep => ({
      id,
      name,
      imageId,
      stop: running,
      written: stock.written?.[id],
    }),
  );
  const records = cache.map(
    ({ id, type, description, size, shared }): CacheStep => ({ id, type, description, size, shared }),
  );
  const volumes = volumeSteps(stock, rest.volumes ?? []);
  const parts = {
    images: rest.images.freed,
    containers: writtenBy(steps),
    buildCache: cachedIn(stock, records),
    volumes: heldIn(volumes),
  };
  return {
    containers: steps,
    buildCache: records,
    images: rest.images,
    volumes,
    freed: sumOf(Object.values(parts)),
    parts,
    spared: rest.spared ?? [],
    reasons: rest.reasons ?? new Map(),
    notes: rest.notes ?? [],
  };
}

/** Sizes together, and every reason why they are not exact. */
export function sumOf(sizes: readonly Size[]): Size {
  const doubts = sizes.flatMap(({ bound, reason = '' }): Doubt[] =>
    bound === 'exact' ? [] : [{ bound, reason }],
  );
  return sizeOf(
    sizes.reduce((sum, size) => sum + size.bytes, 0),
    doubts,
  );
}

/** What these containers have written, which goes with them. */
export function writtenBy(steps: readonly ContainerStep[]): Size {
  const unknown = steps.some((step) => step.written === undefined);
  const bytes = steps.reduce((sum, step) => sum + (step.written ?? 0), 0);
  if (!unknown) return sizeOf(bytes, []);
  return sizeOf(bytes, [
    { bound: 'at-least', reason: 'the engine does not tell what its containers have written' },
  ]);
}

function cachedIn(stock: Stock, records: readonly CacheStep[]): Size {
  const own = records.filter((record) => !record.shared);
  const sizes = own.map((record) => freedByRecord(record, { bytes: record.size, bound: 'exact' }));
  const { bytes, ...known } = sumOf(sizes);
  if (stock.kind !== 'docker-containerd' || own.length === 0) return { bytes, ...known };
  return sizeOf(bytes, [
    { bound: 'about', reason: 'the containerd store counts cache that records share for each' },
  ]);
}

/**
 * What a record frees, and how true that is. The layers of a local image that was built on are records of size 0:
 * once the image is gone, only they hold them.
 */
export function freedByRecord({ size, shared, description }: CacheStep, freed: Size): Size {
  if (shared) return sizeOf(0, []);
  if (size > 0 || !description.startsWith('from local')) return freed;
  const reason = 'the engine does not tell the sizes of layers that the build cache has kept of local images';
  return sumOf([freed, { bytes: 0, bound: 'at-least', reason }]);
}

/** Containers that are all that keeps marked images from going. */
function holdersOf({ stock, pins }: Scene, marked: Marked, canStop: boolean): Container[] {
  const { containers, images } = factsOf(stock);
  return [...marked].flatMap(([id, names]) => {
    const image = images.get(id);
    const holders = containers.get(id);
    if (image === undefined || holders === undefined || names !== WHOLE) return [];
    return pins.of(image, stock.kind) === undefined ? (removableHolders(holders, canStop) ?? []) : [];
  });
}

/** What was built on an image goes before it, where that is in the way and all of it can go. */
function withDescendants({ stock, pins }: Scene, marked: Marked): Marked {
  if (stock.kind !== 'docker-classic') return marked;
  const { children, containers, images } = factsOf(stock);
  const isFree = (id: string) => {
    const image = images.get(id);
    return image !== undefined && !containers.has(id) && pins.of(image, stock.kind) === undefined;
  };
  const all = new Map(marked);
  for (const [id, names] of marked) {
    if (names !== WHOLE || !isFree(id)) continue;
    const below = new Set<string>();
    const open = [id];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of children.get(next) ?? []) {
        if (below.has(child)) continue;
        below.add(child);
        open.push(child);
      }
    }
    if ([...below].every(isFree)) for (const child of below) all.set(child, WHOLE);
  }
  return all;
}

function unique(containers: readonly Container[]): Container[] {
  return [...new Map(containers.map((container) => [container.id, container])).values()];
}
