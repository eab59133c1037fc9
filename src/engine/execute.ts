/** Carries out a plan: its calls and nothing else, and only while the world is as the plan saw it. */
import type { Engine, RemovalEntry, Size } from './engine.ts';
import { asEngineError, type EngineError } from './errors.ts';
import type { Plan, PlannedCall, StepLayer } from './plan.ts';
import { shortId } from './reference.ts';
import { whatMoved } from './removal-basis.ts';
import { type Doubt, SIZES, sizeOf } from './removal-doubt.ts';
import { glance } from './stock.ts';

export type ExecutionEvent =
  | { readonly type: 'checking' }
  /** A call is about to be made; `index` counts from 0. */
  | { readonly type: 'removing'; readonly call: PlannedCall; readonly index: number; readonly total: number }
  | { readonly type: 'removed'; readonly call: PlannedCall; readonly entries: readonly RemovalEntry[] }
  | { readonly type: 'failed'; readonly call: PlannedCall; readonly error: EngineError };

/**
 * `done`: every call was made; what the engine refused stands in `failures`.
 * `moved`: the world is not as the plan saw it. Calls made before that was noticed stand in `entries`,
 * the rest was not made: plan again and ask again.
 * `diverged`: the engine did what the plan did not show, so no further call was made.
 * `cancelled`: the signal fired between two calls.
 */
export type ExecutionOutcome = 'done' | 'moved' | 'diverged' | 'cancelled';

export interface ExecutionResult {
  readonly outcome: ExecutionOutcome;
  /** What the engine answered, all calls in order. */
  readonly entries: readonly RemovalEntry[];
  /** Bytes of the layers that went. */
  readonly freed: Size;
  readonly failures: readonly { readonly call: PlannedCall; readonly error: EngineError }[];
  /** For `moved` and `diverged`: what is different, one phrase each. */
  readonly reasons: readonly string[];
}

export interface ExecuteOptions {
  readonly signal?: AbortSignal;
}

/**
 * Errors: `unreachable` when the engine goes away, with what was done so far in the events; what a
 * single call is refused for is a failure in the result.
 */
export async function* executePlan(
  engine: Engine,
  plan: Plan,
  options: ExecuteOptions = {},
): AsyncGenerator<ExecutionEvent, ExecutionResult, void> {
  const { signal } = options;
  const entries: RemovalEntry[] = [];
  const failures: { call: PlannedCall; error: EngineError }[] = [];
  let images: ReadonlySet<string> = new Set();
  const end = (outcome: ExecutionOutcome, reasons: readonly string[] = []): ExecutionResult => ({
    outcome,
    entries,
    freed: freedBy(engine, plan, entries, images),
    failures,
    reasons,
  });
  if (plan.calls.length === 0) return end('done');
  yield { type: 'checking' };
  if (signal?.aborted) return end('cancelled');
  const now = await glance(engine);
  images = new Set(now.images.map((image) => image.id));
  const moved = whatMoved(plan.basis, now);
  if (moved.length > 0) return end('moved', moved);

  const given = new Set<string>();
  for (const [index, call] of plan.calls.entries()) {
    if (signal?.aborted) return end('cancelled');
    // Once one name of an image was refused, its other names stay too.
    if (given.has(call.id)) continue;
    yield { type: 'removing', call, index, total: plan.calls.length };
    const changed = await meansSomethingElse(engine, call);
    if (changed !== undefined) return end('moved', [changed]);
    let answer: readonly RemovalEntry[];
    try {
      // Not cancelled half-way: only the answer tells what is gone.
      answer = await engine.remove(call.target, { force: call.force, noPrune: call.noPrune });
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'unreachable') throw error;
      const happened = await goneInSpite(engine, call);
      if (happened) {
        entries.push(...happened);
        yield { type: 'removed', call, entries: happened };
        continue;
      }
      failures.push({ call, error });
      given.add(call.id);
      yield { type: 'failed', call, error };
      continue;
    }
    entries.push(...answer);
    yield { type: 'removed', call, entries: answer };
    const surprises = notShown(call, answer, images, plan);
    if (surprises.length > 0) return end('diverged', surprises);
  }
  return end('done');
}

/**
 * Podman says that a container is in the way when it meets one of a parent, but the image itself and
 * the parents before that one are gone then. What is gone of what was expected, if the image is.
 */
async function goneInSpite(engine: Engine, call: PlannedCall): Promise<RemovalEntry[] | undefined> {
  if (engine.info.kind !== 'podman') return undefined;
  const left = new Set((await engine.list({ all: true })).map((image) => image.id));
  if (left.has(call.id)) return undefined;
  return call.expected.filter((entry) => entry.action === 'untagged' || !left.has(entry.id));
}

/** Whether a target no longer is what the plan was about; says what is different. */
async function meansSomethingElse(engine: Engine, call: PlannedCall): Promise<string | undefined> {
  try {
    const image = await engine.inspect(call.target);
    if (image.id !== call.id) return `${call.target} names another image now`;
    // By id, every name goes: none may have come that the plan did not show.
    const untagged = call.expected.flatMap((entry) => (entry.action === 'untagged' ? [entry.reference] : []));
    const fresh = call.target === call.id ? image.references.filter((name) => !untagged.includes(name)) : [];
    return fresh.length === 0 ? undefined : `${fresh.join(', ')} is a new name of this image`;
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'not-found') return `${call.target} is gone`;
    throw error;
  }
}

/**
 * What went without having been announced: images or names. Less than announced is no surprise, and
 * layers only ever go with an image.
 */
function notShown(
  call: PlannedCall,
  answer: readonly RemovalEntry[],
  images: ReadonlySet<string>,
  plan: Plan,
): string[] {
  const names = new Set(plan.basis.find((image) => image.id === call.id)?.names);
  const expected = new Set(call.expected.map(text));
  return answer.flatMap((entry) => {
    if (expected.has(text(entry))) return [];
    if (entry.action === 'untagged')
      return names.has(entry.reference) ? [] : [`${entry.reference} was untagged`];
    if (!images.has(entry.id)) return [];
    const shown = plan.steps.some((step) => step.action === 'delete' && step.id === entry.id);
    return shown ? [] : [`image ${shortId(entry.id)} was deleted`];
  });
}

function text(entry: RemovalEntry): string {
  return entry.action === 'untagged' ? `untagged ${entry.reference}` : `deleted ${entry.id}`;
}

function freedBy(
  engine: Engine,
  plan: Plan,
  entries: readonly RemovalEntry[],
  images: ReadonlySet<string>,
): Size {
  const gone = new Set(entries.flatMap((entry) => (entry.action === 'deleted' ? [entry.id] : [])));
  const deleted = plan.steps.filter((step) => step.action === 'delete');
  if (engine.info.kind !== 'docker-classic') {
    const layers = deleted.filter((step) => gone.has(step.id)).flatMap((step) => step.layers);
    return { ...plan.freed, bytes: sum(layers) };
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
