/** Effective marks: what is marked by hand, what ticked rules match and what was chosen to free enough, without what stays all the same. */

import type { CleanupOptions } from '../engine/cleanup/cleanup-plan.ts';
import { type Marked, union, WHOLE } from '../engine/cleanup/marked.ts';
import { type Marks, matchRules } from '../engine/cleanup/rule-match.ts';
import { factsOf, type Scene } from '../engine/cleanup/scene.ts';
import type { Container } from '../engine/container.ts';
import type { BuildCacheItem } from '../engine/disk-usage.ts';
import { type Volume, volumeId } from '../engine/volume.ts';
import { goalOf, type PlannerEntry, tickedRules } from './planner.ts';
import type { PlannedWork, PlannerWork } from './planner-work.ts';
import { sceneOf } from './scene.ts';
import type { AppState } from './state.ts';

/** Whether rules have a say in what is marked. */
export function isPlanning({ planner }: Pick<AppState, 'planner'>): boolean {
  return planner.ticked.size > 0;
}

interface Matched {
  readonly scene: Scene;
  readonly entries: readonly PlannerEntry[];
  readonly marks: Marks;
}

interface Combined {
  readonly matched: Marks;
  readonly byHand: ReadonlySet<string>;
  readonly excluded: ReadonlySet<string>;
  readonly marks: Marks;
}

const matches = new WeakMap<ReadonlySet<string>, Matched>();
const combinations = new WeakMap<ReadonlySet<string>, Combined>();

/** What the plan is made from; undefined while there is no stock. The same value as long as the same is marked. */
export function plannedMarks(state: AppState): Marks | undefined {
  const scene = sceneOf(state);
  if (scene === undefined) return undefined;
  const matched = matchTicked(state, scene);
  const { marks: byHand } = state;
  const { ticked, excluded } = state.planner;
  const last = combinations.get(ticked);
  if (last?.matched === matched && last.byHand === byHand && last.excluded === excluded) return last.marks;
  const marks = combine(matched, byHand, excluded);
  combinations.set(ticked, { matched, byHand, excluded, marks });
  return marks;
}

/** What the ticked rules match, before anything is left out. */
function matchTicked({ planner }: AppState, scene: Scene): Marks {
  const { ticked, entries } = planner;
  const last = matches.get(ticked);
  if (last?.scene === scene && last.entries === entries) return last.marks;
  const fresh = matchRules(scene, tickedRules(planner));
  // A minute later most often the same is meant: whatever was worked out for it holds on.
  const holds = last !== undefined && last.scene.stock === scene.stock && areSame(last.marks, fresh);
  const marks = holds ? last.marks : fresh;
  matches.set(ticked, { scene, entries, marks });
  return marks;
}

function areSame(a: Marks, b: Marks): boolean {
  const text = (marks: Marks): string =>
    JSON.stringify([
      [...marks.images].map(([id, names]) => [id, names === WHOLE ? names : [...names]]),
      marks.containers.map(({ id }) => id),
      marks.buildCache.map(({ id }) => id),
      marks.volumes,
      marks.notes,
    ]);
  return text(a) === text(b);
}

function combine(matched: Marks, byHand: ReadonlySet<string>, excluded: ReadonlySet<string>): Marks {
  const hand: Marked = new Map([...byHand].map((id) => [id, WHOLE] as const));
  const images = new Map(matched.images.size === 0 ? hand : union([matched.images, hand]));
  for (const id of excluded) images.delete(id);
  return {
    images,
    containers: matched.containers.filter(({ id }) => !excluded.has(id)),
    buildCache: standing(matched.buildCache, excluded),
    volumes: matched.volumes.filter(({ name }) => !excluded.has(volumeId(name))),
    notes: matched.notes,
  };
}

/** Records without those that stay, and without what those stand on. */
function standing(records: readonly BuildCacheItem[], excluded: ReadonlySet<string>): BuildCacheItem[] {
  const held = new Set(excluded);
  return records.filter(({ id, parents }) => {
    if (!held.has(id)) return true;
    for (const parent of parents) held.add(parent);
    return false;
  });
}

