/** Puts what a plan deletes into the trash before anything is deleted, and out again what stayed. */
import type { Engine } from '../engine.ts';
import { asEngineError } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { KeepingEvent, Kept, Trash } from './trash.ts';
import { keptOf } from './trash-estimate.ts';

export interface Keeping {
  readonly trash: Trash;
  readonly engine: Engine;
  readonly plan: Pick<Plan, 'steps'>;
  readonly signal?: AbortSignal | undefined;
}

/** Whether there is anything to keep. */
export function keepsAny({
  trash,
  plan,
}: {
  readonly trash: Trash;
  readonly plan: Pick<Plan, 'steps'>;
}): boolean {
  return trash.settings !== undefined && keptOf(plan).length > 0;
}

/**
 * Runs `work`, which deletes, once the trash has all of it whole and on the disk; `cancelled` where the signal fired
 * before that. Errors: as `Trash.keep`, with nothing deleted, and what `work` throws.
 */
export async function* keepingFirst<Event, Result>(
  { trash, engine, plan, signal }: Keeping,
  work: () => AsyncGenerator<Event, Result, void>,
  cancelled: () => Result,
): AsyncGenerator<Event | KeepingEvent, Result, void> {
  const options = signal === undefined ? {} : { signal };
  let kept: Kept;
  try {
    const ids = new Set(keptOf(plan));
    const images = (await engine.list({ ...options, all: true })).filter(({ id }) => ids.has(id));
    kept = yield* trash.keep(engine, images, options);
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code === 'cancelled' && signal?.aborted) return cancelled();
    throw error;
  }
  try {
    return yield* work();
  } finally {
    await discardPresent(engine, kept);
  }
}

/** What cannot be asked for may be gone: then it stays in the trash until its time. */
async function discardPresent(engine: Engine, kept: Kept): Promise<void> {
  try {
    const present = await engine.list({ all: true });
    await kept.discard(new Set(present.map(({ id }) => id)));
  } catch {
    // Too much in the trash is no loss.
  }
}
