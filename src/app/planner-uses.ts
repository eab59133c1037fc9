/** Reads what is known of when images were used, once somebody looks at the planner or ticks a rule. */
import type { LastUsedLedger } from '../engine/cleanup/last-used.ts';
import { NO_USES } from '../engine/cleanup/uses.ts';
import type { Engine } from '../engine/engine.ts';
import type { App } from './app.ts';
import { isPlanning } from './planned.ts';

/** How long a change of images or containers rests before it is noted, in milliseconds. */
const REST = 300;

/** Call the result to stop. `folder`: nacre's own for state. */
export function followUses(app: App, folder: string): () => void {
  const { store } = app;
  let timer: NodeJS.Timeout | undefined;
  let reading = false;
  let seen: { readonly engine: Engine; readonly images: unknown; readonly containers: unknown } | undefined;
  /** Images that were asked about: an engine tells of each once. */
  let asked = new Set<string>();
  const stop = new AbortController();

  const check = (): void => {
    const state = store.get();
    if (state.screen !== 'disk' && !isPlanning(state)) return;
    const engine = app.session.engine();
    if (engine === undefined || state.stock === undefined || reading || timer !== undefined) return;
    const { images, containers } = state;
    if (seen?.engine === engine && seen.images === images && seen.containers === containers) return;
    timer = setTimeout(() => void read(engine), seen?.engine === engine ? REST : 0);
  };

  async function read(engine: Engine): Promise<void> {
    timer = undefined;
    reading = true;
    const { images, containers } = store.get();
    if (seen?.engine !== engine) asked = new Set();
    seen = { engine, images, containers };
    try {
      const now = Math.floor(app.clock() / 1000);
      const [{ openLastUsed }, { readTagTimes }] = await Promise.all([
        import('../engine/cleanup/last-used.ts'),
        import('../engine/cleanup/tag-times.ts'),
      ]);
      const ledger = await openLastUsed({ folder, engine: engine.info, now });
      ledger.observe({ images, containers }, now);
      show(engine, ledger);
      const ids = images.flatMap(({ id, role }) => (role === 'intermediate' || asked.has(id) ? [] : [id]));
      const moments = await readTagTimes(engine, ids, { signal: stop.signal });
      for (const id of ids) asked.add(id);
      const isNews = [...moments].some(([id, at]) => at > (ledger.uses.of(id)?.arrived ?? 0));
      if (isNews) {
        ledger.learnArrivals(moments);
        show(engine, ledger);
      }
      // A ledger that cannot be kept only knows less the next time.
      await ledger.save().catch(() => {});
    } catch {
      // An engine that went away is the watch's business; without its answer less is known of use.
    } finally {
      reading = false;
      check();
    }
  }

  function show(engine: Engine, ledger: LastUsedLedger): void {
    if (app.session.engine() === engine) store.stream((state) => ({ ...state, uses: ledger.uses }));
  }

  const unsubscribe = store.subscribe(check);
  store.stream((state) => (state.uses === NO_USES ? state : { ...state, uses: NO_USES }));
  return () => {
    stop.abort();
    clearTimeout(timer);
    unsubscribe();
  };
}
