/** How fast bytes move now: each byte counts less the longer ago it came. */

/** Milliseconds after which a byte counts for a third. */
const MEMORY = 5_000;
/** Milliseconds without which no rate is told: the first bytes say little. */
const LEAST = 300;

export interface Rate {
  /**
   * So many bytes have moved since the last call, up to `at` in milliseconds. The first call begins the
   * count and its bytes do not: nobody knows how long they took.
   */
  add(bytes: number, at: number): void;
  /** Bytes a second; undefined while there is too little to tell. A standstill brings it down to 0. */
  perSecond(at: number): number | undefined;
}

/** Bytes that fade with time over the time that fades alike, so neither bursts nor a late start distort it. */
export function createRate(): Rate {
  let startedAt: number | undefined;
  let fadedAt = 0;
  let bytes = 0;

  function fade(at: number): void {
    bytes *= Math.exp(-Math.max(0, at - fadedAt) / MEMORY);
    fadedAt = Math.max(fadedAt, at);
  }

  return {
    add(more, at) {
      if (startedAt === undefined) {
        startedAt = at;
        fadedAt = at;
        return;
      }
      fade(at);
      bytes += Math.max(0, more);
    },
    perSecond(at) {
      if (startedAt === undefined || at - startedAt < LEAST) return undefined;
      fade(at);
      const time = MEMORY * (1 - Math.exp(-(at - startedAt) / MEMORY));
      return (bytes / time) * 1000;
    },
  };
}
