/** Threads that help to hash bodies, for all tars of one reading: to begin one takes as long as to hash 30 MB. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BodyBatch } from './body-digests.ts';
import type { DigestAnswer, DigestQuestion } from './digest-worker.ts';

/** Bytes of a tar from which on a thread is worth its beginning. */
const LARGE = 32 * 1024 * 1024;
/** More wait for the disk only. */
const MOST = 3;

export interface Helper {
  /** Questions without an answer; without end where it takes none any more. */
  readonly waiting: number;
  /** Undefined where it failed. Answers come in the order of the questions. */
  digest(fd: number, batch: BodyBatch): Promise<DigestAnswer>;
}

export class DigestCrew {
  #threads: DigestThread[] = [];

  /** Those who help with a tar of so many bytes; none where that takes longer than to do it alone. */
  helpers(length: number): readonly Helper[] {
    if (length < LARGE) return this.#threads;
    const most = Math.min(MOST, availableParallelism() - 1);
    while (this.#threads.length < most) this.#threads.push(new DigestThread());
    return this.#threads;
  }

  /** Ends all threads: nothing is read any more when it returns. What was asked fails. */
  async close(): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.end()));
  }
}

class DigestThread implements Helper {
  readonly #worker: Worker;
  readonly #answers: ((answer: DigestAnswer) => void)[] = [];
  #isOver = false;

  constructor() {
    // In the bundle the thread has a file of its own beside the program.
    const file = import.meta.url.endsWith('.ts') ? './digest-worker.ts' : './digest-worker.js';
    this.#worker = new Worker(new URL(file, import.meta.url), {
      // What it says is nothing for the screen.
      stdout: true,
      stderr: true,
    });
    const over = (): void => {
      this.#isOver = true;
      for (const answer of this.#answers.splice(0)) answer(undefined);
    };
    this.#worker
      .on('message', (answer: DigestAnswer) => {
        this.#answers.shift()?.(answer);
        if (this.#answers.length === 0) this.#worker.unref();
      })
      .on('error', over)
      .on('exit', over);
    this.#worker.unref();
  }

  get waiting(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : this.#answers.length;
  }

  async digest(fd: number, batch: BodyBatch): Promise<DigestAnswer> {
    if (this.#isOver) return undefined;
    // The program must not end before the answer; it may at any time without a question.
    this.#worker.ref();
    const question: DigestQuestion = { fd, batch };
    this.#worker.postMessage(question);
    return await new Promise((resolve) => this.#answers.push(resolve));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
