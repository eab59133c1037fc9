/** Carries out a plan: its calls and nothing else, and only while the world is as the plan saw it. */
import type { Engine, RemovalEntry, Size } from './engine.ts';
import { asEngineError, EngineError } from './errors.ts';
import type { Plan, PlanBasis, PlannedCall } from './plan.ts';
import { shortId } from './reference.ts';
import { containersMoved, goingAlong, whatMoved } from './removal-basis.ts';
import { freedBy } from './removal-freed.ts';
import { keptNames } from './removal-names.ts';
import { glance, type Stock } from './stock.ts';
import { keepingFirst, keepsAny } from './trash/keeping.ts';
import type { KeepingEvent, Trash } from './trash/trash.ts';
import { UnjournaledError } from './undo/change-journal.ts';
import { inOneAct } from './undo/journaling.ts';

export type ExecutionEvent =
  | { readonly type: 'checking' }
  /** What will be deleted is written into the trash; nothing has been changed yet. */
  | KeepingEvent
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
  /** What the engine answered, all calls in order: what was done, whatever the outcome. */
  readonly entries: readonly RemovalEntry[];
  /** Bytes of the layers that went; 0 and exact where none did. */
  readonly freed: Size;
  readonly failures: readonly { readonly call: PlannedCall; readonly error: EngineError }[];
  /** For `moved` and `diverged`: what is different, one phrase each. */
  readonly reasons: readonly string[];
}

export interface ExecuteOptions {
  readonly signal?: AbortSignal;
  /** Where deleted images are kept first; nothing is deleted before it has all of them. */
  readonly trash?: Trash | undefined;
}

/**
 * All its calls are one act in the journal of changes. Errors: `unreachable` when the engine goes away or its
 * connection is closed, UnjournaledError when that journal cannot be written, with what was done so far in the events;
 * what a single call is refused for is a failure in the result. With a trash, those of `Trash.keep`, before anything
 * was changed.
 */
