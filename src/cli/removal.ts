/** Carrying out a plan without a screen: docker's lines as the engine answers, failures on stderr. */
import type { Engine, RemovalEntry } from '../engine/engine.ts';
import { EngineError } from '../engine/errors.ts';
import { type ExecutionResult, executePlan } from '../engine/execute.ts';
import type { Plan } from '../engine/plan.ts';
import type { Context } from './context.ts';
import { DONE, FAILED, INTERRUPTED } from './failure.ts';
import { withKeepingShown } from './known-trash.ts';

/** `print` gets every entry of the engine's answers as it comes. */
export async function carryOut(
  context: Context,
  engine: Engine,
  plan: Plan,
  print: (entry: RemovalEntry) => Promise<void>,
): Promise<ExecutionResult> {
  const execution = withKeepingShown(context, (options) => executePlan(engine, plan, options));
  for (;;) {
    const next = await execution.next();
    if (next.done) return next.value;
    if (next.value.type === 'removed') {
      for (const entry of next.value.entries) await print(entry);
    } else if (next.value.type === 'failed') {
      context.complain(next.value.error.message, next.value.error.hint);
    }
  }
}

/** The exit code of an execution; says on stderr why it did not come to its end. */
export function concludeExecution(
  context: Context,
  result: Pick<ExecutionResult, 'outcome' | 'reasons'> & { readonly failures: readonly unknown[] },
): number {
  const reasons = result.reasons.join(', ');
  switch (result.outcome) {
    case 'done':
      return result.failures.length === 0 ? DONE : FAILED;
    case 'cancelled':
      return INTERRUPTED;
    case 'moved':
      context.complain(
        `stopped, because the engine changed meanwhile: ${reasons}`,
        'run it again to plan anew',
      );
      return FAILED;
    case 'diverged':
      context.complain(
        `stopped, because the engine did more than was planned: ${reasons}`,
        'see what is left with nacre images -a',
      );
      return FAILED;
  }
}

/** A plan that goes out of date as fast as it is made is somebody else at work. */
export const PLANNING_ATTEMPTS = 3;

export function tooBusy(): EngineError {
  return new EngineError({
    code: 'engine',
    message: 'the images keep changing while their removal is planned, so nothing more was removed',
    hint: 'Run it again when the engine is quiet.',
    retryable: true,
  });
}

export function dockerLine(entry: RemovalEntry): string {
  return entry.action === 'untagged' ? `Untagged: ${entry.reference}\n` : `Deleted: ${entry.id}\n`;
}
