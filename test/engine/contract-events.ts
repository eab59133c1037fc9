/** The contract: events, cancelling, closing, and an engine that goes away. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { CallOptions, Engine, EngineEvent } from '../../src/engine/engine.ts';
import { failure, type GetSubject } from './contract-subject.ts';

/** An open event stream that is collected in the background. */
async function listen(engine: Engine) {
  const stop = new AbortController();
  const seen: EngineEvent[] = [];
  const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
  const done = (async () => {
    for await (const event of engine.events({ signal: stop.signal, onOpen })) seen.push(event);
  })();
  await Promise.race([opened, done]);
  const until = async (wanted: (event: EngineEvent) => boolean) => {
    const deadline = Date.now() + 10_000;
    while (!seen.some(wanted) && Date.now() < deadline) await sleep(10);
    expect(seen.some(wanted), `events seen: ${JSON.stringify(seen)}`).toBe(true);
  };
  return { seen, until, stop: () => stop.abort(), done };
}

export function eventsContract(get: GetSubject): void {
  describe('events', () => {
    test('tell of names that come and go', async () => {
      const { engine, maker } = get();
      const events = await listen(engine);
      await maker.tag('lone:1', 'event:1');
      await events.until((event) => event.action === 'tag');
      await maker.remove('event:1');
      await events.until((event) => event.action === 'untag');
      for (const event of events.seen) expect(Math.abs(event.time - Date.now() / 1000)).toBeLessThan(60);
      events.stop();
      await events.done;
    });

    test('tell of our own changes, on a second stream too', async () => {
      const { engine, maker } = get();
      const streams = [await listen(engine), await listen(engine)];
      await maker.tiny('event:2');
      await engine.tag('event:2', 'event:3');
      await engine.remove('event:3');
      await engine.remove('event:2');
      for (const events of streams) {
        await events.until((event) => event.action === 'tag');
        await events.until((event) => event.action === 'delete');
        events.stop();
        await events.done;
      }
    });

    test('tell of containers', async (context) => {
      const { engine, maker } = get();
      context.skip(engine.containers === undefined, `no containers: ${engine.absent.containers}`);
      const events = await listen(engine);
      const container = await maker.container('base:1', { name: 'event', start: false });
      await maker.removeContainer(container);
      await events.until((event) => event.action === 'container');
      events.stop();
      await events.done;
    });

    test('end quietly when they are aborted, before and after the start', async () => {
      const { engine } = get();
      const events = await listen(engine);
      events.stop();
      await events.done;
      for await (const event of engine.events({ signal: AbortSignal.abort() }))
        expect.fail(JSON.stringify(event));
    });

    test('end quietly when nobody wants more', async () => {
      const { engine, maker } = get();
      const stream = engine.events({ onOpen: () => void maker.tag('lone:1', 'event:4') });
      for await (const event of stream) {
        expect(event.time).toBeGreaterThan(0);
        break;
      }
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      await maker.remove('event:4');
    });
  });

  describe('cancelling', () => {
    const calls: Record<string, (engine: Engine, options: CallOptions) => Promise<unknown>> = {
      list: (engine, options) => engine.list({ ...options, all: true }),
      inspect: (engine, options) => engine.inspect('app:1', options),
      history: (engine, options) => engine.history('app:1', options),
      layers: (engine, options) => engine.layers('app:1', options),
      tag: (engine, options) => engine.tag('app:1', 'cancelled:1', options),
      remove: (engine, options) => engine.remove('cancelled:1', options),
      prune: (engine, options) => engine.prune({ ...options, filters: { label: ['nobody=has-this'] } }),
      diskUsage: (engine, options) => engine.diskUsage(options),
      ping: (engine, options) => engine.ping(options),
    };
    for (const [name, call] of Object.entries(calls)) {
      test(`${name} stops when it is aborted`, async () => {
        const { engine } = get();
        await failure(call(engine, { signal: AbortSignal.abort() }), 'cancelled');
        const stop = new AbortController();
        const underway = call(engine, { signal: stop.signal });
        stop.abort();
        await failure(underway, 'cancelled');
        await engine.ping();
      });
    }

    test('leaves no trace of a call that never started', async () => {
      const { engine } = get();
      await failure(engine.tag('app:1', 'never:1', { signal: AbortSignal.abort() }), 'cancelled');
      await failure(engine.inspect('never:1'), 'not-found');
    });
  });

  describe('close', () => {
    test('ends calls under way, and can be repeated', async () => {
      const engine = await get().connect();
      const underway = engine.diskUsage();
      const settled = underway.then(
        () => 'done',
        (thrown) => thrown.code,
      );
      await engine.close();
      expect(['done', 'cancelled']).toContain(await settled);
      await engine.close();
      await failure(engine.list(), 'cancelled', 'unreachable');
    });

    test('ends event streams', async () => {
      const engine = await get().connect();
      const events = await listen(engine);
      const settled = events.done.then(
        () => 'returned',
        (thrown) => thrown.code,
      );
      await engine.close();
      expect(['returned', 'cancelled']).toContain(await settled);
    });
  });
}
