/** Failures of the file system that a store lies on, in words a person can act on. */
import { asEngineError, cancelled, EngineError, type ErrorCode } from '../errors.ts';

interface Reading {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const READINGS: Readonly<Record<string, Reading>> = {
  ENOSPC: {
    code: 'no-space',
    what: 'the disk is full',
    hint: 'Free some space there, or choose a store on another disk with --store DIR.',
  },
  EDQUOT: {
    code: 'no-space',
    what: 'the disk quota is used up',
    hint: 'Free some space there, or choose a store on another disk with --store DIR.',
  },
  EROFS: {
    code: 'read-only',
    what: 'the file system is read-only',
    hint: 'Choose a store that can be written with --store DIR.',
  },
  EACCES: {
    code: 'permission',
    what: 'permission denied',
    hint: 'Let your user read and write that folder, or choose another store with --store DIR.',
  },
  EPERM: {
    code: 'permission',
    what: 'operation not permitted',
    hint: 'Let your user read and write that folder, or choose another store with --store DIR.',
  },
  EMFILE: {
    code: 'engine',
    what: 'too many files are open',
    hint: 'Raise the limit with ulimit -n, or try again.',
    retryable: true,
  },
  EIO: {
    code: 'corrupt',
    what: 'the disk reported an error',
    hint: 'Check the disk: the system log tells more.',
  },
  ENOTDIR: {
    code: 'bad-input',
    what: 'something on the way there is not a folder',
    hint: 'Check the path.',
  },
};

/** Any thrown value as an EngineError; `doing` is what was tried: `write to the store /s`. */
export function storeFault(thrown: unknown, doing: string): EngineError {
  const reading = READINGS[errnoOf(thrown)];
  if (reading === undefined) return asEngineError(thrown);
  return new EngineError({
    code: reading.code,
    message: `cannot ${doing}: ${reading.what}`,
    hint: reading.hint,
    retryable: reading.retryable ?? false,
    cause: thrown,
  });
}

/** `ENOENT`, or `''` for what is no failure of the system. */
export function errnoOf(thrown: unknown): string {
  return thrown instanceof Error && !(thrown instanceof EngineError)
    ? ((thrown as NodeJS.ErrnoException).code ?? '')
    : '';
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}
