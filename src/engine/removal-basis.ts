/** What a plan stands on, and how the world differs from it now. */
import type { Container } from './container.ts';
import type { Plan, PlanBasis } from './plan.ts';
import { shortId } from './reference.ts';
import { displayName } from './removal-blockers.ts';
import { isRefusal, removalRules } from './removal-rules.ts';
import { RemovalStore } from './removal-store.ts';
import type { Stock } from './stock.ts';

/** What is true of some images in a stock; an image that is not there is left out. */
export function planBasis(stock: Stock, ids: readonly string[]): PlanBasis[] {
  const store = new RemovalStore(stock);
  return ids
    .filter((id) => store.image(id) !== undefined)
    .map((id) => ({
      id,
      names: [...store.names(id)].sort(),
      children: [...store.children(id)].sort(),
      containers: store.containers(id).map(state).sort(),
    }));
}

function state(container: Container): string {
  return container.running ? `${container.id} running` : container.id;
}

/** What is no longer as it was, one phrase each; empty when nothing moved. */
export function whatMoved(before: readonly PlanBasis[], now: Stock): string[] {
  const ids = before.map((image) => image.id);
  const found = new Map(planBasis(now, ids).map((image) => [image.id, image]));
  return before.flatMap((image) => {
    const current = found.get(image.id);
    const name = image.names[0] ?? shortId(image.id);
    if (!current) return [`${name} is gone`];
    return [
      ...(same(image.names, current.names) ? [] : [`the names of ${name} changed`]),
      ...(same(image.children, current.children) ? [] : [`other images are built on ${name} now`]),
      ...(same(image.containers, current.containers) ? [] : [`containers of ${name} changed`]),
    ];
  });
}

/**
 * What the engine would take along now though the plan does not show it, one phrase each: untagged parents go once
 * nothing else holds them, and what held one may have gone since.
 */
export function goingAlong({ calls, steps }: Pick<Plan, 'calls' | 'steps'>, now: Stock): string[] {
  const rules = removalRules(now.kind);
  if (!rules.prunesParents) return [];
  const shown = new Set(steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const store = new RemovalStore(now);
  return calls.flatMap(({ target, id, force, noPrune }) => {
    const request = { id, force, noPrune };
    const outcome = rules.remove(store, target === id ? request : { ...request, name: target });
    const deleted = isRefusal(outcome) ? [] : outcome.deleted;
    return deleted.flatMap((gone) =>
      shown.has(gone.id) ? [] : [`${displayName(store.original(gone.id)!)} would go as well now`],
    );
  });
}

/** What is different about the containers of one image, as one phrase. */
export function containersMoved(before: PlanBasis, now: readonly Container[]): string | undefined {
  const current = now.filter((container) => container.imageId === before.id).map(state);
  if (same(before.containers, current.sort())) return undefined;
  return `containers of ${before.names[0] ?? shortId(before.id)} changed`;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
