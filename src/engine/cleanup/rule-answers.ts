/** What each rule alone would do: the figures beside its tick. */
import type { Size } from '../engine.ts';
import { type CleanupOptions, planCleanup } from './cleanup-plan.ts';
import type { Spared } from './guard.ts';
import type { Rule } from './rule.ts';
import { type Marks, matchRules } from './rule-match.ts';
import { ruleText } from './rule-text.ts';
import type { Scene } from './scene.ts';

export interface RuleAnswer {
  readonly rule: Rule;
  readonly text: string;
  /** Ids of the images it marks that may go, whole or by some of their names. */
  readonly images: readonly string[];
  readonly containers: readonly string[];
  readonly buildCache: readonly string[];
  /** Names. */
  readonly volumes: readonly string[];
  /** Bytes that its set frees. */
  readonly freed: Size;
  /** What it means and leaves alone. */
  readonly spared: readonly Spared[];
  /** What it could not decide, one sentence each. */
  readonly notes: readonly string[];
}

export function answerRule(scene: Scene, rule: Rule, options: CleanupOptions = {}): RuleAnswer {
  const marks: Marks = matchRules(scene, [rule]);
  const plan = planCleanup(scene, marks, options);
  return {
    rule,
    text: ruleText(rule),
    images: plan.images.targets.map((target) => target.id),
    containers: plan.containers.map((step) => step.id),
    buildCache: plan.buildCache.map((step) => step.id),
    volumes: plan.volumes.map((step) => step.name),
    freed: plan.freed,
    spared: plan.spared,
    notes: plan.notes,
  };
}
