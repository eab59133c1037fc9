/** A file of a package manager that contradicts itself or ends too early. */
import { EngineError } from '../errors.ts';

/** `why` says it of the file: `it is no JSON`. */
export function unreadable(why: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: why,
    hint: 'Look at the file itself: what wrote it may have been stopped.',
    cause,
  });
}