/** Of what ticked rules match, what a person left out: it is still shown, so that it can be taken back. */
export function leftOut(state: AppState): {
  readonly images: readonly string[];
  readonly containers: readonly Container[];
  readonly buildCache: readonly BuildCacheItem[];
  readonly volumes: readonly Volume[];
} {
  const scene = sceneOf(state);
  const { excluded } = state.planner;
  if (scene === undefined || excluded.size === 0)
    return { images: [], containers: [], buildCache: [], volumes: [] };
  const matched = matchTicked(state, scene);
  return {
    images: [...excluded].filter((id) => factsOf(scene.stock).images.has(id) && isMeant(state, matched, id)),
    containers: matched.containers.filter(({ id }) => excluded.has(id)),
    buildCache: matched.buildCache.filter(({ id }) => excluded.has(id)),
    volumes: matched.volumes.filter(({ name }) => excluded.has(volumeId(name))),
  };
}

/** What is chosen to free enough is chosen anew each time: whatever was left out there stays in sight. */
function isMeant({ planner }: AppState, matched: Marks, id: string): boolean {
  return matched.images.has(id) || goalOf(planner) !== undefined;
}

export function cleanupOptions({ planner, absent }: AppState): CleanupOptions {
  const { withContainers, withChildren } = planner;
  return { withContainers, withChildren, canStop: absent.containers === undefined };
}

/** The plan that was worked out, if it is that of what is marked now; a minute more changes no figure. */
export function freshWork(state: AppState): PlannerWork | undefined {
  const { cleanup } = state;
  return cleanup !== undefined && isFresh(cleanup, state) ? cleanup : undefined;
}

export function isFresh(work: PlannedWork, state: AppState): boolean {
  if (work.marks !== plannedMarks(state)) return false;
  const { planner } = state;
  const scene = sceneOf(state);
  const options = cleanupOptions(state);
  return (
    work.scene.stock === scene?.stock &&
    work.scene.pins === scene.pins &&
    work.scene.uses === scene.uses &&
    work.goal === goalOf(planner) &&
    work.excluded === planner.excluded &&
    work.registries === planner.registries &&
    work.options.withContainers === options.withContainers &&
    work.options.withChildren === options.withChildren &&
    work.options.canStop === options.canStop
  );
}

interface Shown {
  readonly work: PlannerWork | undefined;
  readonly withContainers: boolean;
  readonly ids: ReadonlySet<string>;
}

const shown = new WeakMap<Marks, Shown>();

/**
 * Ids of the images drawn as marked. Without ticked rules they are those marked by hand; else what is marked by hand
 * and what rules mark, unless a container or a pin holds it.
 */
export function markedImages(state: AppState): ReadonlySet<string> {
  if (!isPlanning(state)) return state.marks;
  const marks = plannedMarks(state);
  if (marks === undefined) return state.marks;
  const work = freshWork(state);
  const { withContainers } = state.planner;
  const last = shown.get(marks);
  if (last !== undefined && last.work === work && last.withContainers === withContainers) return last.ids;
  const ids = new Set(state.marks);
  if (work !== undefined) for (const { id } of work.plan.images.targets) ids.add(id);
  else for (const id of freeToGo(state, marks)) ids.add(id);
  shown.set(marks, { work, withContainers, ids });
  return ids;
}

/** Until the plan is worked out: what neither a container nor a pin holds. */
function freeToGo(state: AppState, marks: Marks): string[] {
  const scene = sceneOf(state)!;
  const { images, containers } = factsOf(scene.stock);
  const going = new Set(marks.containers.map(({ id }) => id));
  const { withContainers } = state.planner;
  return [...marks.images.keys()].filter((id) => {
    const image = images.get(id);
    if (image === undefined) return false;
    const isUsed = containers.get(id)?.some((container) => !going.has(container.id)) ?? false;
    if (isUsed && !withContainers) return false;
    const pin = scene.pins.of(image, scene.stock.kind);
    return pin === undefined || (!pin.whole && image.references.some((name) => !pin.names.includes(name)));
  });
}
