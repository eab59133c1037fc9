/**
 * A removal plan: what will be done, what it frees, what stays, what stands in the way.
 * The types here are the contract between planner, screens and headless commands.
 */
import type { RemovalEntry, Size } from './engine.ts';

/** What a person wants gone: a whole image, or only some of its names. */
export interface Target {
  readonly id: string;
  /** Names to remove (tags or digest references, familiar form); left out: the image with all its names. */
  readonly references?: readonly string[];
}

export interface PlanOptions {
  /** As docker's `--force`: several names of one id, and stopped containers do not block. */
  readonly force?: boolean;
  /** As docker's `--no-prune`: untagged parents stay. */
  readonly noPrune?: boolean;
}

export interface StepLayer {
  readonly chainId: string;
  readonly size: number;
  /** False when the size could not be matched to the layer beyond doubt. */
  readonly exact: boolean;
}

/** One effect, in the order in which it happens. */
export type Step =
  | { readonly action: 'untag'; readonly reference: string; readonly id: string }
  | {
      readonly action: 'delete';
      readonly id: string;
      /** A name the image had before the plan, `''` if it had none. */
      readonly reference: string;
      /** Layers that go with it, top first, as the engine answers them. */
      readonly layers: readonly StepLayer[];
      /** Bytes that go with it and are no layers: manifests and configs, where an engine keeps them as files. */
      readonly besides: number;
      /** True for an untagged parent that goes because nothing needs it any more. */
      readonly parent: boolean;
      /** Whether a registry is known to hold it: it carries a registry digest. */
      readonly pullable: 'yes' | 'no' | 'unknown';
    };

/** One call to the engine: `engine.remove(target, {force, noPrune})`, and what it is predicted to answer. */
export interface PlannedCall {
  readonly target: string;
  /** The image that `target` must still mean when the call is made. */
  readonly id: string;
  readonly force: boolean;
  readonly noPrune: boolean;
  readonly expected: readonly RemovalEntry[];
}

/** A layer of a removed image that stays on disk, and the images that still need it. */
export interface Keep {
  readonly chainId: string;
  readonly size: number;
  readonly createdBy: string;
  /** Ids of the images that hold it. */
  readonly images: readonly string[];
  /** Names of containers that hold it where no image does. */
  readonly containers: readonly string[];
  /** True where the build cache holds it: pruning the build cache frees it. */
  readonly buildCache: boolean;
}

export interface Blocker {
  readonly kind: 'running-container' | 'stopped-container' | 'child-image' | 'several-names' | 'not-found';
  /** The image that cannot go. */
  readonly id: string;
  /** How a person knows it: its name, or a short id. */
  readonly name: string;
  /** The containers or images that stand in the way, by name or short id. */
  readonly by: readonly string[];
  /** What would unblock it: `stop and remove web-1`. */
  readonly help: string;
  /** True when docker's `--force` would go on. */
  readonly forceable: boolean;
}

/**
 * `nothing`: there is nothing to do. `reversible`: only names go and the images stay under others.
 * `pullable`: everything that is deleted can be pulled again. `irreversible`: something cannot, or it is not known.
 */
export type PlanWeight = 'nothing' | 'reversible' | 'pullable' | 'irreversible';

/** What was true of an image when the plan was made; where it is no longer, the plan must be made again. */
export interface PlanBasis {
  readonly id: string;
  /** Tags and digest references. */
  readonly names: readonly string[];
  /** Ids of images built on it. */
  readonly children: readonly string[];
  /** Containers made from it, as `id` or, where it runs, `id running`. */
  readonly containers: readonly string[];
}

export interface Plan {
  readonly targets: readonly Target[];
  readonly steps: readonly Step[];
  readonly calls: readonly PlannedCall[];
  /** Every image that the calls change, as it was. */
  readonly basis: readonly PlanBasis[];
  /** Bytes freed by the whole set; what each frees alone stands in the ledger. */
  readonly freed: Size;
  readonly keeps: readonly Keep[];
  readonly blockers: readonly Blocker[];
  readonly weight: PlanWeight;
  /** Ids of deleted images for which no registry copy is known. */
  readonly lost: readonly string[];
  /** Further truths a person should read before going on, one sentence each. */
  readonly notes: readonly string[];
}
