/** The thread that helps to hash bodies: each question has its answer, in the same order, until it is ended. */
import { parentPort } from 'node:worker_threads';
import { type BodyBatch, BodyDigests, WINDOW } from './body-digests.ts';

export interface DigestQuestion {
  readonly fd: number;
  readonly batch: BodyBatch;
}

/** Undefined where it failed: whoever asked tries it, and meets what is wrong. */
export type DigestAnswer = Uint8Array<ArrayBuffer> | undefined;

const window = Buffer.allocUnsafeSlow(WINDOW);

parentPort?.on('message', ({ fd, batch }: DigestQuestion) => {
  const answer = digestsOf(fd, batch);
  parentPort?.postMessage(answer, answer === undefined ? [] : [answer.buffer]);
});

function digestsOf(fd: number, batch: BodyBatch): DigestAnswer {
  try {
    const work = new BodyDigests(fd, batch, window);
    while (work.step());
    return work.digests;
  } catch {
    return undefined;
  }
}
