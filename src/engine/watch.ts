/**
 * Keeps an engine connected and its images listed: changes are listed again after a short pause, a lost
 * engine is sought again with growing pauses. An engine that answers is not lost because its events
 * cannot be had: without them, it is only listed from time to time. What was last listed stays until something newer is there.
 */
import type { Engine, EngineEvent } from './engine.ts';
import { asEngineError, type EngineError } from './errors.ts';
import type { Image } from './image.ts';
import { growingPause, LASTED, Pause, type Timers } from './pause.ts';
import { Serving } from './serving.ts';

export interface Listed {
  /** All images, intermediate ones included; the same array as long as nothing changed. */
  readonly images: readonly Image[] | undefined;
  /** When they were asked for, in milliseconds; 0 while there are none. */
  readonly listedAt: number;
}

export type WatchState =
  | ({ readonly phase: 'connecting' } & Listed)
  | ({
      readonly phase: 'connected';
      readonly engine: Engine;
      readonly refreshing: boolean;
      /** Why the last listing failed, the connection being good. */
      readonly error: EngineError | undefined;
    } & Listed)
  | ({
      readonly phase: 'lost';
      readonly error: EngineError;
      /** Milliseconds, as all moments here. */
      readonly since: number;
      /** Attempts since a connection last lasted: those that failed, and those that were lost again at once. */
      readonly attempt: number;
      /** When the next attempt begins; 0 while one is under way. */
      readonly retryAt: number;
    } & Listed)
  | ({ readonly phase: 'stopped' } & Listed);

export interface WatchOptions {
  /** Connects anew every time: a new `Engine` each. It should ask for the list at once (`prefetchList`). */
  readonly connect: (signal: AbortSignal) => Promise<Engine>;
  /** Told of every change, at once and in order; `watch.state` is the same. */
  readonly onState: (state: WatchState) => void;
  /** Told of everything the engine tells, as it comes. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** The machine's own by default. */
  readonly timers?: Timers;
  /** From 0 to below 1; spreads the attempts of many. */
  readonly random?: () => number;
}

export interface EngineWatch {
  readonly state: WatchState;
  /** Lists again; resolves when a listing that began after this call has ended. While lost: tries again at once. */
  refresh(): Promise<void>;
  /** Ends the pause before the next attempt. */
  retryNow(): void;
  /** Closes the engine; no state is told after `stopped`. */
  stop(): Promise<void>;
}

export function watchEngine(options: WatchOptions): EngineWatch {
  const timers = options.timers ?? systemTimers;
  const random = options.random ?? Math.random;
  const stopping = new AbortController();
  const pause = new Pause(timers);
  let listed: Listed = { images: undefined, listedAt: 0 };
  let state: WatchState = { phase: 'connecting', ...listed };
  let serving: Serving | undefined;

  const tell = (next: WatchState) => {
    if (state.phase === 'stopped') return;
    state = next;
    options.onState(next);
  };

  const run = async () => {
    let since = 0;
    let attempt = 0;
    while (!stopping.signal.aborted) {
      let error: EngineError;
      try {
        const engine = await options.connect(stopping.signal);
        const connectedAt = timers.now();
        since = 0;
        serving = new Serving(
          engine,
          timers,
          listed,
          (told) => {
            listed = { images: told.images, listedAt: told.listedAt };
            tell({ phase: 'connected', engine, ...told });
          },
          options.onEvent,
        );
        error = await serving.untilLost(stopping.signal);
        serving = undefined;
        attempt = timers.now() - connectedAt >= LASTED ? 0 : attempt + 1;
        await engine.close();
      } catch (thrown) {
        error = asEngineError(thrown);
        attempt++;
      }
      if (stopping.signal.aborted) return;
      if (since === 0) since = timers.now();
      const wait = growingPause(Math.max(0, attempt - 1)) * (0.75 + random() / 2);
      tell({ phase: 'lost', error, since, attempt, retryAt: timers.now() + wait, ...listed });
      await pause.for(wait);
      if (state.phase === 'lost') tell({ ...state, retryAt: 0 });
    }
  };
  options.onState(state);
  const running = run();

  return {
    get state() {
      return state;
    },
    async refresh() {
      if (serving === undefined) pause.end();
      else await serving.list();
    },
    retryNow: () => pause.end(),
    async stop() {
      tell({ phase: 'stopped', ...listed });
      stopping.abort();
      pause.end();
      await running;
    },
  };
}

const systemTimers: Timers = {
  now: () => Date.now(),
  set: (run, milliseconds) => setTimeout(run, milliseconds),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
