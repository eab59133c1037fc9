/** What happens to the images of a store, by this process and by others. */
import { EventEmitter } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import type { CallOptions, EngineEvent, EngineEventAction } from '../engine.ts';
import { asEngineError, type EngineError } from '../errors.ts';
import type { Root, Store } from './store.ts';

/** What this process does, told to all its streams. */
export class Announcements {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  tell(action: EngineEventAction, subject: string): void {
    this.#emitter.emit('event', { action, subject, time: now() } satisfies EngineEvent);
  }

  listen(listener: (event: EngineEvent) => void): () => void {
    this.#emitter.on('event', listener);
    return () => this.#emitter.off('event', listener);
  }
}

/** Milliseconds from a change of a file to a look: several come together. */
const DEBOUNCE = 15;

/** Milliseconds between looks where no change was told: not every file system tells, and a store can go away. */
const LOOK_EVERY = 1000;

/**
 * Source: changes of index.json, by comparing it with what it said before; what this process did is told at once.
 * Ends quietly when it is aborted. Errors: `unreachable` when the store goes away.
 */
export async function* storeEvents(
  store: Store,
  announcements: Announcements,
  options: CallOptions & { readonly onOpen?: () => void } = {},
): AsyncGenerator<EngineEvent, void, void> {
  const { signal, onOpen } = options;
  if (signal?.aborted) return;
  const stream = new EventStream(store);
  const silence = announcements.listen((event) => stream.push(event));
  const stop = () => stream.end();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await stream.open();
    onOpen?.();
    yield* stream.events();
  } finally {
    signal?.removeEventListener('abort', stop);
    silence();
    stream.end();
  }
}

class EventStream {
  readonly #store: Store;
  #queue: EngineEvent[] = [];
  #wake: () => void = () => {};
  #known: ReadonlyMap<string, string> = new Map();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #failure: EngineError | undefined;
  #isOver = false;

  constructor(store: Store) {
    this.#store = store;
  }

  async open(): Promise<void> {
    this.#known = namesOf(await this.#store.roots());
    if (!this.#isOver) this.#lookAfter(this.#watch() ? LOOK_EVERY : DEBOUNCE);
  }

  push(...events: readonly EngineEvent[]): void {
    this.#queue.push(...events);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#wake();
  }

  async *events(): AsyncGenerator<EngineEvent, void, void> {
    while (!this.#isOver) {
      const events = this.#queue;
      this.#queue = [];
      yield* events;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#queue.length > 0 || this.#isOver) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** False where the folder is not there yet or the system cannot watch: then looking now and then must do. */
  #watch(): boolean {
    if (this.#watcher !== undefined) return true;
    try {
      this.#watcher = watch(this.#store.folder, { persistent: false }, (_, name) => {
        if (name === 'index.json' || name === null) this.#lookAfter(DEBOUNCE);
      });
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined;
      });
      return true;
    } catch {
      return false;
    }
  }

  #lookAfter(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#isOver) this.#timer = setTimeout(() => void this.#look(), milliseconds).unref();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return this.#lookAfter(DEBOUNCE);
    this.#isLooking = true;
    try {
      const names = namesOf(await this.#store.roots());
      const events = changes(this.#known, names);
      this.#known = names;
      if (events.length > 0) this.push(...events);
      this.#watch();
      this.#lookAfter(LOOK_EVERY);
    } catch (thrown) {
      const error = asEngineError(thrown);
      // Some tools write the file in place: half of it is no reason to give up.
      if (error.code === 'corrupt') return this.#lookAfter(LOOK_EVERY);
      this.#failure = error;
      this.#wake();
    } finally {
      this.#isLooking = false;
    }
  }
}

/** Of each name the image that has it, and of each image itself. */
function namesOf(roots: readonly Root[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id, references, digests } of roots) {
    names.set(id, id);
    for (const name of [...references, ...digests]) names.set(name, id);
  }
  return names;
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): EngineEvent[] {
  const events: EngineEvent[] = [];
  const time = now();
  for (const [name, id] of after) {
    if (before.get(name) === id) continue;
    events.push({ action: name === id ? 'other' : 'tag', subject: name === id ? id : name, time });
  }
  for (const [name, id] of before) {
    if (after.has(name)) continue;
    events.push({ action: name === id ? 'delete' : 'untag', subject: name, time });
  }
  return events;
}

/** Unix seconds. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
