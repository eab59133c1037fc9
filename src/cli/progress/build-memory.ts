/** What a build has told so far, as far as it is still needed: its steps, and the last lines of each. */
import type { BuildEvent } from '../../engine/build.ts';
import { type BuildProgress, createBuildFold, type ProgressStep } from '../../engine/build-progress.ts';

/** Lines kept of one step. */
export const LAST_LINES = 20;

export class BuildMemory {
  readonly #fold = createBuildFold();
  readonly #tails = new Map<string, string[]>();

  /** `at` in milliseconds. */
  add(event: BuildEvent, at: number): void {
    this.#fold.add(event, at);
    if (event.type !== 'log') return;
    const tail = this.#tails.get(event.step);
    if (tail === undefined) this.#tails.set(event.step, [event.text]);
    else {
      tail.push(event.text);
      // Cut now and then only: a cut a line would move them all each time.
      if (tail.length >= 10 * LAST_LINES) tail.splice(0, tail.length - LAST_LINES);
    }
  }

  get progress(): BuildProgress {
    return this.#fold.progress();
  }

  get failedStep(): ProgressStep | undefined {
    const { failed, steps } = this.progress;
    return steps.find(({ id }) => id === failed);
  }

  /** The last lines that a step printed, oldest first. */
  tail(step: string, count = LAST_LINES): readonly string[] {
    return count <= 0 ? [] : (this.#tails.get(step)?.slice(-count) ?? []);
  }
}
