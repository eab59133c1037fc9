/** A plan as a JSON document; field names are stable. Sizes are bytes, ids whole. */
import type { Blocker, Plan, PlanWeight } from '../engine/plan.ts';

export interface PlanDocument {
  readonly steps: readonly {
    readonly action: 'untag' | 'delete';
    readonly reference: string;
    readonly id: string;
  }[];
  readonly freedBytes: number;
  /** Whether `freedBytes` is exact; if not, `bound` and `reason` say how it is meant. */
  readonly exact: boolean;
  readonly bound: 'exact' | 'at-least' | 'about';
  readonly reason: string;
  readonly keeps: readonly {
    readonly chainId: string;
    readonly size: number;
    readonly createdBy: string;
    readonly images: readonly string[];
    readonly containers: readonly string[];
    readonly buildCache: boolean;
  }[];
  readonly blockers: readonly Blocker[];
  readonly weight: PlanWeight;
  /** Ids of deleted images for which no registry copy is known. */
  readonly lost: readonly string[];
  readonly notes: readonly string[];
}

export function planDocument(plan: Plan): PlanDocument {
  return {
    steps: plan.steps.map(({ action, reference, id }) => ({ action, reference, id })),
    freedBytes: plan.freed.bytes,
    exact: plan.freed.bound === 'exact',
    bound: plan.freed.bound,
    reason: plan.freed.reason ?? '',
    keeps: plan.keeps.map(({ chainId, size, createdBy, images, containers, buildCache }) => ({
      chainId,
      size,
      createdBy,
      images,
      containers,
      buildCache,
    })),
    blockers: plan.blockers,
    weight: plan.weight,
    lost: plan.lost,
    notes: plan.notes,
  };
}
