/** Calls of BuildKit's Control service, over a connection of their own. Source: `POST /grpc`. */
import type { Duplex } from 'node:stream';
import { cancelled, EngineError } from '../../errors.ts';
import { callStream, GRPC, GrpcFailure } from '../buildkit/grpc.ts';
import { connectionFailure } from '../failure.ts';
import type { Http } from '../http.ts';

/** Answers of one call, no faster than they are taken. */
export type ControlCall = (
  method: 'ListenBuildHistory' | 'Status',
  message: Uint8Array,
  signal?: AbortSignal,
) => AsyncGenerator<Uint8Array, void, void>;

/**
 * Gives `use` a connection and yields what it yields; the connection ends with it. `doing` as after "cannot".
 * Errors: `unreachable` when it breaks, `not-found`, `unsupported`, `cancelled`, `engine`.
 */
export async function* withControl<Value>(
  http: Http,
  options: { readonly doing: string; readonly signal: AbortSignal | undefined },
  use: (call: ControlCall) => AsyncGenerator<Value, void, void>,
): AsyncGenerator<Value, void, void> {
  const { doing, signal } = options;
  const { connect } = await import('node:http2');
  const socket: Duplex = await http.upgrade({ path: '/grpc', doing, signal });
  const session = connect('http://engine', { createConnection: () => socket });
  let broken: Error | undefined;
  session.on('error', (error) => {
    broken = error;
  });
  const abort = (): void => session.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    yield* use((method, message, only) =>
      callStream(session, `/moby.buildkit.v1.Control/${method}`, message, only),
    );
  } catch (thrown) {
    if (signal?.aborted) throw cancelled(thrown);
    throw controlFailure(http, doing, broken ?? thrown);
  } finally {
    signal?.removeEventListener('abort', abort);
    session.destroy();
    socket.destroy();
  }
}

function controlFailure(http: Http, doing: string, thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  if (!(thrown instanceof GrpcFailure) || thrown.status === GRPC.unavailable)
    return connectionFailure(http.address, thrown);
  const message = `cannot ${doing}: ${thrown.message}`;
  const said = { detail: thrown.message, cause: thrown };
  if (thrown.status === GRPC.notFound)
    return new EngineError({
      code: 'not-found',
      message,
      hint: 'The engine keeps builds for a while only.',
      ...said,
    });
  if (thrown.status === GRPC.unimplemented)
    return new EngineError({
      code: 'unsupported',
      message,
      hint: 'Its builder is too old for that.',
      ...said,
    });
  return new EngineError({ code: 'engine', message, hint: "See the engine's own log.", ...said });
}
