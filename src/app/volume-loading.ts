/** Lists volumes, but only once something asks for them: the planner with a rule about them, or such a rule ticked. */
import type { Engine } from '../engine/engine.ts';
import { readVolumes } from '../engine/stock.ts';
import type { Volume } from '../engine/volume.ts';
import type { App } from './app.ts';
import { tickedRules } from './planner.ts';
import type { AppState } from './state.ts';

/** How long a change of containers or disk usage rests before they are listed again, in milliseconds. */
const REST = 300;

export function wantsVolumes({ screen, planner }: Pick<AppState, 'screen' | 'planner'>): boolean {
  if (screen === 'disk') return planner.entries.some(({ rule }) => rule?.kind === 'unused-volumes');
  return ticksVolumes({ planner });
}

/** Whether a plan needs them. */
export function ticksVolumes({ planner }: Pick<AppState, 'planner'>): boolean {
  return tickedRules(planner).some((rule) => rule.kind === 'unused-volumes');
}

/** Call the result to stop. */
export function followVolumes(app: App): () => void {
  const { store } = app;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let reading = false;
  let seen: { readonly engine: Engine; readonly containers: unknown; readonly usage: unknown } | undefined;

  const check = (): void => {
    const state = store.get();
    if (reading || timer !== undefined || state.stock === undefined || !wantsVolumes(state)) return;
    const engine = app.session.engine();
    if (engine === undefined) return;
    const { containers, usage } = state;
    if (seen?.engine === engine && seen.containers === containers && seen.usage === usage) return;
    timer = setTimeout(() => void read(engine), seen?.engine === engine ? REST : 0);
  };

  async function read(engine: Engine): Promise<void> {
    timer = undefined;
    reading = true;
    const { containers, usage } = store.get();
    seen = { engine, containers, usage };
    try {
      const volumes = await readVolumes(engine, { signal: stop.signal });
      if (app.session.engine() === engine) store.stream((state) => withVolumes(state, volumes));
    } catch {
      // An engine that went away is the watch's business; without its answer the rule says that nothing is known.
    } finally {
      reading = false;
      if (!stop.signal.aborted) check();
    }
  }

  const unsubscribe = store.subscribe(check);
  return () => {
    stop.abort();
    clearTimeout(timer);
    unsubscribe();
  };
}

/** The same state where nothing changed: whatever was worked out for its stock holds on. */
function withVolumes(state: AppState, volumes: readonly Volume[]): AppState {
  const { stock } = state;
  if (stock === undefined || JSON.stringify(stock.volumes) === JSON.stringify(volumes)) return state;
  return { ...state, stock: { ...stock, volumes } };
}
