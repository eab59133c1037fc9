/** A plan in the making: each call is tried on a model of the store, and what happens there is written down. */
import type { Image } from './image.ts';
import type { Blocker, Plan, PlannedCall, PlanOptions, Step, Target } from './plan.ts';
import { lostBy, pullable, weigh } from './pullable.ts';
import { planBasis } from './removal-basis.ts';
import { refusalBlocker, vanishedBlocker } from './removal-blockers.ts';
import { freedSize } from './removal-doubt.ts';
import { type Fates, fatesOf } from './removal-fates.ts';
import { cacheNotes, keptLayers } from './removal-keeps.ts';
import { inCallOrder } from './removal-names.ts';
import { childrenFirst } from './removal-order.ts';
import {
  type DeletedImage,
  isRefusal,
  type Refusal,
  type Removal,
  type RemovalRequest,
  type RemovalRules,
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
  readonly #rules: RemovalRules;
  readonly #wanted: ReadonlyMap<string, Target>;
  /** Undefined where options make others of them. */
  readonly #fates: Fates | undefined;

  /** `wanted` by the id of their images. */
  constructor(stock: Stock, wanted: ReadonlyMap<string, Target>, options: PlanOptions) {
    this.#wanted = wanted;
    this.#stock = stock;
    this.#options = options;
    this.#store = new RemovalStore(stock);
    this.#rules = removalRules(stock.kind);
    this.#fates = options.force || options.noPrune ? undefined : fatesOf(stock);
  }

  /** Plans all that is wanted, in the order in which it can go. */
  plan(): void {
    for (const target of childrenFirst(this.#store, [...this.#wanted.values()])) this.#plan(target);
  }

  #plan(target: Target): void {
    if (target.references === undefined && this.#repeat(target.id)) return;
    const image = this.#store.image(target.id);
    if (!image) {
      // A parent that an earlier call takes along needs no call of its own.
      if (!this.#store.original(target.id)) this.#blockers.push(vanishedBlocker(target.id));
      return;
    }
    const names = this.#store.names(target.id);
    if (!target.references) {
      if (this.#fates !== undefined && this.#store.isAlone(target.id)) this.#planAlone(image);
      else this.#planWhole(image);
      return;
    }
    const wanted = target.references.filter((name) => names.includes(name));
    const missing = target.references.filter((name) => !names.includes(name));
    for (const name of missing) this.#blockers.push(vanishedBlocker(target.id, name));
    if (wanted.length > 0) this.#planNames(image, wanted);
  }

  /** Plans a whole image as it was planned before, where nothing has changed for it. */
  #repeat(id: string): boolean {
    const fate = this.#fates?.get(id);
    if (fate === undefined || this.#store.releasedWith(id) !== fate.deleted.released) return false;
    this.#store.delete(id);
    for (const step of fate.steps) this.#steps.push(step);
    for (const call of fate.calls) this.#calls.push(call);
    this.#deleted.push(fate.deleted);
    return true;
  }

  /** Remembers how it was planned, unless something was in the way. */
  #planAlone(image: Image): void {
    const steps = this.#steps.length;
    const calls = this.#calls.length;
    const count = this.#deleted.length;
    this.#planWhole(image);
    const deleted = this.#deleted[count];
    if (deleted?.id !== image.id) return;
    this.#fates?.set(image.id, { steps: this.#steps.slice(steps), calls: this.#calls.slice(calls), deleted });
  }

  #planWhole(image: Image): void {
    const refusal = this.#rules.blocked(this.#store, image.id, false);
    if (refusal) {
      if (this.#options.force && !this.#rules.blocked(this.#store, image.id, true)) {
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
    const rules = this.#rules;
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
    const rules = this.#rules;
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
    if (this.#options.noPrune || this.#rules.prunesParents) return;
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
        layers: gone.released.layers.steps,
        besides: gone.released.besides,
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
    const notes = [...this.#notes];
    if (this.#stock.kind === 'podman' && this.#options.noPrune && this.#deleted.some((gone) => gone.parent)) {
      notes.push('Podman removes untagged parents in any case.');
    }
    return [...notes, ...cacheNotes(keeps)];
  }
}
