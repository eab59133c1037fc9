/** Work that goes on by itself, and yet only as fast as somebody takes its events. */

/** Hands an event over; resolves when the taker comes for the next one. */
export type Tell<Event> = (event: Event) => Promise<void>;

/**
 * The events of `work`, then its result. When nobody wants more, or `signal` aborts, its signal aborts; it has
 * come to an end before this does.
 */
export async function* relay<Event, Result>(
  work: (tell: Tell<Event>, signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<Event, Result, void> {
  const stop = new AbortController();
  const waiting: { readonly event: Event; readonly taken: () => void }[] = [];
  let isOver = false;
  let wake = () => {};
  const tell: Tell<Event> = (event) =>
    new Promise((taken) => {
      // Who still tells when nobody listens must not wait for ever.
      if (stop.signal.aborted) return taken();
      waiting.push({ event, taken });
      wake();
    });
  const both = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  const working = work(tell, both).finally(() => {
    isOver = true;
    wake();
  });
  // Its failure is told by whoever awaits it, which may be nobody.
  working.catch(() => {});
  try {
    for (;;) {
      const next = waiting[0];
      if (next !== undefined) {
        yield next.event;
        waiting.shift();
        next.taken();
      } else if (isOver) return await working;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stop.abort();
    for (const { taken } of waiting) taken();
    await working.catch(() => {});
  }
}
