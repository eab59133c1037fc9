/** Containers that the contract runs: what they say is kept, and what they leave is removed afterwards. */
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import type { Container, ContainerStreams, RunOptions, RunResult } from '../../src/engine/container.ts';
import type { GetSubject } from './contract-subject.ts';

/** Takes all, at its own pace. */
export class Sink extends Writable {
  bytes = 0;
  #text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.bytes += chunk.length;
    if (this.#text.length < 100_000) this.#text += chunk.toString('latin1');
    done();
  }

  get text(): string {
    return Buffer.from(this.#text, 'latin1').toString('utf8');
  }

  /** Until it has been told this. */
  async until(wanted: string | RegExp): Promise<void> {
    for (let round = 0; round < 400; round++) {
      if (typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text)) return;
      await sleep(25);
    }
    throw new Error(`${String(wanted)} never came: ${this.text}`);
  }
}

export interface Ran extends RunResult {
  readonly output: string;
  readonly errors: string;
}

/** What is given as `input` may be text. */
export type Run = (
  options: Partial<RunOptions>,
  streams?: Partial<Omit<ContainerStreams, 'input'>> & { readonly input?: string | Readable },
) => Promise<Ran>;

export interface ContainerRuns {
  /** Those that were not there at the beginning. */
  leftover(): Promise<Container[]>;
  /** Runs it to its end. */
  readonly run: Run;
  readonly runAndRemove: Run;
}

/** For the suite that it is called in. */
export function containerRuns(get: GetSubject): ContainerRuns {
  let known = new Set<string>();
  let knownImages = new Set<string>();
  beforeAll(async () => {
    const { engine } = get();
    known = new Set((await engine.containers?.list())?.map(({ id }) => id));
    knownImages = new Set((await engine.list({ all: true })).map(({ id }) => id));
  });
  // What comes after finds the store as it was.
  afterAll(async () => {
    const { engine, maker } = get();
    for (const { id } of (await engine.containers?.list()) ?? [])
      if (!known.has(id)) await maker.removeContainer(id);
    for (const { id, references } of await engine.list()) {
      if (!knownImages.has(id))
        for (const name of [...references, id]) await maker.remove(name).catch(() => {});
    }
  });
  const leftover = async () =>
    ((await get().engine.containers?.list()) ?? []).filter(({ id }) => !known.has(id));

  const run: Run = async (options, streams = {}) => {
    const { engine } = get();
    const output = new Sink();
    const errors = new Sink();
    const input =
      typeof streams.input === 'string' ? Readable.from([Buffer.from(streams.input)]) : streams.input;
    const result = await engine.containers!.run(
      { image: 'base:1', network: 'host', ...options },
      { output, errors, ...streams, input },
    );
    return { ...result, output: output.text, errors: errors.text };
  };
  const runAndRemove: Run = async (...given) => {
    const ran = await run(...given);
    await get().engine.containers!.remove(ran.container);
    return ran;
  };
  return { leftover, run, runAndRemove };
}
