/** Keeps the last-used ledger while nacre runs: from the list, the containers and what the engine reports. */
import type { EngineEvent } from '../engine/engine.ts';
import type { App } from './app.ts';

/** How long after a change it is written, in milliseconds: what comes in a burst is written once. */
const PAUSE = 5_000;
/** Events that wait to be written; of more than these only the latest matter. */
const WAITING = 5_000;

/** Call the result to write what is still to be written, and to stop. `folder`: nacre's own for state. */
export function keepUses(app: App, folder: string): () => Promise<void> {
  let events: { readonly address: string; readonly event: EngineEvent }[] = [];
  let seen = app.store.get();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const soon = (): void => {
    timer ??= setTimeout(() => {
      writing = writing.then(write);
    }, PAUSE);
    timer.unref();
  };
  const unlisten = app.session.onEvent((event) => {
    const { connection } = app.store.get();
    if (connection.status !== 'connected') return;
    events.push({ address: connection.info.address, event });
    if (events.length > WAITING) events = events.slice(-WAITING / 2);
    soon();
  });
  const unsubscribe = app.store.subscribe(() => {
    const state = app.store.get();
    if (state.listedAt === undefined) return;
    if (state.images === seen.images && state.containers === seen.containers) return;
    seen = state;
    soon();
  });

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const { connection, images, containers, listedAt } = app.store.get();
    // What was seen before a connection broke is written once there is one again.
    if (connection.status !== 'connected' || listedAt === undefined) return;
    const told = events;
    events = [];
    const now = Math.floor(app.clock() / 1000);
    // Opened for each writing: ten thousand images are not kept in memory twice.
    const { openLastUsed } = await import('../engine/cleanup/last-used.ts');
    const ledger = await openLastUsed({ folder, engine: connection.info, now });
    ledger.observe({ images, containers }, now);
    for (const { address, event } of told) if (address === connection.info.address) ledger.note(event);
    // Without a place to write to, nothing is known of uses later; that is no reason to disturb anybody now.
    await ledger.save().catch(() => {});
  }

  return async () => {
    unlisten();
    unsubscribe();
    if (timer !== undefined) writing = writing.then(write);
    await writing;
  };
}
