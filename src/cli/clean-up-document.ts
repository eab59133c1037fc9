/** A clean-up plan as a JSON document; field names are stable. It can be given back to `nacre prune --plan`. */
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import { diskAfter, planDetails } from '../engine/cleanup/plan-details.ts';
import { planFile } from '../engine/cleanup/plan-file.ts';
import { cleanupWeight } from '../engine/cleanup/weight.ts';
import type { EngineInfo, Size } from '../engine/engine.ts';
import type { PlanOptions } from '../engine/plan.ts';
import type { Stock } from '../engine/stock.ts';
import type { PlannedCleanup } from './clean-up.ts';
import { planDocument } from './plan-document.ts';

/** What every plan document has. */
export function contractDocument(
  info: EngineInfo,
  plan: CleanupPlan,
  stock: Stock,
  options: PlanOptions = {},
) {
  return {
    ...planFile(info, plan, options),
    ...planDocument(plan.images),
    ...sizeFields(plan.freed),
    parts: plan.parts,
    weight: cleanupWeight(plan),
    images: planDetails(stock, plan.images).fates,
  };
}

export function cleanupDocument(info: EngineInfo, planned: PlannedCleanup) {
  const { plan, scene, answers, request, reached, registries, missing, usage } = planned;
  const { alone, together } = planDetails(scene.stock, plan.images);
  return {
    ...contractDocument(info, plan, scene.stock),
    rules: answers.map(({ text, images, containers, buildCache, volumes, freed, notes }) => ({
      rule: text,
      images,
      containers,
      buildCache,
      volumes,
      freed,
      notes,
    })),
    goal: request.free === undefined ? null : { bytes: request.free, reached },
    aloneBytes: alone,
    together,
    spared: plan.spared,
    reasons: Object.fromEntries(plan.reasons),
    notes: [...plan.notes, ...plan.images.notes],
    registries: Object.fromEntries(registries),
    watchedSince: scene.uses.since ?? null,
    disk: diskAfter(usage, plan),
    failures: missing.map(({ name, help }) => ({
      reference: name,
      message: `no such image: ${name}`,
      hint: help,
    })),
  };
}

export function sizeFields({ bytes, bound, reason = '' }: Size) {
  return { freedBytes: bytes, exact: bound === 'exact', bound, reason };
}
