import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../src/engine/embedded/parallel.ts';

describe('work in parallel', () => {
  it('is done for each item, in order, and never for more than so many at a time', async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    await inParallel([1, 2, 3, 4, 5, 6, 7], 3, undefined, async (item) => {
      begun.push(item);
      most = Math.max(most, ++running);
      await sleep(item % 3);
      running--;
    });
    expect([begun, most, running]).toEqual([[1, 2, 3, 4, 5, 6, 7], 3, 0]);
    await inParallel([], 3, undefined, () => Promise.reject(new Error('never')));
  });

  it('makes room for the next before it ends, once only', async () => {
    let begun = 0;
    const all = Promise.withResolvers<void>();
    await inParallel(['a', 'b', 'c'], 1, undefined, async (_item, _signal, makeRoom) => {
      if (++begun === 3) all.resolve();
      makeRoom();
      makeRoom();
      // None ends before all have begun.
      await all.promise;
    });
    expect(begun).toBe(3);
  });

  it('stops when one fails: the others hear of it, none begins, and all come to rest before it is told', async () => {
    const log: string[] = [];
    const work = inParallel([1, 2, 3, 4], 2, undefined, async (item, signal) => {
      log.push(`${item} begins`);
      if (item === 1) throw new Error('one failed');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await sleep(5);
      log.push(`${item} rests`);
      throw new Error('another failed');
    });
    await expect(work).rejects.toThrow('one failed');
    expect(log).toEqual(['1 begins', '2 begins', '2 rests']);
  });
});