export async function* executePlan(
  through: Engine,
  plan: Plan,
  options: ExecuteOptions = {},
): AsyncGenerator<ExecutionEvent, ExecutionResult, void> {
  const engine = inOneAct(through);
  const { signal, trash } = options;
  const entries: RemovalEntry[] = [];
  const failures: { call: PlannedCall; error: EngineError }[] = [];
  let images: ReadonlySet<string> = new Set();
  const end = (outcome: ExecutionOutcome, reasons: readonly string[] = []): ExecutionResult => ({
    outcome,
    entries,
    freed: freedBy(engine.info.kind, plan, entries, images),
    failures,
    reasons,
  });
  if (plan.calls.length === 0) return end('done');
  yield { type: 'checking' };
  if (signal?.aborted) return end('cancelled');
  const now = await glance(engine);
  images = new Set(now.images.map((image) => image.id));
  const parents = new Map(now.images.map((image) => [image.id, image.parentId]));
  const moved = whatMoved(plan.basis, now);
  if (moved.length > 0) return end('moved', moved);
  const along = goingAlong(plan, now);
  if (along.length > 0) return end('moved', along);
  if (trash !== undefined && keepsAny({ trash, plan })) {
    const keeping = { trash, engine, plan, signal };
    // It takes a while, so everything is looked at again after it.
    const work = () => executePlan(engine, plan, { ...options, trash: undefined });
    return yield* keepingFirst(keeping, work, () => end('cancelled'));
  }

  const bases = new Map(plan.basis.map((image) => [image.id, image]));
  /** Names that calls of this plan took, by the image they were of. */
  const taken = new Map<string, string[]>();
  const given = new Set<string>();
  for (const [index, call] of plan.calls.entries()) {
    if (signal?.aborted) return end('cancelled');
    // Once one name of an image was refused, its other names stay too.
    if (given.has(call.id)) continue;
    yield { type: 'removing', call, index, total: plan.calls.length };
    const changed = await meansSomethingElse(engine, call, bases.get(call.id), taken.get(call.id) ?? []);
    if (changed !== undefined) return end('moved', [changed]);
    if (parents.get(call.id) && (engine.info.kind === 'podman' || takesParents(call, images))) {
      const more = goingAlong({ calls: [call], steps: plan.steps }, await glanceBefore(engine, call));
      if (more.length > 0) return end('moved', more);
    }
    let answer: readonly RemovalEntry[];
    try {
      // Not cancelled half-way: only the answer tells what is gone.
      const noPrune = call.noPrune || !takesParents(call, images);
      answer = await engine.remove(call.target, { force: call.force, noPrune });
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'unreachable' || error instanceof UnjournaledError) throw error;
      if (error.code === 'cancelled') throw cutOff(call, error);
      const happened = await goneInSpite(engine, call);
      if (happened) {
        entries.push(...happened);
        note(taken, call, happened);
        yield { type: 'removed', call, entries: happened };
        continue;
      }
      failures.push({ call, error });
      given.add(call.id);
      yield { type: 'failed', call, error };
      continue;
    }
    entries.push(...answer);
    note(taken, call, answer);
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

/** What held a parent may have let go of it since the last call; Podman takes it along whatever it is told. */
async function glanceBefore(engine: Engine, call: PlannedCall): Promise<Stock> {
  try {
    return await glance(engine);
  } catch (thrown) {
    const error = asEngineError(thrown);
    throw error.code === 'cancelled' ? closedBefore(call, error) : error;
  }
}

/** Where no parent was shown to go, none may go, whatever has let go of it meanwhile. */
function takesParents({ id, expected }: PlannedCall, images: ReadonlySet<string>): boolean {
  return expected.some((entry) => entry.action === 'deleted' && entry.id !== id && images.has(entry.id));
}

/**
 * Whether a target no longer is what the plan was about; says what is different. The names that are
 * left decide whether an engine only takes a name or deletes the image with it.
 */
async function meansSomethingElse(
  engine: Engine,
  call: PlannedCall,
  basis: PlanBasis | undefined,
  taken: readonly string[],
): Promise<string | undefined> {
  try {
    const image = await engine.inspect(call.target);
    if (image.id !== call.id) return `${call.target} names another image now`;
    const left = (basis?.names ?? []).filter((name) => !taken.includes(name));
    const fresh = keptNames(engine.info.kind, image).filter((name) => !left.includes(name));
    if (fresh.length > 0) return `${fresh.join(', ')} is a new name of this image`;
    const present = new Set([...image.references, ...image.digests]);
    const missing = left.filter((name) => !present.has(name));
    if (missing.length > 0) return `${missing.join(', ')} is no longer a name of this image`;
    // Only force goes on in spite of a container, so only there the engine would not refuse by itself.
    if (!call.force || basis === undefined || engine.containers === undefined) return undefined;
    return containersMoved(basis, await engine.containers.list());
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'not-found') return `${call.target} is gone`;
    throw error.code === 'cancelled' ? closedBefore(call, error) : error;
  }
}

function note(taken: Map<string, string[]>, call: PlannedCall, answer: readonly RemovalEntry[]): void {
  const names = taken.get(call.id) ?? [];
  for (const entry of [...call.expected, ...answer]) {
    if (entry.action === 'untagged') names.push(entry.reference);
  }
  taken.set(call.id, names);
}

const LOOK = 'Look at the list again to see what is left.';

/** No answer came because the connection was closed at this end: whether the engine did it is not known. */
function cutOff(call: PlannedCall, cause: EngineError): EngineError {
  const message = `the connection was closed while removing ${called(call)}: it may be gone`;
  return new EngineError({ code: 'unreachable', message, hint: LOOK, cause });
}

function closedBefore(call: PlannedCall, cause: EngineError): EngineError {
  const message = `the connection was closed before ${called(call)} was removed`;
  return new EngineError({ code: 'unreachable', message, hint: LOOK, cause });
}

function called(call: PlannedCall): string {
  return call.target === call.id ? shortId(call.id) : call.target;
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
  const names = new Set(
    plan.steps.flatMap((step) => (step.action === 'untag' && step.id === call.id ? [step.reference] : [])),
  );
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
