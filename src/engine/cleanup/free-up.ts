/** Frees at least so many bytes with the images that would be missed least. */
import type { Image } from '../image.ts';
import { type Pullable, pullable } from '../pullable.ts';
import { keptNames } from '../removal-names.ts';
import { type CleanupOptions, type CleanupPlan, planCleanup } from './cleanup-plan.ts';
import { union, WHOLE } from './marked.ts';
import { removalCost } from './removal-cost.ts';
import { RemovalModel } from './removal-model.ts';
import { type Marks, withoutCache, withoutContainers } from './rule-match.ts';
import { factsOf, type Scene } from './scene.ts';

export interface FreeUp {
  readonly plan: CleanupPlan;
  /** False where all that may go is not enough: then the plan holds all of it. */
  readonly reached: boolean;
}

export interface FreeUpOptions extends CleanupOptions {
  /** Whether an image can be had again; default: what the engine tells. */
  readonly pullable?: (image: Image) => Pullable;
}

interface Candidate {
  readonly id: string;
  readonly cost: number;
  readonly reason: string;
}

/** The choice is weighed anew this many times: layers that images share are worth more the fewer still hold them. */
const ROUNDS = 48;
/** The model and the planner agree; should they ever not, the planner's figure is what counts. */
const CORRECTIONS = 4;

/**
 * Adds to what is marked the images whose loss costs least for the bytes they free, and takes none that is not
 * needed. What is pinned, used or stood on is no choice. Bytes that are only a bound count as they stand.
 */
export function freeUp(scene: Scene, goal: number, marks: Marks, options: FreeUpOptions = {}): FreeUp {
  const start = planCleanup(scene, marks, options);
  if (start.freed.bytes >= goal) return { plan: start, reached: true };
  const containers = scene.stock.containers.filter(({ id }) =>
    start.containers.some((step) => step.id === id),
  );
  const stock = withoutCache(withoutContainers(scene.stock, containers), marks.buildCache);
  const model = new RemovalModel(stock);
  for (const step of start.images.steps) if (step.action === 'delete') model.take(step.id);
  const candidates = candidatesOf({ ...scene, stock }, options).filter(({ id }) => !model.isGone(id));

  let need = model.freed + goal - start.freed.bytes;
  let chosen = new Set<Candidate>();
  let plan = start;
  for (let correction = 0; correction < CORRECTIONS; correction++) {
    chosen = new Set([...chosen, ...gather(model, candidates, need)]);
    trim(model, chosen, need);
    const picked = new Map([...chosen].map(({ id }) => [id, WHOLE] as const));
    plan = planCleanup(scene, { ...marks, images: union([marks.images, picked]) }, options);
    const missing = goal - plan.freed.bytes;
    if (missing <= 0 || candidates.every(({ id }) => model.isGone(id) || !model.canGo(id))) break;
    need = model.freed + missing;
  }
  const going = new Set(plan.images.targets.map((target) => target.id));
  const reasons = [...chosen]
    .filter(({ id }) => going.has(id))
    .map(({ id, reason }) => [id, reason] as const);
  return { plan: { ...plan, reasons: new Map(reasons) }, reached: plan.freed.bytes >= goal };
}

/** Images that may go as a whole: nothing pins, uses or hides them, nor what would go with them. */
function candidatesOf(scene: Scene, options: FreeUpOptions): Candidate[] {
  const { stock, pins } = scene;
  const { containers, images } = factsOf(stock);
  const again = options.pullable ?? ((image: Image) => pullable(stock.kind, image));
  const takesPinned = (image: Image): boolean => {
    const seen = new Set<string>();
    for (let next: Image | undefined = image; next && !seen.has(next.id); next = images.get(next.parentId)) {
      if (next !== image && keptNames(stock.kind, next).length > 0) return false;
      if (pins.of(next, stock.kind) !== undefined) return true;
      seen.add(next.id);
    }
    return false;
  };
  return stock.images
    .filter((image) => image.role !== 'intermediate' && !containers.has(image.id))
    .filter((image) => pins.count === 0 || !takesPinned(image))
    .map((image) => ({ id: image.id, ...removalCost(scene, image, again(image)) }));
}

/** Takes what gives most for what it costs, until there is enough. */
function gather(model: RemovalModel, candidates: readonly Candidate[], need: number): Candidate[] {
  const taken: Candidate[] = [];
  const batch = Math.max(1, Math.floor(candidates.length / ROUNDS));
  let left = candidates.filter(({ id }) => !model.isGone(id));
  while (model.freed < need && left.length > 0) {
    const worth = left
      .filter(({ id }) => model.canGo(id))
      .map((candidate) => {
        const bytes = model.share(candidate.id);
        // More than is needed is worth no more.
        return { candidate, bytes, value: Math.min(bytes, need - model.freed) / candidate.cost };
      })
      .sort((a, b) => b.value - a.value || a.bytes - b.bytes || (a.candidate.id < b.candidate.id ? -1 : 1));
    if (worth.length === 0) break;
    for (const { candidate } of worth.slice(0, batch)) {
      if (model.freed >= need) break;
      model.take(candidate.id);
      taken.push(candidate);
    }
    left = left.filter(({ id }) => !model.isGone(id));
  }
  return taken;
}

/** Puts back whatever is not needed, what would be missed most first. */
function trim(model: RemovalModel, chosen: Set<Candidate>, need: number): void {
  const byId = new Map([...chosen].map((candidate) => [candidate.id, candidate]));
  for (const candidate of [...chosen].sort((a, b) => b.cost - a.cost || (a.id < b.id ? -1 : 1))) {
    if (!chosen.has(candidate)) continue;
    const back = model.restore(candidate.id);
    // What was marked before there was a choice is not ours to put back.
    const isOurs = back.every((id) => byId.has(id) || model.goesAlong(id));
    if (isOurs && model.freed >= need) {
      for (const id of back) {
        const known = byId.get(id);
        if (known) chosen.delete(known);
      }
    } else for (const id of back) model.take(id);
  }
}
