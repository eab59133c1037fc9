/** A container's command that cannot be started. */
import { EngineError, type ErrorFacts } from './errors.ts';

export class StartError extends EngineError {
  /** What a shell would say of such a command: 126 it cannot be executed, 127 there is none. */
  readonly exitCode: 126 | 127;

  constructor(facts: Omit<ErrorFacts, 'code'>, exitCode: 126 | 127) {
    super({ ...facts, code: 'bad-input' });
    this.exitCode = exitCode;
  }
}
