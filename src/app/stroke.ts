/** Tells a key that is held down from one that is pressed again. */

export interface Stroke {
  hear(key: string): void;
  /** Whether the key heard last is the one heard just before it, too soon after to be sure of a fresh press. */
  isRepeat(): boolean;
}

/** Longer than any keyboard waits before it begins to repeat, in milliseconds. */
const REPEAT_MS = 800;

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
  };
}
