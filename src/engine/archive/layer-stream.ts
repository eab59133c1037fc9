/** A layer that is packed, or comes from elsewhere, as a tar that is read once. */
import { Readable } from 'node:stream';
import type { LayerTar } from '../layers/contents.ts';
import { decompress } from './compression.ts';
import { archiveFault } from './fault.ts';

/** Bytes on their way from one stream to the next. */
const ROOM = 1024 * 1024;

/**
 * Gives the one tar, unpacked however it is packed, and ends all reading when the caller goes on.
 * `onRead` is called with the bytes of `source` that have passed. Errors: those of `source`, `corrupt`, `unsupported`.
 */
export async function* layerStream(
  source: Readable,
  layer: number,
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<LayerTar, void, void> {
  const passing = Readable.from(counted(source, onRead), { objectMode: false, highWaterMark: ROOM });
  try {
    const { stream } = await decompress(passing);
    try {
      yield { kind: 'stream', layer, bytes: readable(stream) };
    } finally {
      stream.destroy();
    }
  } catch (thrown) {
    throw archiveFault(thrown);
  } finally {
    passing.destroy();
    source.destroy();
  }
}

async function* counted(
  source: Readable,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer, void, void> {
  let read = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    read += chunk.length;
    onRead(read);
    yield chunk;
  }
}

async function* readable(stream: Readable): AsyncGenerator<Buffer, void, void> {
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (thrown) {
    throw archiveFault(thrown);
  }
}
