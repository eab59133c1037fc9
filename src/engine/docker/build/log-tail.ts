/** The last lines that a step printed, to explain its failure. */

const LINES = 20;

export class LogTail {
  #lines: string[] = [];

  push(line: string): void {
    // Cut only now and then: most lines cost no more than their place.
    if (this.#lines.push(line) > 2 * LINES) this.#lines = this.#lines.slice(-LINES);
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-LINES);
  }
}
