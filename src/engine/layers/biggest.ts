/** The biggest of many things, without keeping all of them. */

export class Biggest<Thing extends { readonly bytes: number }> {
  /** Of all that were added. */
  count = 0;
  bytes = 0;
  readonly #most: number;
  #kept: Thing[] = [];
  /** What is not above it is not among the biggest. */
  #least = 0;
  readonly #tieBreak: ((a: Thing, b: Thing) => number) | undefined;

  /** `tieBreak`: the order of things of equal bytes; without it, the first that came stay. */
  constructor(most: number, tieBreak?: (a: Thing, b: Thing) => number) {
    this.#most = most;
    this.#tieBreak = tieBreak;
  }

  /** `make` is called only for what may be among the biggest. */
  add(bytes: number, make: () => Thing): void {
    this.count++;
    this.bytes += bytes;
    if (bytes === 0 || bytes < this.#least) return;
    if (bytes === this.#least && this.#tieBreak === undefined) return;
    this.#kept.push(make());
    if (this.#kept.length >= this.#most * 2) this.#cut();
  }

  /** The biggest first. */
  list(): readonly Thing[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept.sort((a, b) => b.bytes - a.bytes || (this.#tieBreak?.(a, b) ?? 0));
    if (this.#kept.length < this.#most) return;
    this.#kept.length = this.#most;
    this.#least = this.#kept.at(-1)?.bytes ?? 0;
  }
}
