/** Writes a tar into a stream, no faster than it takes it. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { cancelled } from '../errors.ts';
import { sinkFault } from './fault.ts';
import { END_MARK, padding, tarHeader } from './tar-block.ts';

export class TarSink {
  /** Written so far. */
  bytes = 0;
  readonly #sink: Writable;
  readonly #signal: AbortSignal | undefined;
  readonly #stop: () => void;
  #failure: unknown;

  constructor(sink: Writable, signal: AbortSignal | undefined) {
    this.#sink = sink;
    this.#signal = signal;
    this.#stop = () => sink.destroy(cancelled());
    sink.on('error', (thrown) => {
      this.#failure ??= thrown;
    });
    signal?.addEventListener('abort', this.#stop, { once: true });
    if (signal?.aborted) this.#stop();
  }

  async header(name: string, size: number): Promise<void> {
    await this.write(tarHeader(name, size));
  }

  async pad(size: number): Promise<void> {
    const zeros = padding(size);
    if (zeros.length > 0) await this.write(zeros);
  }

  /** Errors: of the stream, as EngineErrors. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#check();
    this.bytes += bytes.byteLength;
    if (this.#sink.write(bytes)) return;
    await this.#settled('drain');
  }

  /** Ends tar and stream. */
  async end(): Promise<void> {
    await this.write(END_MARK);
    this.#sink.end();
    if (!this.#sink.writableFinished) await this.#settled('finish');
    this.#signal?.removeEventListener('abort', this.#stop);
  }

  /** After a failure; an unfinished tar must not look like a whole one. */
  destroy(): void {
    this.#signal?.removeEventListener('abort', this.#stop);
    if (!this.#sink.writableFinished) this.#sink.destroy();
  }

  async #settled(event: 'drain' | 'finish'): Promise<void> {
    const ending = new AbortController();
    const { signal } = ending;
    try {
      await Promise.race([once(this.#sink, event, { signal }), once(this.#sink, 'close', { signal })]);
    } catch (thrown) {
      throw this.#signal?.aborted ? cancelled() : sinkFault(this.#failure ?? thrown);
    } finally {
      ending.abort();
    }
    if (event === 'drain' || !this.#sink.writableFinished) this.#check();
  }

  #check(): void {
    if (this.#signal?.aborted) throw cancelled();
    if (this.#failure !== undefined) throw sinkFault(this.#failure);
    if (this.#sink.destroyed || this.#sink.writableEnded) throw sinkFault(this.#sink.errored ?? undefined);
  }
}
