/**
 * Keeps an engine connected and its images listed: changes are listed again after a short pause, a lost
 * engine is sought again with growing pauses. An engine that answers is not lost because its events
 * cannot be had: without them, it is only listed from time to time. What was last listed stays until something newer is there.
 */
import type { Engine } from './engine.ts';
import { asEngineError, EngineError } from './errors.ts';
import type { Image } from './image.ts';
import { sameImages } from './image-list.ts';
import { Pause, type Timers } from './pause.ts';

interface Listed {
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
  /** The machine's own by default. */
  readonly timers?: Timers;
  /** From 0 to below 1; spreads the attempts of many. */
  readonly random?: () => number;
}

/** Milliseconds. A burst of events is one listing, but a stream of them must not starve it. */
const QUIET = 100;
const PATIENCE = 1_000;
/** The stream of events opens after the first list was asked for: what happened between is looked up then. */
const CATCH_UP = 500;
const LIST_AGAIN = 5_000;
const FIRST_RETRY = 500;
const LAST_RETRY = 15_000;
/** Without events, changes are looked for this often. */
const LIST_UNTOLD = 10_000;
/** A connection or a stream of events that stood this long was a good one. */
const LASTED = 10_000;

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
        serving = new Serving(engine, timers, listed, (told) => {
          listed = { images: told.images, listedAt: told.listedAt };
          tell({ phase: 'connected', engine, ...told });
        });
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
      const wait = growing(Math.max(0, attempt - 1)) * (0.75 + random() / 2);
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

function growing(failures: number): number {
  return Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures);
}

type Told = Listed & { readonly refreshing: boolean; readonly error: EngineError | undefined };

/** One connection, from its first list to its loss. */
class Serving {
  readonly #engine: Engine;
  readonly #timers: Timers;
  readonly #tell: (told: Told) => void;
  readonly #lost = Promise.withResolvers<EngineError>();
  readonly #ending = new AbortController();
  readonly #pause: Pause;
  /** Whether a stream of events was there and is not any more, or could never be had. */
  #untold = false;
  #told: Told;
  #timer: unknown;
  /** When the first of the changes that wait for a listing came; 0: none waits. */
  #changedAt = 0;
  #listing: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(engine: Engine, timers: Timers, listed: Listed, tell: (told: Told) => void) {
    this.#engine = engine;
    this.#timers = timers;
    this.#tell = tell;
    this.#pause = new Pause(timers);
    this.#told = { ...listed, refreshing: false, error: undefined };
  }

  async untilLost(signal: AbortSignal): Promise<EngineError> {
    const end = () =>
      this.#lost.resolve(new EngineError({ code: 'cancelled', message: 'cancelled', hint: '' }));
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    // The list first: a person waits for it, and nobody for the events, whose opening lists again.
    void this.list().then(() => this.#follow());
    const error = await this.#lost.promise;
    signal.removeEventListener('abort', end);
    this.#ending.abort();
    this.#pause.end();
    this.#timers.clear(this.#timer);
    return error;
  }

  /** A listing under way may have missed what this one is for, so another follows it. */
  list(): Promise<void> {
    if (this.#listing === undefined) {
      this.#listing = this.#listOnce().finally(() => {
        this.#listing = undefined;
      });
      return this.#listing;
    }
    this.#next ??= this.#listing.then(() => {
      this.#next = undefined;
      return this.list();
    });
    return this.#next;
  }

  async #listOnce(): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    const askedAt = this.#timers.now();
    this.#changedAt = 0;
    this.#say({ refreshing: true });
    try {
      const images = await this.#engine.list({ all: true, signal });
      const before = this.#told.images;
      const kept = before !== undefined && sameImages(before, images) ? before : images;
      this.#say({ images: kept, listedAt: askedAt, refreshing: false, error: undefined });
      if (this.#untold) this.#listIn(LIST_UNTOLD);
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'unreachable' || error.code === 'permission') this.#lost.resolve(error);
      else if (!signal.aborted) {
        this.#say({ refreshing: false, error });
        this.#listIn(LIST_AGAIN);
      }
    }
  }

  /** Follows the events until the engine is lost. A stream that breaks is opened again, with growing pauses. */
  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    for (let failures = 0; !signal.aborted; failures++) {
      const openedAt = await this.#followOnce();
      if (signal.aborted) return;
      this.#untold = true;
      try {
        await this.#engine.ping({ signal });
      } catch (thrown) {
        this.#lost.resolve(asEngineError(thrown));
        return;
      }
      if (signal.aborted) return;
      const now = this.#timers.now();
      if (openedAt !== undefined && now - openedAt >= LASTED) failures = 0;
      this.#listIn(LIST_UNTOLD);
      await this.#pause.for(growing(failures));
    }
  }

  /** Returns when the stream is over: since when it stood, or undefined where it never opened. */
  async #followOnce(): Promise<number | undefined> {
    let openedAt: number | undefined;
    const onOpen = () => {
      openedAt = this.#timers.now();
      this.#untold = false;
      this.#listIn(CATCH_UP);
    };
    try {
      for await (const _ of this.#engine.events({ signal: this.#ending.signal, onOpen })) {
        if (this.#changedAt === 0) this.#changedAt = this.#timers.now();
        const patience = this.#changedAt + PATIENCE - this.#timers.now();
        this.#listIn(Math.max(0, Math.min(QUIET, patience)));
      }
    } catch {
      // Whether the engine is lost or only its events, a ping tells.
    }
    return openedAt;
  }

  #listIn(milliseconds: number): void {
    if (this.#ending.signal.aborted) return;
    this.#timers.clear(this.#timer);
    this.#timer = this.#timers.set(() => void this.list(), milliseconds);
  }

  #say(change: Partial<Told>): void {
    if (this.#ending.signal.aborted) return;
    this.#told = { ...this.#told, ...change };
    this.#tell(this.#told);
  }
}

const systemTimers: Timers = {
  now: () => Date.now(),
  set: (run, milliseconds) => setTimeout(run, milliseconds),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
