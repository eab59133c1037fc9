/** The contract: an engine that goes away and comes back. It comes last: containers do not outlive it. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { contextOf, startBuild } from './contract-build-events.ts';
import { failure, type GetSubject } from './contract-subject.ts';

export function outageContract(get: GetSubject): void {
  /** A container that speaks, and that is in the middle of it. */
  const breakingRun = async () => {
    const { engine, maker } = get();
    if (engine.containers === undefined) return undefined;
    await maker.base('speaking:1');
    const command = ['sh', '-c', 'echo up; sleep 1000'];
    const output = new PassThrough();
    const streams = { input: new PassThrough(), output, errors: new PassThrough() };
    const ran = engine.containers.run({ image: 'speaking:1', network: 'host', command }, streams);
    const broken = failure(ran, 'unreachable');
    await Promise.race([once(output, 'data'), broken]);
    return { broken };
  };

  /** A build in the middle of a step, which ends by itself, should the engine's end leave it behind. */
  const breakingBuild = async () => {
    const { engine } = get();
    if (engine.builder === undefined) return undefined;
    const { promise: printed, resolve } = Promise.withResolvers<void>();
    const build = startBuild(engine, await contextOf(['FROM speaking:1', 'RUN echo here; sleep 5']));
    const broken = failure(
      (async () => {
        for await (const event of build) if (event.type === 'log') resolve();
      })(),
      'unreachable',
    );
    await Promise.race([printed, broken]);
    return { broken };
  };

  describe('an outage', () => {
    test('is unreachable, breaks event streams, and is over when the engine is back', async (context) => {
      const { engine, server, maker } = get();
      context.skip(server === undefined, 'there is no process behind this engine');
      const id = await maker.tiny('survivor:1');
      let opened = () => {};
      const open = new Promise<void>((resolve) => {
        opened = resolve;
      });
      const stream = engine.events({ onOpen: opened });
      const broken = failure(
        (async () => {
          for await (const _ of stream);
        })(),
        'unreachable',
      );
      await open;
      const running = await breakingRun();
      const building = await breakingBuild();
      await server?.kill();
      await running?.broken;
      await building?.broken;
      const error = await broken;
      expect(error.retryable).toBe(true);
      const calls = [
        engine.ping(),
        engine.list(),
        engine.inspect('survivor:1'),
        engine.diskUsage(),
        engine.prune(),
      ];
      for (const error of await Promise.all(calls.map((call) => failure(call, 'unreachable')))) {
        expect(error.retryable).toBe(true);
      }
      await server?.restart();
      await engine.ping();
      expect((await engine.list()).map((image) => image.id)).toContain(id);
    });
  });
}
