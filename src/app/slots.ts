/** A few places for work that shares one line: whoever comes later waits, first come first served. */

export interface Slots {
  /** Resolves when there is a place, with what gives it back; rejects with the signal's reason when aborted before. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting: (() => void)[] = [];

  function give(): () => void {
    let given = true;
    return () => {
      if (!given) return;
      given = false;
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    };
  }

  return {
    take(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free--;
        return Promise.resolve(give());
      }
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(give());
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal.reason as Error);
      };
      waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
      return promise;
    },
  };
}
