/** Waiting that can be cut short, on a clock that tests can turn. */

export interface Timers {
  /** Milliseconds. */
  now(): number;
  set(run: () => void, milliseconds: number): unknown;
  clear(timer: unknown): void;
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
