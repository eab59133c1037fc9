/** A plan in the making: each call is tried on a model of the store, and what happens there is written down. */
import type { Image } from './image.ts';
import type { Blocker, Plan, PlannedCall, PlanOptions, PlanWeight, Step, Target } from './plan.ts';
import { planBasis } from './removal-basis.ts';
import { refusalBlocker, vanishedBlocker } from './removal-blockers.ts';
import { freedSize } from './removal-doubt.ts';
import { keptLayers } from './removal-keeps.ts';
import { inEngineOrder, isDigestName } from './removal-names.ts';
import {
  type DeletedImage,
  isRefusal,
  type Refusal,
  type Removal,
  type RemovalRequest,
  removalRules,
} from './removal-rules.ts';
import { RemovalStore } from './removal-store.ts';
import type { Stock } from './stock.ts';

export class RemovalDraft {
  readonly #stock: Stock;
  readonly #options: PlanOptions;
  readonly #store: RemovalStore;
  readonly #steps: Step[] = [];
  readonly #calls: PlannedCall[] = [];
  readonly #deleted: DeletedImage[] = [];
  readonly #blockers: Blocker[] = [];
  readonly #notes: string[] = [];
  readonly #wanted: ReadonlySet<string>;

  constructor(stock: Stock, targets: readonly Target[], options: PlanOptions) {
    this.#wanted = new Set(targets.map((target) => target.id));
    this.#stock = stock;
    this.#options = options;
    this.#store = new RemovalStore(stock);
  }

  /** Children first: an image can only go once nothing that was built on it is left. */
  inOrder(targets: readonly Target[]): Target[] {
    if (targets.length < 2) return [...targets];
    const depths = new Map<string, number>();
    const depth = (id: string): number => {
      const known = depths.get(id);
      if (known !== undefined) return known;
      // Set before the walk goes on, so that a circle of parents in a broken store ends.
      depths.set(id, 0);
      const parent = this.#store.parent(id);
      const found = parent === undefined ? 0 : depth(parent) + 1;
      depths.set(id, found);
      return found;
    };
    return [...targets].sort((a, b) => depth(b.id) - depth(a.id));
  }

