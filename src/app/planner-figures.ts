/** What each rule of the planner would do alone: one rule at a time, so that no key waits for all of them. */
import { NO_MARKS } from '../engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../engine/cleanup/free-up.ts';
import { answerRule } from '../engine/cleanup/rule-answers.ts';
import type { Scene } from '../engine/cleanup/scene.ts';
import type { Size } from '../engine/engine.ts';
import { cleanupOptions } from './planned.ts';
import type { PlannerEntry, PlannerRule } from './planner.ts';
import { sceneOf } from './scene.ts';
import type { AppState } from './state.ts';

export interface RuleFigure {
  readonly images: number;
  readonly containers: number;
  /** Of build cache. */
  readonly records: number;
  readonly volumes: number;
  readonly freed: Size;
  readonly notes: readonly string[];
}

/** Figures of exactly this scene and these options, as far as they are worked out. */
export interface RuleFigures {
  readonly scene: Scene;
  readonly withContainers: boolean;
  readonly withChildren: boolean;
  readonly byText: ReadonlyMap<string, RuleFigure>;
}

/** Figures that hold: a minute more changes none that a person would miss. */
export function figuresOf(state: AppState): RuleFigures | undefined {
  const { ruleFigures, planner } = state;
  const scene = sceneOf(state);
  if (ruleFigures === undefined || scene === undefined) return undefined;
  const isSame =
    ruleFigures.scene.stock === scene.stock &&
    ruleFigures.scene.pins === scene.pins &&
    ruleFigures.scene.uses === scene.uses &&
    ruleFigures.withContainers === planner.withContainers &&
    ruleFigures.withChildren === planner.withChildren;
  return isSame ? ruleFigures : undefined;
}

/** The first rule whose figure is missing; undefined when all are there. What takes longest comes last. */
export function missingFigure(state: AppState): PlannerEntry | undefined {
  const known = figuresOf(state)?.byText;
  const missing = state.planner.entries.filter(({ text, rule }) => rule !== undefined && !known?.has(text));
  return missing.find(({ rule }) => rule!.kind !== 'free') ?? missing[0];
}

/** The figures with that of one more rule. */
export function withFigure(state: AppState, { text, rule }: PlannerEntry): RuleFigures | undefined {
  const scene = sceneOf(state);
  if (scene === undefined || rule === undefined) return state.ruleFigures;
  const { withContainers, withChildren } = state.planner;
  const known = figuresOf(state);
  const byText = new Map(known?.byText);
  byText.set(text, figureOf(state, scene, rule));
  return { scene: known?.scene ?? scene, withContainers, withChildren, byText };
}

export function figureOf(state: AppState, scene: Scene, rule: PlannerRule): RuleFigure {
  const options = cleanupOptions(state);
  if (rule.kind !== 'free') {
    const { images, containers, buildCache, volumes, freed, notes } = answerRule(scene, rule, options);
    return {
      images: images.length,
      containers: containers.length,
      records: buildCache.length,
      volumes: volumes.length,
      freed,
      notes,
    };
  }
  const { plan, reached } = freeUp(scene, rule.bytes, NO_MARKS, options);
  return {
    images: plan.images.targets.length,
    containers: plan.containers.length,
    records: plan.buildCache.length,
    volumes: plan.volumes.length,
    freed: plan.freed,
    notes: reached ? [] : ['That is all that may go.'],
  };
}
