/** What a command works with. */
import type { Config } from '../config.ts';
import type { Choice } from '../engine/choose.ts';
import type { Engine } from '../engine/engine.ts';
import type { ChangeJournal } from '../engine/undo/change-journal.ts';
import type { GlobalOptions } from './arguments.ts';
import type { FlagValues } from './flag.ts';
import type { Output } from './output.ts';

/** Where a terminal may be. */
export type TerminalStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
};

/** The process, as far as commands see it; `process` itself fits. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly env: NodeJS.ProcessEnv;
}

export interface Connected {
  readonly engine: Engine;
  readonly choice: Choice;
  /** What was done so far. It is there to be read even where nothing is written to it. */
  readonly changes: ChangeJournal;
}

export interface Context {
  readonly io: Io;
  readonly options: GlobalOptions;
  readonly flags: FlagValues;
  readonly operands: readonly string[];
  readonly output: Output;
  /** Aborted by SIGINT, and for a reading command when nobody reads its output any more. */
  readonly signal: AbortSignal;
  /** A person's settings, read on the first call. Errors: ConfigError. */
  config(): Promise<Config>;
  /** The chosen engine, connected to on the first call. Errors: EngineError. */
  connect(): Promise<Connected>;
  /** One line on stderr about a part that failed while the command goes on. */
  complain(message: string, hint?: string): void;
}
