import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/engine/connect.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { Timers } from '../../src/engine/pause.ts';
import { type EngineWatch, type WatchState, watchEngine } from '../../src/engine/watch.ts';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';

engineGroup('watching', 'docker20', () => {
  let server: TestEngine;
  let maker: ImageMaker;
  beforeAll(async () => {
    server = await startEngine('docker20');
    maker = new ImageMaker(server);
    await maker.tiny('first:1');
  });
  afterAll(() => server?.stop());

  /** Watches the real engine and counts what is asked of it. */
  function start(): { watch: EngineWatch; states: WatchState[]; lists: () => number } {
    const states: WatchState[] = [];
    let lists = 0;
    const watch = watchEngine({
      connect: async (signal) => {
        const endpoint = { address: server.host };
        const engine = await connect(
          { endpoint, chosenBy: 'the test says so', tried: [] },
          { signal, prefetchList: true },
        );
        return new Proxy(engine, {
          get(target, key) {
            if (key === 'list') lists++;
            const value: unknown = Reflect.get(target, key, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
      },
      onState: (state) => states.push(state),
    });
    return { watch, states, lists: () => lists };
  }

  const names = ({ images }: WatchState) => images?.flatMap((image) => image.references).sort();
  const until = async (watch: EngineWatch, right: (state: WatchState) => boolean) => {
    await expect.poll(() => right(watch.state), { timeout: 20_000, interval: 20 }).toBe(true);
    return watch.state;
  };
  const quiet = (state: WatchState) =>
    state.phase === 'connected' && state.images !== undefined && !state.refreshing;

  test('connects, lists, and lists again when something changes', async () => {
    const { watch, states } = start();
    expect(states.map(({ phase }) => phase)).toEqual(['connecting']);
    await until(watch, quiet);
    expect(names(watch.state)).toEqual(['first:1']);
    await maker.tag('first:1', 'second:1');
    await until(watch, (state) => names(state)?.includes('second:1') ?? false);
    await maker.remove('second:1');
    await until(watch, (state) => !names(state)?.includes('second:1'));
    await watch.stop();
    expect(watch.state.phase).toBe('stopped');
    expect(names(watch.state)).toEqual(['first:1']);
    expect(states.at(-1)?.phase).toBe('stopped');
  });

  test('makes one listing of a burst, and keeps the list where nothing changed', async () => {
    const { watch, lists } = start();
    // The listing that follows the opening of the event stream comes half a second later.
    await until(watch, (state) => quiet(state) && lists() >= 2);
    const before = watch.state.images;
    const asked = lists();
    for (let number = 0; number < 20; number++) await maker.tag('first:1', `burst:${number}`);
    await until(watch, (state) => names(state)?.length === 21 && quiet(state));
    expect(lists() - asked).toBeLessThanOrEqual(4);
    const after = watch.state.images;
    expect(after).not.toBe(before);
    await watch.refresh();
    expect(watch.state.images).toBe(after);
    for (let number = 0; number < 20; number++) await maker.remove(`burst:${number}`);
    await watch.stop();
  });

  test('loses an engine that is killed, keeps what it knew, and finds it again', async () => {
    const { watch, states } = start();
    await until(watch, quiet);
    const first = watch.state.phase === 'connected' ? watch.state.engine : undefined;
    await server.kill();
    const lost = await until(watch, ({ phase }) => phase === 'lost');
    expect(names(lost)).toEqual(['first:1']);
    expect(lost).toMatchObject({ error: { code: 'unreachable' } });
    await until(watch, (state) => state.phase === 'lost' && state.attempt >= 2);
    await server.restart();
    await maker.tag('first:1', 'meanwhile:1');
    watch.retryNow();
    const back = await until(
      watch,
      (state) => quiet(state) && (names(state)?.includes('meanwhile:1') ?? false),
    );
    expect(back.phase === 'connected' && back.engine !== first).toBe(true);
    // Events of the new connection count too.
    await maker.remove('meanwhile:1');
    await until(watch, (state) => names(state)?.length === 1);
    await watch.stop();
    expect(new Set(states.map(({ phase }) => phase))).toEqual(
      new Set(['connecting', 'connected', 'lost', 'stopped']),
    );
    // From the loss to the first list after it, the old one stays.
    expect(states.every((state, index) => index === 0 || state.images || !states[index - 1]?.images)).toBe(
      true,
    );
  });

  test('stops while it connects, and tells nothing more', async () => {
    const { watch, states } = start();
    await watch.stop();
    const told = states.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(states.length).toBe(told);
    expect(watch.state.phase).toBe('stopped');
  });
});

/** A clock that stands still until it is turned. */
class Clock implements Timers {
  #now = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];
  now = () => this.#now;
  set = (run: () => void, milliseconds: number) => {
    const timer = { at: this.#now + milliseconds, run };
    this.#timers.push(timer);
    return timer;
  };
  clear = (timer: unknown) => {
    this.#timers = this.#timers.filter((one) => one !== timer);
  };
  /** When the next timer runs, if one is set. */
  next(): number | undefined {
    return this.#timers.toSorted((a, b) => a.at - b.at)[0]?.at;
  }
  /** To the next timer; how far that was. */
  async turn(): Promise<number> {
    const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined) throw new Error('nothing waits');
    const before = this.#now;
    this.#now = next.at;
    this.clear(next);
    next.run();
    await settle();
    return this.#now - before;
  }
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('an engine that cannot be reached', () => {
  const gone = () => new EngineError({ code: 'unreachable', message: 'gone', hint: 'wait', retryable: true });

  test('is sought with growing pauses, up to a quarter of a minute', async () => {
    const clock = new Clock();
    const states: WatchState[] = [];
    const watch = watchEngine({
      connect: () => Promise.reject(gone()),
      onState: (state) => states.push(state),
      timers: clock,
      random: () => 0.5,
    });
    await settle();
    const pauses: number[] = [];
    for (let turn = 0; turn < 8; turn++) pauses.push(await clock.turn());
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    expect(watch.state).toMatchObject({ phase: 'lost', attempt: 9, since: 1_000_000, images: undefined });
    // While an attempt is under way there is no next one to wait for.
    expect(states.some((state) => state.phase === 'lost' && state.retryAt === 0)).toBe(true);
    await watch.stop();
  });

  test('is sought at other times by each', async () => {
    const pauses = await Promise.all(
      [0, 0.999].map(async (chance) => {
        const clock = new Clock();
        const watch = watchEngine({
          connect: () => Promise.reject(gone()),
          onState: () => {},
          timers: clock,
          random: () => chance,
        });
        await settle();
        const pause = await clock.turn();
        await watch.stop();
        return pause;
      }),
    );
    expect(pauses[0]).toBe(375);
    expect(pauses[1]).toBeCloseTo(624.75);
  });

  test('is sought at once when asked', async () => {
    let attempts = 0;
    const connectNever = (): Promise<Engine> => {
      attempts++;
      return Promise.reject(gone());
    };
    const watch = watchEngine({ connect: connectNever, onState: () => {}, timers: new Clock() });
    await settle();
    expect(attempts).toBe(1);
    watch.retryNow();
    await settle();
    expect(attempts).toBe(2);
    await watch.refresh();
    await settle();
    expect(attempts).toBe(3);
    await watch.stop();
  });
});

describe('an engine whose events cannot be had', () => {
  const forbidden = () =>
    new EngineError({ code: 'forbidden', message: 'events are forbidden', hint: 'ask' });

  /** Only what a watch asks for; `events` is how a stream goes, `ping` whether the engine lives. */
  function start(behaviour: { events: Engine['events']; ping?: () => Promise<void> }) {
    const clock = new Clock();
    const counts = { connected: 0, closed: 0, lists: 0, streams: 0 };
    const engine: Pick<Engine, 'list' | 'events' | 'ping' | 'close'> = {
      list: async () => {
        counts.lists++;
        return [];
      },
      events: (options) => {
        counts.streams++;
        return behaviour.events(options);
      },
      ping: behaviour.ping ?? (async () => {}),
      close: async () => {
        counts.closed++;
      },
    };
    const states: WatchState[] = [];
    const watch = watchEngine({
      connect: async () => {
        counts.connected++;
        return engine as Engine;
      },
      onState: (state) => states.push(state),
      timers: clock,
      random: () => 0.5,
    });
    /** Turns the clock on by so many seconds. */
    const pass = async (seconds: number) => {
      const until = clock.now() + seconds * 1000;
      while ((clock.next() ?? until) < until) await clock.turn();
    };
    return { watch, clock, counts, states, pass };
  }
  const failing: Engine['events'] = async function* () {
    yield* [];
    throw forbidden();
  };

  test('stays connected, is listed now and then, and asked for them ever more rarely', async () => {
    const { watch, counts, states, pass } = start({ events: failing });
    await settle();
    await pass(5);
    expect(counts).toMatchObject({ connected: 1, closed: 0 });
    expect(counts.streams).toBeLessThanOrEqual(5);
    await pass(115);
    expect(counts).toMatchObject({ connected: 1, closed: 0 });
    // 0.5, 1, 2, 4, 8 seconds, and then every 15.
    expect(counts.streams).toBeGreaterThanOrEqual(11);
    expect(counts.streams).toBeLessThanOrEqual(14);
    // Every ten seconds of two minutes.
    expect(counts.lists).toBeGreaterThanOrEqual(11);
    expect(counts.lists).toBeLessThanOrEqual(15);
    expect(new Set(states.map(({ phase }) => phase))).toEqual(new Set(['connecting', 'connected']));
    await watch.stop();
    expect(counts.closed).toBe(1);
  });

  test('is not lost by one bad line, and no longer listed once events flow again', async () => {
    let streams = 0;
    const { watch, counts, pass } = start({
      async *events(options) {
        options?.onOpen?.();
        yield { action: 'tag', subject: 'app:1', time: 0 };
        if (++streams === 1)
          throw new EngineError({ code: 'corrupt', message: 'a bad line', hint: 'report' });
        await new Promise<void>((resolve) =>
          options?.signal?.addEventListener('abort', () => resolve(), { once: true }),
        );
      },
    });
    await settle();
    await pass(30);
    const { lists } = counts;
    await pass(60);
    expect(counts).toMatchObject({ connected: 1, closed: 0, streams: 2, lists });
    await watch.stop();
  });

  test('is lost once a ping fails too, and sought with pauses that grow until a connection lasts', async () => {
    const { watch, clock, counts } = start({
      events: failing,
      ping: () => Promise.reject(new EngineError({ code: 'unreachable', message: 'gone', hint: 'wait' })),
    });
    await settle();
    const pauses: number[] = [];
    for (let turn = 0; turn < 5; turn++) pauses.push(await clock.turn());
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(counts).toMatchObject({ connected: 6, closed: 6 });
    expect(watch.state).toMatchObject({ phase: 'lost', error: { code: 'unreachable' } });
    await watch.stop();
  });
});
