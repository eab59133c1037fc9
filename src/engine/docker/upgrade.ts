/** Giving a connection over to another protocol: HTTP/2 to BuildKit's services, bare bytes to a container. */
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';

export type Protocol = 'h2c' | 'tcp';

export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/** A refusal is an answer like others, only short. */
const MAX_REFUSAL = 64 << 10;

/**
 * The connection once the engine has answered 101, or what it answered instead. Rejects as the connection fails, and
 * with the signal's reason.
 */
export function upgrade(
  client: Dispatcher,
  options: Dispatcher.DispatchOptions & { readonly upgrade: Protocol },
  signal: AbortSignal,
): Promise<Duplex | Refusal> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex | Refusal>();
  let stop = (): void => {};
  let status = 0;
  let text = '';
  const done = (): void => signal.removeEventListener('abort', stop);
  client.dispatch(options, {
    onRequestStart(controller) {
      stop = () => controller.abort(signal.reason as Error);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    },
    onRequestUpgrade(_controller, _code, _headers, socket) {
      done();
      resolve(socket);
    },
    onResponseStart(_controller, code) {
      status = code;
    },
    onResponseData(controller, chunk) {
      text += chunk.toString('utf8');
      if (text.length > MAX_REFUSAL) controller.abort(new Error('the answer is too long'));
    },
    onResponseEnd() {
      done();
      resolve({ status, text });
    },
    onResponseError(_controller, error) {
      done();
      reject(error);
    },
  });
  return promise;
}
