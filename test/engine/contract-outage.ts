/** The contract: an engine that goes away and comes back. It comes last: containers do not outlive it. */
import { describe, expect, test } from 'vitest';
import { failure, type GetSubject } from './contract-subject.ts';

export function outageContract(get: GetSubject): void {
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
      await server?.kill();
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