  plan(target: Target): void {
    const image = this.#store.image(target.id);
    if (!image) {
      // A parent that an earlier call takes along needs no call of its own.
      if (!this.#store.original(target.id)) this.#blockers.push(vanishedBlocker(target.id));
      return;
    }
    const names = this.#store.names(target.id);
    const missing = target.references?.filter((name) => !names.includes(name)) ?? [];
    for (const name of missing) this.#blockers.push(vanishedBlocker(target.id, name));
    const wanted = target.references?.filter((name) => names.includes(name)) ?? names;
    if (target.references && wanted.length === 0) return;
    if (!target.references) this.#planWhole(image);
    else this.#planNames(image, wanted);
  }

  #planWhole(image: Image): void {
    const rules = removalRules(this.#stock.kind);
    const refusal = rules.blocked(this.#store, image.id, false);
    if (refusal) {
      if (this.#options.force && !rules.blocked(this.#store, image.id, true)) {
        // One forced call by id: by its names, some engines would only untag it.
        this.#call(image, undefined, true);
      } else this.#block(image, refusal);
      return;
    }
    const names = this.#store.names(image.id);
    if (names.length === 0) this.#call(image, undefined, false);
    else this.#callNames(image, names);
  }

  #planNames(image: Image, wanted: readonly string[]): void {
    const refusal = this.#refusalOf(image, wanted);
    if (refusal) this.#block(image, refusal);
    else this.#callNames(image, wanted);
  }

  /** Tried on a copy first: an image of which one name is refused keeps the others too. */
  #refusalOf(image: Image, names: readonly string[]): Refusal | undefined {
    const rules = removalRules(this.#stock.kind);
    const trial = this.#store.fork();
    for (const name of inCallOrder(names)) {
      if (!trial.names(image.id).includes(name)) continue;
      const request = { id: image.id, name, force: false, noPrune: true };
      const outcome = rules.remove(trial, request);
      if (!isRefusal(outcome)) continue;
      if (!outcome.forceable || !this.#options.force) return outcome;
      rules.remove(trial, { ...request, force: true });
    }
    return undefined;
  }

  /** Names one by one; an engine takes digest references along with a repository's last tag. */
  #callNames(image: Image, names: readonly string[]): void {
    for (const name of inCallOrder(names)) {
      if (!this.#store.names(image.id).includes(name)) continue;
      if (!this.#call(image, name, false)) return;
    }
  }

  /** Force only where the engine refuses without it: it is never more than needed. */
  #call(image: Image, name: string | undefined, force: boolean, asParent = false): boolean {
    const request: RemovalRequest = {
      id: image.id,
      ...(name !== undefined && { name }),
      force,
      noPrune: this.#options.noPrune || !removalRules(this.#stock.kind).prunesParents,
    };
    const before = this.#store.image(image.id) !== undefined;
    const outcome = removalRules(this.#stock.kind).remove(this.#store, request);
    if (isRefusal(outcome)) {
      if (!force && outcome.forceable && this.#options.force) return this.#call(image, name, true, asParent);
      this.#block(image, outcome);
      return false;
    }
    this.#calls.push({
      target: name ?? image.id,
      id: image.id,
      force,
      noPrune: request.noPrune,
      expected: outcome.entries,
    });
    this.#record(image, outcome, asParent);
    if (!this.#store.image(image.id)) this.#pruneParents(image.id);
    else if (before && this.#store.names(image.id).length === 0) this.#noteHidden(image);
    return true;
  }

  /** Where parents are not left to the engine: the next one, if nothing needs it any more. */
  #pruneParents(id: string): void {
    if (this.#options.noPrune || removalRules(this.#stock.kind).prunesParents) return;
    const parentId = this.#store.parent(id);
    const parent = parentId === undefined ? undefined : this.#store.image(parentId);
    if (!parent || this.#store.names(parent.id).length > 0) return;
    if (this.#store.children(parent.id).length > 0 || this.#store.containers(parent.id).length > 0) return;
    this.#call(parent, undefined, false, true);
  }

  #record(image: Image, removal: Removal, asParent: boolean): void {
    for (const reference of removal.untagged) this.#steps.push({ action: 'untag', reference, id: image.id });
    for (const gone of removal.deleted) {
      const original = this.#store.original(gone.id);
      this.#deleted.push(gone);
      this.#steps.push({
        action: 'delete',
        id: gone.id,
        reference: original ? (original.references[0] ?? original.digests[0] ?? '') : '',
        layers: gone.layers.map((node) => ({
          chainId: node.chainId,
          size: node.layer.size,
          exact: node.exact,
        })),
        besides: gone.besides,
        parent: (gone.parent || asParent) && !this.#wanted.has(gone.id),
        pullable: original ? pullable(this.#stock, original) : 'unknown',
      });
    }
  }

  #noteHidden(image: Image): void {
    const name = image.references[0] ?? image.digests[0] ?? '';
    const why =
      this.#store.containers(image.id).length > 0
        ? 'a container still uses it'
        : 'other images were built on it';
    this.#notes.push(`${name} loses its name but stays on disk: ${why}.`);
  }

  #block(image: Image, refusal: Refusal): void {
    this.#blockers.push(refusalBlocker(this.#store, image, refusal));
  }

  finish(targets: readonly Target[]): Plan {
    const lost = this.#steps.flatMap((step) =>
      step.action === 'delete' && !step.parent && step.pullable !== 'yes' ? [step.id] : [],
    );
    const keeps = keptLayers(this.#store, this.#deleted);
    const held = keeps.filter((keep) => keep.buildCache).length;
    const notes = [...this.#notes];
    if (this.#stock.kind === 'podman' && this.#options.noPrune && this.#deleted.some((gone) => gone.parent)) {
      notes.push('Podman removes untagged parents in any case.');
    }
    if (held > 0) {
      const layers = held === 1 ? '1 layer stays' : `${held} layers stay`;
      notes.push(`${layers} in the build cache: pruning the build cache frees them.`);
    }
    return {
      targets,
      steps: this.#steps,
      calls: this.#calls,
      basis: planBasis(this.#stock, [...new Set(this.#steps.map((step) => step.id))]),
      freed: freedSize(this.#stock, this.#deleted),
      keeps,
      blockers: this.#blockers,
      weight: weigh(this.#steps, lost),
      lost,
      notes,
    };
  }
}

function inCallOrder(names: readonly string[]): string[] {
  const ordered = inEngineOrder(names);
  return [...ordered.filter((name) => !isDigestName(name)), ...ordered.filter(isDigestName)];
}

function weigh(steps: readonly Step[], lost: readonly string[]): PlanWeight {
  if (steps.length === 0) return 'nothing';
  if (lost.length > 0) return 'irreversible';
  // A digest reference cannot be given back by hand, but it is a name of something in a registry.
  const forGood = steps.some((step) => step.action === 'delete' || isDigestName(step.reference));
  return forGood ? 'pullable' : 'reversible';
}

/** Only Docker's classic store and our own keep digests of images that really came from or went to a registry. */
function pullable(stock: Stock, image: Image): 'yes' | 'no' | 'unknown' {
  if (stock.kind !== 'docker-classic' && stock.kind !== 'embedded') return 'unknown';
  return image.digests.length > 0 ? 'yes' : 'no';
}
