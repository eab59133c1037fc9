/** Reproducible randomness: a failing seed can be run again. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed;
  }

  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number {
    this.state = (Math.imul(this.state, 1103515245) + 12345) & 0x7fffffff;
    return (this.state >>> 8) % end;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  text(words: readonly string[], most: number): string {
    return Array.from({ length: 1 + this.below(most) }, () => this.pick(words)).join('');
  }
}
