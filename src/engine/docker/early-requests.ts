/**
 * The first questions to an engine, asked over bare sockets: loading the HTTP client takes longer than
 * most engines need for their answers. Whatever goes wrong here is asked again in the usual way, which
 * also explains it.
 */
import { createConnection, type NetConnectOpts } from 'node:net';
import { AnswerReader } from './answer-reader.ts';
import { type Endpoint, readAddress } from './endpoint.ts';
import type { Answer } from './http.ts';

export interface EarlyRequests {
  readonly ping: Promise<Answer>;
  readonly info: Promise<Answer>;
  /** `GET /images/json?all=1` in the newest version the engine speaks. */
  readonly list: Promise<Answer>;
  /** When all have been sent, or cannot be. */
  readonly sent: Promise<unknown>;
}

/** Milliseconds of silence after which an answer is no longer waited for. */
const SILENCE = 15_000;
const LONG_SILENCE = 120_000;

/** Undefined where sockets are not bare: TLS, ssh. */
export function askEarly(endpoint: Endpoint, signal: AbortSignal | undefined): EarlyRequests | undefined {
  const target = readAddress(endpoint);
  if (target.scheme === 'ssh' || (target.scheme === 'tcp' && target.secure) || signal?.aborted)
    return undefined;
  const place: NetConnectOpts =
    target.scheme === 'unix' ? { path: target.path } : { host: target.host, port: target.port };
  const ping = ask(place, '/_ping', SILENCE, signal);
  const list = ask(place, '/images/json?all=1', LONG_SILENCE, signal);
  const info = ask(place, '/info', SILENCE, signal);
  return {
    ping: ping.answer,
    list: list.answer,
    info: info.answer,
    sent: Promise.allSettled([ping.sent, list.sent, info.sent]),
  };
}

function ask(
  place: NetConnectOpts,
  path: string,
  silence: number,
  signal: AbortSignal | undefined,
): { readonly answer: Promise<Answer>; readonly sent: Promise<void> } {
  const sent = Promise.withResolvers<void>();
  const answer = new Promise<Answer>((resolve, reject) => {
    const socket = createConnection(place);
    const reader = new AnswerReader();
    const stop = () => socket.destroy(new Error('cancelled'));
    signal?.addEventListener('abort', stop, { once: true });
    socket.setTimeout(silence, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => reader.push(chunk));
    socket.on('end', () => {
      const read = reader.finish();
      if (read === undefined) reject(new Error('no whole answer'));
      else resolve(read);
    });
    socket.on('error', reject);
    socket.on('close', () => {
      signal?.removeEventListener('abort', stop);
      reject(new Error('closed'));
      sent.resolve();
    });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: docker\r\nUser-Agent: nacre\r\nConnection: close\r\n\r\n`,
      () => sent.resolve(),
    );
  });
  // Who does not ask for the answer does not mind its failure.
  answer.catch(() => {});
  return { answer, sent: sent.promise };
}
