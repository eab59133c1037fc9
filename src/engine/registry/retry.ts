/** Trying again: with growing pauses, as long as the registry asks for, and not for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, EngineError } from '../errors.ts';
import { RegistryError } from './failure.ts';

export interface RetryPolicy {
  /** Tries after the first. */
  readonly tries: number;
  /** Milliseconds before the second try; doubled for each further one. */
  readonly first: number;
  readonly longest: number;
  /** The most milliseconds a registry may ask to wait; more is told to the person instead. */
  readonly patience: number;
}

export const RETRY: RetryPolicy = { tries: 5, first: 500, longest: 15_000, patience: 90_000 };

/**
 * Milliseconds until the try number `tries + 1`; undefined when there is no point. The pause varies by half,
 * so that those who failed together do not come back together.
 */
export function pauseBefore(
  tries: number,
  error: unknown,
  policy: RetryPolicy,
  random: () => number = Math.random,
): number | undefined {
  if (!(error instanceof EngineError) || !error.retryable || tries >= policy.tries) return undefined;
  const asked = error instanceof RegistryError ? error.retryAfter : undefined;
  // A host that was never there is most likely a typing error.
  if (error instanceof RegistryError && !error.reached) return undefined;
  if (asked !== undefined && asked > policy.patience) return undefined;
  const growing = Math.min(policy.longest, policy.first * 2 ** tries) * (0.5 + random() / 2);
  return Math.max(asked ?? 0, growing);
}

/** Errors: `cancelled`. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { ...(signal && { signal }) });
  } catch (thrown) {
    throw cancelled(thrown);
  }
}

/** In a few words: `connection broke` or `503`. */
export function reasonOf(error: unknown): string {
  if (error instanceof RegistryError && error.status > 0) return `${error.status}`;
  const said = error instanceof Error ? error.message : String(error);
  return said.replace(/^cannot .*?: /, '');
}
