/** What a removal does on an engine: each kind has its own rules, tried on a RemovalStore. */
import type { EngineKind, RemovalEntry } from './engine.ts';
import type { Blocker } from './plan.ts';
import { classicRules } from './removal-classic.ts';
import { containerdRules } from './removal-containerd.ts';
import { embeddedRules } from './removal-embedded.ts';
import type { Released } from './removal-parcels.ts';
import { podmanRules } from './removal-podman.ts';
import type { RemovalStore } from './removal-store.ts';

/** One call to an engine: a name of an image, or with no name the image by its id. */
export interface RemovalRequest {
  readonly id: string;
  readonly name?: string;
  readonly force: boolean;
  readonly noPrune: boolean;
}

export interface DeletedImage {
  readonly id: string;
  readonly released: Released;
  /** An untagged parent that goes because nothing needs it any more. */
  readonly parent: boolean;
}

export interface Removal {
  /** The engine's answer, in its order. */
  readonly entries: readonly RemovalEntry[];
  readonly untagged: readonly string[];
  readonly deleted: readonly DeletedImage[];
}

/** Why the engine refuses; nothing was changed. */
export interface Refusal {
  readonly refused: Exclude<Blocker['kind'], 'not-found'>;
  readonly forceable: boolean;
}

export interface RemovalRules {
  /** Whether untagged parents are left to the engine; if not, each is a call of its own. */
  readonly prunesParents: boolean;
  /** Makes a removal happen in the store, or refuses and leaves the store as it was. */
  remove(store: RemovalStore, request: RemovalRequest): Removal | Refusal;
  /** Why the engine will not let a whole image go, whatever names it has; undefined when it will. */
  blocked(store: RemovalStore, id: string, force: boolean): Refusal | undefined;
  /** Whether an image with these names cannot be removed by its id without force. */
  hasSeveralNames(names: readonly string[]): boolean;
}

const RULES: Readonly<Record<EngineKind, RemovalRules>> = {
  'docker-classic': classicRules,
  'docker-containerd': containerdRules,
  podman: podmanRules,
  embedded: embeddedRules,
};

export function removalRules(kind: EngineKind): RemovalRules {
  return RULES[kind];
}

export function isRefusal(outcome: Removal | Refusal): outcome is Refusal {
  return 'refused' in outcome;
}
