/** What a started server of any kind offers; `engines.ts` makes a test engine of it. */
import type { RawApi } from './raw-api.ts';

export interface RunningEngine {
  readonly socket: string;
  readonly api: RawApi;
  /** Kills it and everything it runs, as a power cut would; its images stay. */
  kill(): Promise<void>;
  /** Starts it again on the same data after `kill`. */
  start(): Promise<void>;
  log(): string;
}
