/**
 * Runs `work` for each item, so many at a time; one that calls `makeRoom` no longer counts, though it goes on.
 * The first failure stops the others through their signal; it is thrown when all have come to rest.
 */
export async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: Item, signal: AbortSignal, makeRoom: () => void) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const begun: Promise<void>[] = [];
  let failure: { readonly thrown: unknown } | undefined;
  let room = limit;
  let roomMade = Promise.withResolvers<void>();
  for (const item of items) {
    while (room === 0) await roomMade.promise;
    if (failure !== undefined) break;
    room--;
    roomMade = Promise.withResolvers<void>();
    let counts = true;
    const makeRoom = () => {
      if (!counts) return;
      counts = false;
      room++;
      roomMade.resolve();
    };
    begun.push(
      work(item, both, makeRoom).then(makeRoom, (thrown: unknown) => {
        failure ??= { thrown };
        stop.abort();
        makeRoom();
      }),
    );
  }
  await Promise.all(begun);
  if (failure !== undefined) throw failure.thrown;
}
