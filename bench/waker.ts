/**
 * A thread that does nothing but wake: how late it is tells how much of a time measured beside it the machine has
 * taken, and not the program.
 */
import { once } from 'node:events';
import { parentPort, Worker } from 'node:worker_threads';

/** Milliseconds between two wakings. */
const EVERY = 10;

export interface Waker {
  /** Milliseconds that each waking was late by. */
  end(): Promise<readonly number[]>;
}

export function startWaker(): Waker {
  const worker = new Worker(new URL(import.meta.url));
  return {
    async end() {
      worker.postMessage('end');
      const [late] = (await once(worker, 'message')) as [readonly number[]];
      await worker.terminate();
      return late;
    },
  };
}

if (parentPort !== null) wake(parentPort);

function wake(port: NonNullable<typeof parentPort>): void {
  const late: number[] = [];
  let due = performance.now() + EVERY;
  const timer = setInterval(() => {
    const now = performance.now();
    late.push(Math.max(0, now - due));
    due = now + EVERY;
  }, EVERY);
  port.once('message', () => {
    clearInterval(timer);
    port.postMessage(late);
  });
}
