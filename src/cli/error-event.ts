/** A failure among the events that `--json` prints, one object a line. */
import type { EngineError, ErrorCode } from '../engine/errors.ts';

export interface ErrorEvent {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  /** What the engine itself said, where that is more. */
  readonly detail?: string;
}

export function errorEvent({ code, message, hint, detail }: EngineError): ErrorEvent {
  return { type: 'error', code, message, hint, ...(detail !== '' && { detail }) };
}
