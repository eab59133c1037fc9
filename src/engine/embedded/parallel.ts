/**
 * Runs `work` for each item, so many at a time. The first failure stops the others through their signal;
 * it is thrown when all have come to rest.
 */
export async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const left = [...items];
  let failure: { readonly thrown: unknown } | undefined;
  const worker = async () => {
    for (let item = left.shift(); item !== undefined && failure === undefined; item = left.shift()) {
      try {
        await work(item, both);
      } catch (thrown) {
        failure ??= { thrown };
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failure !== undefined) throw failure.thrown;
}
