/** One connection to an engine: its images listed, and listed again when something changes. */
import type { Engine, EngineEvent } from './engine.ts';
import { asEngineError, cancelled, type EngineError } from './errors.ts';
import { sameImages } from './image-list.ts';
import { growingPause, LASTED, Pause, type Timers } from './pause.ts';
import type { Listed } from './watch.ts';

/** Milliseconds. A burst of events is one listing, but a stream of them must not starve it. */
const QUIET = 100;
const PATIENCE = 1_000;
/** The stream of events opens after the first list was asked for: what happened between is looked up then. */
const CATCH_UP = 500;
const LIST_AGAIN = 5_000;
/** Without events, changes are looked for this often. */
const LIST_UNTOLD = 10_000;

export type Told = Listed & { readonly refreshing: boolean; readonly error: EngineError | undefined };

/** One connection, from its first list to its loss. */
export class Serving {
  readonly #engine: Engine;
  readonly #timers: Timers;
  readonly #tell: (told: Told) => void;
  readonly #onEvent: (event: EngineEvent) => void;
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

  constructor(
    engine: Engine,
    timers: Timers,
    listed: Listed,
    tell: (told: Told) => void,
    onEvent: (event: EngineEvent) => void = () => {},
  ) {
    this.#onEvent = onEvent;
    this.#engine = engine;
    this.#timers = timers;
    this.#tell = tell;
    this.#pause = new Pause(timers);
    this.#told = { ...listed, refreshing: false, error: undefined };
  }

  async untilLost(signal: AbortSignal): Promise<EngineError> {
    const end = () => this.#lost.resolve(cancelled());
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
      // What happened around the break is looked up soon; the rest comes from listing now and then.
      if (!this.#untold) this.#listIn(CATCH_UP);
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
      await this.#pause.for(growingPause(failures));
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
      for await (const event of this.#engine.events({ signal: this.#ending.signal, onOpen })) {
        this.#onEvent(event);
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
