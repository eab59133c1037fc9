/** A plan with everything the dialog says of it and a result is measured by, worked out once. */
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import { crossing } from '../engine/cleanup/guard.ts';
import { NO_PINS, type Pins } from '../engine/cleanup/pins.ts';
import { type PlanDetails, planDetails } from '../engine/cleanup/plan-details.ts';
import { cleanupWeight } from '../engine/cleanup/weight.ts';
import type { EngineKind } from '../engine/engine.ts';
import type { PlanWeight } from '../engine/plan.ts';
import { displayName } from '../engine/removal-blockers.ts';
import type { Stock } from '../engine/stock.ts';
import type { TrashOutlook } from '../engine/trash/trash-estimate.ts';
import type { App } from './app.ts';

export interface Asking {
  /** Said above the plan. */
  readonly notice?: string;
  /** No key opened the dialog: a person who is typing must not answer it by chance. */
  readonly unasked?: boolean;
}

/** What is planned, and how it is planned again when the engine has moved on. */
export interface Asked {
  /** Errors: EngineError where what is asked for cannot be planned. */
  readonly plan: (stock: Stock) => CleanupPlan;
  /** `removal`: a deletion of named images; `clean-up`: what rules and marks choose. */
  readonly kind: 'removal' | 'clean-up';
  /** The images are the marked ones. */
  readonly marked: boolean;
  /** Plans again as docker's --force would act; undefined where that is no choice. */
  readonly force?: (app: App) => void;
  /** Asks again for what is left once these images are gone; undefined where nothing is. */
  readonly again: (gone: ReadonlySet<string>) => ((app: App, asking: Asking) => void) | undefined;
}

export interface ShownPlan {
  readonly plan: CleanupPlan;
  readonly weight: PlanWeight;
  readonly details: PlanDetails;
  /** The command that removes images on this engine: `docker image rm`. */
  readonly command: string;
  /** Images a person knows of that still need layers the plan leaves. */
  readonly needers: number;
  /** Names of images, by id, of those that the plan speaks of. */
  readonly names: ReadonlyMap<string, string>;
  /** Every image that was there. */
  readonly images: ReadonlySet<string>;
  /** Pinned images that go all the same, because a person named or marked them. */
  readonly pinned: readonly { readonly name: string; readonly by: string }[];
  /** What the trash will keep; undefined where it keeps nothing. */
  readonly trash: TrashOutlook | undefined;
  /** It is written down, so that it can be taken back. */
  readonly journaled: boolean;
}

/** What a person would type to the same effect. */
const COMMANDS: Readonly<Record<EngineKind, string>> = {
  'docker-classic': 'docker image rm',
  'docker-containerd': 'docker image rm',
  podman: 'podman image rm',
  embedded: 'nacre rmi',
};

export function shownPlan(
  stock: Stock,
  plan: CleanupPlan,
  trash: TrashOutlook | undefined,
  pins: Pins = NO_PINS,
  journaled = true,
): ShownPlan {
  return {
    plan,
    weight: cleanupWeight(plan, trash !== undefined && !trash.tooLarge),
    details: planDetails(stock, plan.images),
    command: COMMANDS[stock.kind],
    needers: needersOf(plan, stock),
    names: new Map(stock.images.map((image) => [image.id, displayName(image)])),
    images: new Set(stock.images.map((image) => image.id)),
    pinned: pinnedOf(stock, plan, pins),
    trash,
    journaled,
  };
}

function pinnedOf(stock: Stock, { images }: CleanupPlan, pins: Pins): ShownPlan['pinned'] {
  if (pins.count === 0) return [];
  const known = new Map(stock.images.map((image) => [image.id, image]));
  return [...crossing(stock, images, images.targets, pins)].flatMap(([id, { by }]) => {
    const image = known.get(id);
    return image === undefined ? [] : [{ name: displayName(image), by }];
  });
}

/** Images that still need what stays, build steps left out: nobody knows those by name. */
function needersOf({ images }: CleanupPlan, stock: Stock): number {
  const steps = new Set(stock.images.flatMap((image) => (image.role === 'intermediate' ? [image.id] : [])));
  return new Set(images.keeps.flatMap((keep) => keep.images.filter((id) => !steps.has(id)))).size;
}
