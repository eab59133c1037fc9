/** What a command works with. */
import type { Choice } from '../engine/choose.ts';
import type { Engine } from '../engine/engine.ts';
import type { GlobalOptions } from './arguments.ts';
import type { FlagValues } from './flag.ts';
import type { Output } from './output.ts';

/** The process, as far as commands see it; `process` itself fits. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
}

export interface Connected {
  readonly engine: Engine;
  readonly choice: Choice;
}

export interface Context {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly flags: FlagValues;
  readonly operands: readonly string[];
  readonly output: Output;
  /** Aborted by SIGINT, and for a reading command when nobody reads its output any more. */
  readonly signal: AbortSignal;
  /** The chosen engine, connected to on the first call. Errors: EngineError. */
  connect(): Promise<Connected>;
  /** One line on stderr about a part that failed while the command goes on. */
  complain(message: string, hint?: string): void;
}
