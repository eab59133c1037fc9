/** Progress is told ten times a second, however fast the bytes go. */
const INTERVAL = 100;

export class Ticker {
  #next = 0;

  /** True at most ten times a second, and the first time. */
  isDue(): boolean {
    const now = performance.now();
    if (now < this.#next) return false;
    this.#next = now + INTERVAL;
    return true;
  }
}
