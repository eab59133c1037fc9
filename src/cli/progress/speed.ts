/** How fast bytes move, over the last seconds: over a whole transfer a pause would be told for ever. */
const WINDOW = 5_000;
const SPACING = 250;

export class Speed {
  #samples: { readonly at: number; readonly done: number }[] = [];

  /** `at` in milliseconds; fewer bytes than before begin anew. */
  note(done: number, at: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && done < last.done) this.#samples = [];
    else if (last !== undefined && at - last.at < SPACING && this.#samples.length > 1) this.#samples.pop();
    this.#samples.push({ at, done });
    while (this.#samples.length > 2 && at - this.#samples[1]!.at > WINDOW) this.#samples.shift();
  }

  /** Bytes a second; undefined until something can be told. */
  at(now: number): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || now - first.at < SPACING) return undefined;
    return ((last.done - first.done) * 1000) / (now - first.at);
  }
}
