/** A plan in the making: each call is tried on a model of the store, and what happens there is written down. */
import type { Image } from './image.ts';
import type { Blocker, Plan, PlannedCall, PlanOptions, Step, Target } from './plan.ts';
import { lostBy, pullable, weigh } from './pullable.ts';
import { planBasis } from './removal-basis.ts';
import { refusalBlocker, vanishedBlocker } from './removal-blockers.ts';
import { freedSize } from './removal-doubt.ts';
import { layerHolds } from './removal-holds.ts';
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
    if (!targets.some((target) => this.#store.parent(target.id) !== undefined)) return [...targets];
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
    if (!target.references) {
      this.#planWhole(image);
      return;
    }
    const wanted = target.references.filter((name) => names.includes(name));
    const missing = target.references.filter((name) => !names.includes(name));
    for (const name of missing) this.#blockers.push(vanishedBlocker(target.id, name));
    if (wanted.length > 0) this.#planNames(image, wanted);
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

  /** Tried first: an image of which one name is refused keeps the others too. */
  #refusalOf(image: Image, names: readonly string[]): Refusal | undefined {
    const rules = removalRules(this.#stock.kind);
    const store = this.#store;
    return store.trial(() => {
      for (const name of inCallOrder(names)) {
        if (!store.names(image.id).includes(name)) continue;
        const request = { id: image.id, name, force: false, noPrune: true };
        const outcome = rules.remove(store, request);
        if (!isRefusal(outcome)) continue;
        if (!outcome.forceable || !this.#options.force) return outcome;
        rules.remove(store, { ...request, force: true });
      }
      return undefined;
    });
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
    const { id } = image;
    const rules = removalRules(this.#stock.kind);
    const noPrune = this.#options.noPrune || !rules.prunesParents;
    const request: RemovalRequest =
      name === undefined ? { id, force, noPrune } : { id, name, force, noPrune };
    const before = this.#store.image(id) !== undefined;
    const outcome = rules.remove(this.#store, request);
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
        layers: gone.layers.map(layerHolds(this.#stock).stepOf),
        besides: gone.besides,
        parent: (gone.parent || asParent) && !this.#wanted.has(gone.id),
        pullable: original ? pullable(this.#stock.kind, original) : 'unknown',
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
    const stock = this.#stock;
    const lost = lostBy(this.#steps);
    let basis: Plan['basis'] | undefined;
    let keeps: Plan['keeps'] | undefined;
    let notes: Plan['notes'] | undefined;
    const notesOf = (kept: Plan['keeps']) => this.#allNotes(kept);
    const keptOnes = () => {
      keeps ??= keptLayers(this.#store, this.#deleted);
      return keeps;
    };
    return {
      targets,
      steps: this.#steps,
      calls: this.#calls,
      // Worked out when it is looked at: with thousands of marks it takes as long as all the rest.
      get basis() {
        basis ??= planBasis(stock, [...new Set(this.steps.map((step) => step.id))]);
        return basis;
      },
      freed: freedSize(stock, this.#deleted),
      get keeps() {
        return keptOnes();
      },
      blockers: this.#blockers,
      weight: weigh(this.#steps, lost),
      lost,
      get notes() {
        notes ??= notesOf(keptOnes());
        return notes;
      },
    };
  }

  #allNotes(keeps: Plan['keeps']): string[] {
    const held = keeps.filter((keep) => keep.buildCache).length;
    const notes = [...this.#notes];
    if (this.#stock.kind === 'podman' && this.#options.noPrune && this.#deleted.some((gone) => gone.parent)) {
      notes.push('Podman removes untagged parents in any case.');
    }
    if (held > 0) {
      const layers = held === 1 ? '1 layer stays' : `${held} layers stay`;
      notes.push(`${layers} in the build cache: pruning the build cache frees them.`);
    }
    return notes;
  }
}

function inCallOrder(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names;
  const ordered = inEngineOrder(names);
  return [...ordered.filter((name) => !isDigestName(name)), ...ordered.filter(isDigestName)];
}
