/** Long work in slices: keys and frames get their turn in between. */
import { setImmediate as others } from 'node:timers/promises';
import { cancelled } from '../errors.ts';

/** Milliseconds that one slice takes. */
const SLICE = 8;

export class Turns {
  #since = performance.now();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time for others: asked often, it costs next to nothing. */
  get due(): boolean {
    return performance.now() - this.#since >= SLICE;
  }

  /** Lets others have their turn. Errors: `cancelled`. */
  async take(): Promise<void> {
    await others();
    this.#since = performance.now();
    if (this.#signal?.aborted) throw cancelled();
  }
}
