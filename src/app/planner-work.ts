/** The plan of all that is marked, worked out when the keyboard rests, and when it still holds. */
import { type CleanupOptions, type CleanupPlan, planCleanup } from '../engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../engine/cleanup/free-up.ts';
import type { Pins } from '../engine/cleanup/pins.ts';
import { type PlanDetails, planDetails } from '../engine/cleanup/plan-details.ts';
import { type RegistryAnswer, withAnswers } from '../engine/cleanup/registry-check.ts';
import type { Marks } from '../engine/cleanup/rule-match.ts';
import type { Scene } from '../engine/cleanup/scene.ts';
import type { Image } from '../engine/image.ts';
import { pullable } from '../engine/pullable.ts';
import type { Stock } from '../engine/stock.ts';
import { cleanupOptions, plannedMarks } from './planned.ts';
import { goalOf } from './planner.ts';
import { sceneOf } from './scene.ts';
import type { AppState } from './state.ts';

/** The plan of exactly these marks on exactly this scene. */
export interface PlannerWork {
  readonly scene: Scene;
  readonly marks: Marks;
  readonly options: CleanupOptions;
  readonly goal: number | undefined;
  readonly excluded: ReadonlySet<string>;
  readonly registries: ReadonlyMap<string, RegistryAnswer>;
  readonly plan: CleanupPlan;
  readonly details: PlanDetails;
  /** Whether the goal can be met; undefined where there is none. */
  readonly reached: boolean | undefined;
}

/** A plan whose images are not told one by one yet: that takes as long again. */
export type PlannedWork = Omit<PlannerWork, 'details'>;

/** Plans what the state marks; undefined while there is no stock. */
export function workOut(state: AppState): PlannerWork | undefined {
  const work = planOut(state);
  return work === undefined ? undefined : withDetails(work);
}

export function withDetails(work: PlannedWork): PlannerWork {
  return { ...work, details: planDetails(work.scene.stock, work.plan.images) };
}

export function planOut(state: AppState): PlannedWork | undefined {
  const scene = sceneOf(state);
  const marks = plannedMarks(state);
  if (scene === undefined || marks === undefined) return undefined;
  const { excluded, registries } = state.planner;
  const options = cleanupOptions(state);
  const goal = goalOf(state.planner);
  const holding: Scene = { ...scene, pins: pinsWith(scene.pins, excluded) };
  const choice =
    goal === undefined
      ? { plan: planCleanup(holding, marks, options), reached: undefined }
      : freeUp(holding, goal, marks, {
          ...options,
          pullable: (image) => registries.get(image.id)?.pullable ?? pullable(scene.stock.kind, image),
        });
  const images = registries.size === 0 ? choice.plan.images : withAnswers(choice.plan.images, registries);
  const plan = { ...choice.plan, images };
  const { reached } = choice;
  return { scene, marks, options, goal, excluded, registries, plan, reached };
}

/** The same rules, marks and options on what the engine holds now. */
export function planAgain(state: AppState, stock: Stock, now: number): CleanupPlan {
  return planOut({ ...state, stock, now })!.plan;
}

/** What was left out is held as if it were pinned: nothing takes it along. */
function pinsWith(pins: Pins, excluded: ReadonlySet<string>): Pins {
  if (excluded.size === 0) return pins;
  return {
    count: pins.count + excluded.size,
    of: (image: Image, kind) =>
      excluded.has(image.id)
        ? { names: [...image.references, ...image.digests], whole: true, by: 'left out' }
        : pins.of(image, kind),
    ofVolume: (volume) => pins.ofVolume(volume),
  };
}
