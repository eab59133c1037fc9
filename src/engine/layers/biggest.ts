/** The biggest of many things, without keeping all of them. */

export class Biggest<Thing extends { readonly bytes: number }> {
  /** Of all that were added. */
  count = 0;
  bytes = 0;
  readonly #most: number;
  #kept: Thing[] = [];
  /** What is not above it is not among the biggest. */
  #least = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** `make` is called only for what may be among the biggest. */
  add(bytes: number, make: () => Thing): void {
    this.count++;
    this.bytes += bytes;
    if (bytes <= this.#least) return;
    this.#kept.push(make());
    if (this.#kept.length >= this.#most * 2) this.#cut();
  }

  /** The biggest first. */
  list(): readonly Thing[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept.sort((a, b) => b.bytes - a.bytes);
    if (this.#kept.length < this.#most) return;
    this.#kept.length = this.#most;
    this.#least = this.#kept.at(-1)!.bytes;
  }
}
