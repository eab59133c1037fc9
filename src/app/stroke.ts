/** Tells a key that is held down from one that is pressed again. */

export interface Stroke {
  hear(key: string): void;
  /** Whether the key heard last is the one heard just before it, too soon after to be sure of a fresh press. */
  isRepeat(): boolean;
  /** Whether no key came since `moment`, or for a while: nobody is typing into what opens by itself. */
  isQuiet(moment: number): boolean;
}

/** Longer than any keyboard waits before it begins to repeat, in milliseconds. */
const REPEAT_MS = 800;
/** Longer than between two keys of someone who types or browses, in milliseconds. */
const QUIET_MS = 600;

export function createStroke(clock: () => number): Stroke {
  let last = '';
  let at = 0;
  let repeat = false;
  return {
    hear(key) {
      const now = clock();
      repeat = key === last && now - at < REPEAT_MS;
      last = key;
      at = now;
    },
    isRepeat: () => repeat,
    isQuiet: (moment) => at <= moment || clock() - at >= QUIET_MS,
  };
}
