/** The stream of a context: counted, ended by its signal, and cleaned up after however it ends. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { asEngineError, cancelled } from '../errors.ts';

export interface ContextStream {
  readonly stream: Readable;
  /** Taken from it so far. */
  bytes(): number;
  close(): Promise<void>;
}

/** Chunks that may wait to be taken. */
const WAITING = 2;

export interface ContextEnds {
  /** Makes a wait for the next chunk end; called when the stream is given up. */
  interrupt?(): void;
  /** Called once, when no more chunks are read. */
  release?(): Promise<void>;
}

export function contextStream(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  { interrupt, release }: ContextEnds = {},
): ContextStream {
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for await (const chunk of chunks) {
        yield chunk;
        bytes += chunk.length;
      }
    } catch (thrown) {
      throw asEngineError(thrown);
    }
  }
  // In object mode chunks that wait are not copied together.
  const stream = Readable.from(counted(), { objectMode: true, highWaterMark: WAITING });
  const destroy = stream._destroy.bind(stream);
  stream._destroy = (thrown, done) => {
    interrupt?.();
    destroy(thrown, done);
  };
  const stop = () => stream.destroy(cancelled());
  const released = once(stream, 'close').then(
    () => undefined,
    () => undefined,
  );
  const ended = released.then(async () => {
    signal?.removeEventListener('abort', stop);
    await release?.().catch(() => {});
  });
  // It can fail before anybody listens; whoever reads it is told all the same.
  stream.on('error', () => {});
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  return {
    stream,
    bytes: () => bytes,
    close: async () => {
      stream.destroy();
      await ended;
    },
  };
}
