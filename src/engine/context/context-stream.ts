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

/** Bytes that may wait to be taken. */
const WAITING = 1024 * 1024;

/** `release` is called once, when no more is read from `chunks`. */
export function contextStream(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  release: () => Promise<void> = async () => {},
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
  const stream = Readable.from(counted(), { objectMode: false, highWaterMark: WAITING });
  const stop = () => stream.destroy(cancelled());
  const released = once(stream, 'close').then(
    () => undefined,
    () => undefined,
  );
  const ended = released.then(async () => {
    signal?.removeEventListener('abort', stop);
    await release().catch(() => {});
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
