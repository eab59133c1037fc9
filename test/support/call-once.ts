/** A gRPC call with a single answer, as an engine makes them. */
import type { ClientHttp2Session } from 'node:http2';
import { callStream } from '../../src/engine/docker/buildkit/grpc.ts';

/** The last message of the answer. Throws as `callStream`, and where there is none. */
export async function callOnce(
  session: ClientHttp2Session,
  path: string,
  message: Uint8Array,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const answer = (await Array.fromAsync(callStream(session, path, message, signal))).at(-1);
  if (answer === undefined) throw new Error('the answer is empty');
  return answer;
}
