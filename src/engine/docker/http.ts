/** HTTP to one engine: short calls over a few kept connections, every stream over its own. */
import type { Duplex } from 'node:stream';
import type { Dispatcher, Client as UndiciClient } from 'undici';
import { cancelled, EngineError } from '../errors.ts';
import { type Endpoint, showAddress } from './endpoint.ts';
import { callFailure, type Purpose } from './failure.ts';
import { corrupt, parseJson, readLines } from './ndjson.ts';
import { refusal } from './refusal.ts';
import { SocketAnswer } from './socket-answer.ts';
import { transport } from './transport.ts';
import { type Protocol, upgrade } from './upgrade.ts';

const CONNECT_MS = 5_000;
/** Lists of large stores take tens of seconds on some engines. */
const CALL_MS = 120_000;
/** Bytes of an answer that are read before somebody takes them. */
const READ_AHEAD = 1 << 20;
/** Disk usage and removals walk the whole store. */
export const SLOW_MS = 15 * 60_000;

export interface Call extends Purpose {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** `/images/json`; the version comes in front unless `unversioned`. */
  readonly path: string;
  /** A list is sent as its key again and again. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  /** A list is sent as its key again and again. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Sent as it comes, no faster than the engine takes it. */
  readonly body?: AsyncIterable<Uint8Array>;
  /** Sent as JSON, instead of a body. */
  readonly json?: unknown;
  /** What a refusal means where the usual reading of it does not fit. */
  readonly explain?: (status: number, body: string) => EngineError;
  readonly unversioned?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the answer must begin, and between its parts. Default two minutes. */
  readonly timeout?: number;
}

/** A GET without anything of its own in its head. */
export type PlainCall = Pick<Call, 'path' | 'query' | 'doing' | 'subject' | 'explain' | 'signal'>;

export interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export class Http {
  /** Without secrets, for people. */
  readonly address: string;
  /** `/v1.41`, once negotiated. */
  version = '';
  readonly #origin: string;
  readonly #options: UndiciClient.Options;
  #pool: (Dispatcher & { destroy(): Promise<void> }) | undefined;
  readonly #closing = new AbortController();

  /** Opens nothing yet. Errors: `bad-input` for an address no transport understands. */
  constructor(endpoint: Endpoint) {
    this.address = showAddress(endpoint.address);
    const { origin, options } = transport(endpoint);
    this.#origin = origin;
    this.#options = { allowH2: false, connectTimeout: CONNECT_MS, pipelining: 1, ...options };
  }

  /** Errors: whatever the engine refuses, `unreachable`, `cancelled`. */
  async send(call: Call): Promise<Answer> {
    const { statusCode, headers, body } = await this.#request(undefined, call, call.timeout ?? CALL_MS);
    const text = await textOf(body).catch((thrown: unknown) => {
      throw this.#failure(call, thrown);
    });
    if (statusCode >= 300) throw refused(statusCode, text, call);
    return { headers, text };
  }

  /** The answer as JSON. Errors: also `corrupt`. */
  async json(call: Call): Promise<unknown> {
    const { text } = await this.send(call);
    return parseJson(text, call.doing);
  }

  /** A JSON array of objects; `null` is an empty one. Errors: also `corrupt`. */
  async rows<Row extends object>(call: Call): Promise<readonly Partial<Row>[]> {
    const value = await this.json(call);
    if (value === null) return [];
    if (!Array.isArray(value)) throw corrupt(call.doing, 'it is not a list');
    if (value.some((row) => row === null || typeof row !== 'object'))
      throw corrupt(call.doing, 'a row is not an object');
    return value;
  }

  /** A JSON object. Errors: also `corrupt`. */
  async object<Value extends object>(call: Call): Promise<Partial<Value>> {
    const value = await this.json(call);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw corrupt(call.doing, 'it is not an object');
    }
    return value;
  }

  /**
   * A stream of JSON lines that may stay silent for hours; `onOpen` tells when it stands. Returns at its end.
   * Errors: as `send`, and `corrupt`.
   */
  async *lines(call: Call, onOpen?: () => void): AsyncGenerator<unknown, void, void> {
    yield* readLines(this.bytes(call, onOpen), call.doing);
  }

  /** An answer as it comes, however long it takes, no faster than it is taken; `onOpen` tells when it begins. Errors: as `send`. */
  async *bytes(call: Call, onOpen?: () => void): AsyncGenerator<Uint8Array, void, void> {
    const { Client } = await import('./http-client.ts');
    const client = new Client(this.#origin, this.#options);
    try {
      const { statusCode, body } = await this.#request(client, call, 0);
      if (statusCode >= 300) throw refused(statusCode, await body.text(), call);
      onOpen?.();
      yield* body;
    } catch (thrown) {
      throw this.#failure(call, thrown);
    } finally {
      void client.destroy();
    }
  }

  /**
   * As `bytes`, for answers so long that reading them should cost little: each part may only be
   * looked at until the next one is asked for. Errors: as `send`.
   */
  async *passing(call: PlainCall): AsyncGenerator<Uint8Array, void, void> {
    const { socketPath } = this.#options;
    if (typeof socketPath !== 'string') return yield* this.bytes(call);
    const closing = this.#closing.signal;
    if (closing.aborted || call.signal?.aborted) throw cancelled();
    let answer: SocketAnswer | undefined;
    try {
      answer = await SocketAnswer.open({
        socketPath,
        target: this.version + call.path + queryString(call.query),
        headers: { 'user-agent': 'nacre' },
        signal: call.signal === undefined ? closing : AbortSignal.any([closing, call.signal]),
      });
      if (answer.status >= 300) throw refused(answer.status, await answer.text(), call);
      yield* answer.body();
    } catch (thrown) {
      throw this.#failure(call, thrown);
    } finally {
      answer?.close();
    }
  }

  /**
   * A connection of its own on which `protocol` is spoken from here on, by whichever side the path says; the caller
   * ends it. Errors: as `send`.
   */
  async upgrade(call: Call, protocol: Protocol = 'h2c'): Promise<Duplex> {
    const closing = this.#closing.signal;
    if (closing.aborted || call.signal?.aborted) throw cancelled();
    const { Client } = await import('./http-client.ts');
    const client = new Client(this.#origin, this.#options);
    try {
      const timeout = call.timeout ?? CALL_MS;
      const answer = await upgrade(
        client,
        {
          method: call.method ?? 'POST',
          path: this.version + call.path + queryString(call.query),
          headers: { 'user-agent': 'nacre', ...call.headers },
          headersTimeout: timeout,
          bodyTimeout: timeout,
          upgrade: protocol,
        },
        call.signal === undefined ? closing : AbortSignal.any([closing, call.signal]),
      );
      if ('status' in answer) throw refused(answer.status, answer.text, call);
      const end = (): void => void answer.destroy();
      if (closing.aborted) end();
      closing.addEventListener('abort', end, { once: true });
      answer.once('close', () => closing.removeEventListener('abort', end));
      return answer;
    } catch (thrown) {
      throw this.#failure(call, thrown);
    } finally {
      void client.destroy();
    }
  }

  /** Ends every connection; calls under way reject with `cancelled`. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pool?.destroy();
  }

  /** Over one of the kept connections where no `client` is given. */
  async #request(
    client: Dispatcher | undefined,
    call: Call,
    timeout: number,
  ): Promise<Dispatcher.ResponseData> {
    const closing = this.#closing.signal;
    if (closing.aborted || call.signal?.aborted) throw cancelled();
    // Loading it takes 20 ms, which a start has better uses for.
    const { Pool, request } = await import('./http-client.ts');
    if (closing.aborted || call.signal?.aborted) throw cancelled();
    try {
      this.#pool ??= new Pool(this.#origin, { ...this.#options, connections: 8 });
      return await request.call(client ?? this.#pool, {
        method: call.method ?? 'GET',
        path: (call.unversioned ? '' : this.version) + call.path + queryString(call.query),
        headers: {
          'user-agent': 'nacre',
          ...(call.json !== undefined && { 'content-type': 'application/json' }),
          ...call.headers,
        },
        ...(call.body !== undefined && { body: call.body }),
        ...(call.json !== undefined && { body: JSON.stringify(call.json) }),
        signal: call.signal === undefined ? closing : AbortSignal.any([closing, call.signal]),
        headersTimeout: timeout,
        bodyTimeout: timeout,
        highWaterMark: READ_AHEAD,
      });
    } catch (thrown) {
      throw this.#failure(call, thrown);
    }
  }

  #failure(call: Call, thrown: unknown): EngineError {
    if (thrown instanceof EngineError) return thrown;
    if (this.#closing.signal.aborted) return cancelled(thrown);
    return callFailure(this.address, thrown, call.signal);
  }
}

function refused(status: number, body: string, call: Call): EngineError {
  return call.explain?.(status, body) ?? refusal(status, body, call);
}

/** Decoded piece by piece: as one buffer, a large list would make the allocator keep as much memory for good. */
async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for await (const bytes of body) texts.push(decoder.decode(bytes, { stream: true }));
  texts.push(decoder.decode());
  return texts.join('');
}

/** One path segment or several: slashes and what names are made of stay readable. */
export function pathOf(name: string): string {
  return encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@');
}

/** A filter query as the API wants it: `{"dangling":["true"]}`; undefined where there is none. */
export function filterQuery(
  filters: Readonly<Record<string, readonly string[] | undefined>>,
): string | undefined {
  const entries = Object.entries(filters).filter(([, values]) => values !== undefined && values.length > 0);
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}

function queryString(query: Call['query']): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      // Podman takes no other spelling of booleans than these.
      const text = typeof one === 'boolean' ? (one ? '1' : '0') : one;
      if (text !== undefined) parts.push(`${key}=${encodeURIComponent(text)}`);
    }
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}
