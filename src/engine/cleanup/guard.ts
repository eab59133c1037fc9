/**
 * The one way from a bulk selection to a plan: whatever pins hold, whatever a container uses and whatever others
 * stand on is left alone, and what is left alone is told with the reason.
 */
import { type Container, isOfBuild } from '../container.ts';
import type { Image } from '../image.ts';
import type { Plan, Step, Target } from '../plan.ts';
import { planRemoval } from '../planner.ts';
import { displayName } from '../removal-blockers.ts';
import { keptNames } from '../removal-names.ts';
import type { Stock } from '../stock.ts';
import { NO_PINS, type Pin, type Pins } from './pins.ts';
import { factsOf } from './scene.ts';

/** An image that was meant and stays, or keeps some of its names. */
export interface Spared {
  readonly id: string;
  readonly name: string;
  readonly why: 'pinned' | 'in-use' | 'needed';
  /** The pin, the containers or the images that are the reason. */
  readonly by: readonly string[];
  /** The names that stay where only those do: the others go. */
  readonly names?: readonly string[];
}

export interface GuardedPlan {
  readonly plan: Plan;
  readonly spared: readonly Spared[];
}

export function planGuarded(stock: Stock, wanted: readonly Target[], pins: Pins = NO_PINS): GuardedPlan {
  const { images, containers } = factsOf(stock);
  const spared = new Map<string, Spared>();
  let targets: Target[] = [];
  for (const target of wanted) {
    const image = images.get(target.id);
    if (image === undefined) continue;
    const holders = containers.get(target.id);
    if (holders !== undefined) {
      spared.set(image.id, { ...of(image), why: 'in-use', by: holders.map(({ name }) => name) });
      continue;
    }
    const pin = pins.of(image, stock.kind);
    const allowed = pin === undefined ? target : allowedBy(pin, target, keptNames(stock.kind, image));
    if (pin !== undefined && allowed !== target) spared.set(image.id, pinned(image, pin, allowed));
    if (allowed !== undefined) targets.push(allowed);
  }
  for (;;) {
    const plan = planRemoval(stock, targets);
    const hidden = nameless(plan, targets);
    if (hidden.size > 0) {
      for (const id of hidden) spared.set(id, neededByChildren(stock, images.get(id)!));
      targets = targets.filter((target) => !hidden.has(target.id));
      continue;
    }
    const offenders = pins.count === 0 ? new Map<string, Pin>() : crossing(stock, plan, targets, pins);
    if (offenders.size === 0) {
      const blocked = new Set<string>();
      for (const { id, name, by } of plan.blockers) {
        blocked.add(id);
        spared.set(id, { id, name, why: 'needed', by });
      }
      const left = targets.filter((target) => !blocked.has(target.id));
      // Spreading reads what is only worked out when it is looked at.
      const kept = Object.defineProperties({}, Object.getOwnPropertyDescriptors(plan)) as Plan;
      const settled = Object.defineProperties(kept, {
        targets: { value: left, enumerable: true },
        blockers: { value: [], enumerable: true },
      });
      return { plan: settled, spared: [...spared.values()] };
    }
    for (const [id, pin] of offenders) spared.set(id, pinned(images.get(id)!, pin, undefined));
    targets = targets.filter((target) => !offenders.has(target.id));
  }
}

/** A removal of all targets but those that pins hold; what blocks the others is left in the plan to be told. */
export function planUnpinned(
  stock: Stock,
  wanted: readonly Target[],
  pins: Pins,
  options: { readonly force?: boolean } = {},
): GuardedPlan {
  const { images } = factsOf(stock);
  const spared: Spared[] = [];
  let targets = wanted;
  for (;;) {
    const plan = planRemoval(stock, targets, options);
    const offenders = pins.count === 0 ? new Map<string, Pin>() : crossing(stock, plan, targets, pins);
    if (offenders.size === 0) return { plan, spared };
    for (const [id, pin] of offenders) spared.push(pinned(images.get(id)!, pin, undefined));
    targets = targets.filter((target) => !offenders.has(target.id));
  }
}

/** Images that would only lose their names and stay on disk without one: nobody is helped by that. */
function nameless(plan: Plan, targets: readonly Target[]): Set<string> {
  const deleted = new Set<string>();
  const touched = new Set<string>();
  for (const step of plan.steps) (step.action === 'delete' ? deleted : touched).add(step.id);
  return new Set(
    targets.flatMap(({ id, references }) =>
      references === undefined && touched.has(id) && !deleted.has(id) ? [id] : [],
    ),
  );
}

function neededByChildren(stock: Stock, image: Image): Spared {
  const { children, images } = factsOf(stock);
  const by = (children.get(image.id) ?? []).map((id) => displayName(images.get(id)!));
  return { ...of(image), why: 'needed', by };
}

function of(image: Image): Pick<Spared, 'id' | 'name'> {
  return { id: image.id, name: displayName(image) };
}

function pinned(image: Image, pin: Pin, allowed: Target | undefined): Spared {
  const names = allowed === undefined ? {} : { names: pin.names };
  return { ...of(image), why: 'pinned', by: [pin.by], ...names };
}

/** The part of a target that a pin lets go; undefined where nothing is left of it. */
function allowedBy(pin: Pin, target: Target, names: readonly string[]): Target | undefined {
  if (pin.whole) return undefined;
  const free = (target.references ?? names).filter((name) => !pin.names.includes(name));
  if (free.length === 0) return undefined;
  return free.length === target.references?.length ? target : { id: target.id, references: free };
}

/** Targets that would take something pinned along: a name, or a parent that only they hold. */
export function crossing(stock: Stock, plan: Plan, targets: readonly Target[], pins: Pins): Map<string, Pin> {
  const { images } = factsOf(stock);
  const crossed = new Map<string, Pin>();
  for (const step of plan.steps) {
    const image = images.get(step.id);
    const pin = image === undefined ? undefined : pins.of(image, stock.kind);
    if (pin !== undefined && crosses(step, pin)) crossed.set(step.id, pin);
  }
  const offenders = new Map<string, Pin>();
  if (crossed.size === 0) return offenders;
  for (const { id } of targets) {
    const seen = new Set<string>();
    for (let image = images.get(id); image && !seen.has(image.id); image = images.get(image.parentId)) {
      seen.add(image.id);
      const pin = crossed.get(image.id);
      if (pin !== undefined) offenders.set(id, pin);
    }
  }
  return offenders;
}

function crosses(step: Step, pin: Pin): boolean {
  return step.action === 'delete' || pin.whole || pin.names.includes(step.reference);
}

/** Of the containers that use an image, those that a plan could remove: none where one of them must stay. */
export function removableHolders(
  holders: readonly Container[],
  canStop: boolean,
): readonly Container[] | undefined {
  const canGo = (container: Container) => !isOfBuild(container) && (!container.running || canStop);
  return holders.every(canGo) ? holders : undefined;
}
