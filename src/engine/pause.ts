/** Waiting that can be cut short, on a clock that tests can turn. */

export interface Timers {
  /** Milliseconds. */
  now(): number;
  set(run: () => void, milliseconds: number): unknown;
  clear(timer: unknown): void;
}

/** Milliseconds: a connection or a stream of events that stood this long was a good one. */
export const LASTED = 10_000;
const FIRST = 500;
const LAST = 15_000;

/** Milliseconds to wait before the next attempt: doubled after each failure, up to a quarter of a minute. */
export function growingPause(failures: number): number {
  return Math.min(LAST, FIRST * 2 ** failures);
}

export class Pause {
  readonly #timers: Timers;
  #end: (() => void) | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Resolves after the time, or when `end` is called. */
  for(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#timers.set(() => this.end(), milliseconds);
      this.#end = () => {
        this.#timers.clear(timer);
        this.#end = undefined;
        resolve();
      };
    });
  }

  end(): void {
    this.#end?.();
  }
}
