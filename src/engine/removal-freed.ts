/** What was freed, by what an engine answered so far. */
import type { EngineKind, RemovalEntry, Size } from './engine.ts';
import type { Plan, StepLayer } from './plan.ts';
import { type Doubt, SIZES, sizeOf } from './removal-doubt.ts';

const STAYED: Doubt = {
  bound: 'about',
  reason: 'images that were to go are still there, and may hold some of these layers',
};
const MORE: Doubt = { bound: 'at-least', reason: 'more went than was planned' };

/** Bytes that went by what the engine has answered so far; `images` are the ids of all images there were. */
export function freedBy(
  kind: EngineKind,
  plan: Plan,
  entries: readonly RemovalEntry[],
  images: ReadonlySet<string>,
): Size {
  const gone = new Set(entries.flatMap((entry) => (entry.action === 'deleted' ? [entry.id] : [])));
  const deleted = plan.steps.filter((step) => step.action === 'delete');
  if (kind !== 'docker-classic') {
    if (gone.size === 0) return sizeOf(0, []);
    const went = deleted.filter((step) => gone.has(step.id));
    const { bound, reason = '' } = plan.freed;
    const doubts: Doubt[] = bound === 'exact' ? [] : [{ bound, reason }];
    // A layer is booked on the last image of the plan that has it: another that stayed holds it still.
    if (went.length < deleted.length) doubts.push(STAYED);
    if (went.length < gone.size) doubts.push(MORE);
    const besides = went.reduce((bytes, step) => bytes + step.besides, 0);
    return sizeOf(sum(went.flatMap((step) => step.layers)) + besides, doubts);
  }
  // The classic store names each layer that went, so whatever the plan had to leave open is known now.
  const layers = deleted.flatMap((step) => step.layers).filter((layer) => gone.has(layer.chainId));
  const known = new Set(layers.map((layer) => layer.chainId));
  const doubts: Doubt[] = [];
  if (layers.some((layer) => !layer.exact)) doubts.push(SIZES);
  if ([...gone].some((id) => !images.has(id) && !known.has(id))) {
    doubts.push({ bound: 'at-least', reason: 'the sizes of some layers that went were not known' });
  }
  return sizeOf(sum(layers), doubts);
}

function sum(layers: readonly StepLayer[]): number {
  return layers.reduce((bytes, layer) => bytes + layer.size, 0);
}
