/** gRPC over HTTP/2, as much of it as BuildKit needs: messages in frames, calls as a client, and what a call failed of. */
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { line } from '../../text.ts';

/** Source: the status codes of the gRPC protocol. */
export const GRPC = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  notFound: 5,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** A call that was answered, and refused. */
export class GrpcFailure extends Error {
  /** One of the gRPC status codes. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'GrpcFailure';
    this.status = status;
  }
}

const HEAD = 5;
/** Longer messages than this are no answer of a builder. */
const MAX_MESSAGE = 64 << 20;

/** A message as it travels: not compressed, its length in front. */
export function framed(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEAD);
  return frame;
}

/** Takes messages out of their frames, however they are split. Throws GrpcFailure on what is no frame. */
export class Unframer {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that are whole with this chunk; they share its memory. */
  read(chunk: Uint8Array): Uint8Array[] {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const messages: Uint8Array[] = [];
    let start = 0;
    while (this.#rest.length - start >= HEAD) {
      const length = this.#rest.readUInt32BE(start + 1);
      if (this.#rest[start] !== 0) throw new GrpcFailure(GRPC.internal, 'a message is compressed');
      if (length > MAX_MESSAGE) throw new GrpcFailure(GRPC.internal, 'a message is too long');
      if (this.#rest.length - start - HEAD < length) break;
      messages.push(this.#rest.subarray(start + HEAD, start + HEAD + length));
      start += HEAD + length;
    }
    this.#rest = this.#rest.subarray(start);
    return messages;
  }

  /** Whether nothing half is left. */
  get isWhole(): boolean {
    return this.#rest.length === 0;
  }
}

/**
 * The messages of an answer, as they come, no faster than they are taken. Leaving the loop or aborting ends the call.
 * `path`: `/moby.buildkit.v1.Control/Status`. Throws GrpcFailure where the other side refuses or breaks off; what the
 * connection itself fails of comes as it is.
 */
export async function* callStream(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  const stream = session.request(
    { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
    { ...(signal && { signal }) },
  );
  const ending = new Ending(stream);
  const unframer = new Unframer();
  stream.end(framed(message));
  try {
    for await (const chunk of stream) yield* unframer.read(chunk as Buffer);
    ending.check();
    if (!unframer.isWhole) throw new GrpcFailure(GRPC.internal, 'the last message breaks off');
  } finally {
    stream.destroy();
  }
}

/** How a call ended, which its trailers say; where there was no message, its headers do. */
class Ending {
  #headers: IncomingHttpHeaders = {};
  #trailers: IncomingHttpHeaders = {};

  constructor(stream: ClientHttp2Stream) {
    stream.once('response', (headers) => {
      this.#headers = headers;
    });
    stream.once('trailers', (trailers) => {
      this.#trailers = trailers;
    });
  }

  check(): void {
    const said: IncomingHttpHeaders & { readonly ':status'?: number } = {
      ...this.#headers,
      ...this.#trailers,
    };
    const status = said['grpc-status'];
    if (status === '0') return;
    const words = line(decode(String(said['grpc-message'] ?? '')));
    if (status !== undefined) throw new GrpcFailure(Number(status), words);
    const code = said[':status'];
    throw new GrpcFailure(
      GRPC.unavailable,
      code === undefined || code === 200 ? 'the answer breaks off' : `HTTP ${code}`,
    );
  }
}

/** gRPC writes what is not ASCII in percent signs, and takes broken ones as they are. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
