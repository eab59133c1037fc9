/** Failures of an engine, in words a person can act on. */

export type ErrorCode =
  | 'not-found'
  | 'in-use'
  | 'has-children'
  | 'several-names'
  | 'bad-input'
  | 'unauthorized'
  | 'forbidden'
  | 'unreachable'
  | 'permission'
  | 'corrupt'
  | 'no-space'
  | 'unsupported'
  | 'cancelled'
  | 'read-only'
  | 'build-failed'
  | 'engine';

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** Names the object and what happened: `no image is called app:2`. */
  readonly message: string;
  /** What to try next; `''` only for `cancelled`. */
  readonly hint: string;
  /** True when the same call can succeed later without a change. */
  readonly retryable?: boolean;
  /** What the engine itself said, redacted. */
  readonly detail?: string;
  readonly cause?: unknown;
}

export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly detail: string;

  constructor(facts: ErrorFacts) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'EngineError';
    this.code = facts.code;
    this.hint = facts.hint;
    this.retryable = facts.retryable ?? false;
    this.detail = facts.detail ?? '';
  }
}

/** What every call rejects with that was aborted. */
export function cancelled(cause?: unknown): EngineError {
  return new EngineError({ code: 'cancelled', message: 'cancelled', hint: '', cause });
}

/** Any thrown value as an EngineError; an unknown one becomes code `engine` with its message kept. */
export function asEngineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  if (isAbort(thrown)) {
    return cancelled(thrown);
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new EngineError({
    code: 'engine',
    message,
    hint: 'This is not an expected failure: please report it with what you did.',
    cause: thrown,
  });
}

export function isAbort(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    (thrown.name === 'AbortError' || (thrown as NodeJS.ErrnoException).code === 'ABORT_ERR')
  );
}
