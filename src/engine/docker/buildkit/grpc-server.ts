/** gRPC as a server, on a connection that we made and the engine calls back over. */

import { once } from 'node:events';
import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { framed, GRPC, GrpcFailure, Unframer } from './grpc.ts';

/** One question, one answer. Throws GrpcFailure to refuse it. */
export interface Unary {
  answer(question: Uint8Array): Promise<Uint8Array>;
}

/** Many messages, whatever is said to it. */
export interface Streaming {
  stream(headers: IncomingHttpHeaders): AsyncIterable<Uint8Array>;
}

/** By path: `/grpc.health.v1.Health/Check`. */
export type Methods = Readonly<Record<string, Unary | Streaming>>;

const HEAD = { ':status': 200, 'content-type': 'application/grpc' } as const;

/** Answers until the connection ends; destroying the socket ends it. */
export function serveGrpc(socket: Duplex, methods: Methods): ServerHttp2Session {
  // Not by a server's 'connection' event, which takes a TLS socket without ALPN for HTTP/1.
  const session = performServerHandshake(socket);
  // The build itself notices that the engine is gone, and says so.
  session.on('error', () => {});
  socket.on('error', () => {});
  session.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    void serve(stream, headers, methods[headers[':path'] ?? '']);
  });
  return session;
}

async function serve(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  method: Unary | Streaming | undefined,
): Promise<void> {
  try {
    if (method === undefined) throw new GrpcFailure(GRPC.unimplemented, 'there is no such method');
    if ('answer' in method) {
      const answer = await method.answer(await question(stream));
      begin(stream);
      stream.end(framed(answer));
      return;
    }
    begin(stream);
    for await (const message of method.stream(headers)) {
      if (stream.destroyed) return;
      if (!stream.write(framed(message))) await drained(stream);
    }
    stream.end();
  } catch (thrown) {
    refuse(stream, thrown);
  }
}

function begin(stream: ServerHttp2Stream): void {
  stream.respond(HEAD, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(GRPC.ok) }));
}

/** Whatever else went wrong here is nothing the engine should repeat. */
function refuse(stream: ServerHttp2Stream, thrown: unknown): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) {
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return;
  }
  const failure =
    thrown instanceof GrpcFailure ? thrown : new GrpcFailure(GRPC.internal, 'the client failed to answer');
  const { status, message } = failure;
  stream.respond(
    { ...HEAD, 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) },
    { endStream: true },
  );
}

async function question(stream: ServerHttp2Stream): Promise<Uint8Array> {
  const unframer = new Unframer();
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    const [message] = unframer.read(chunk as Buffer);
    if (message !== undefined) return message;
  }
  throw new GrpcFailure(GRPC.internal, 'the question is empty');
}

async function drained(stream: ServerHttp2Stream): Promise<void> {
  const gone = new AbortController();
  const onClose = () => gone.abort();
  stream.once('close', onClose);
  try {
    await once(stream, 'drain', { signal: gone.signal });
  } finally {
    stream.off('close', onClose);
  }
}
