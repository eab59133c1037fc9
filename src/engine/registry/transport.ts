/** Plain HTTP requests over kept connections: no redirects, no credentials, no second tries. */
import { hostName } from './address.ts';
import { Connection } from './connection.ts';
import { isPlainHttp } from './connection-failure.ts';
import { type Destination, Dialer } from './dialer.ts';
import type { Environment } from './docker-config.ts';
import { type Head, HttpError } from './head.ts';
import type { Landing } from './incoming-body.ts';
import type { OutgoingBody } from './outgoing.ts';
import { proxyFor } from './proxy.ts';
import { speaksTls } from './tls-probe.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: OutgoingBody | undefined;
  /** Milliseconds until the head of the answer; default `Limits.answer`. */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpResponse {
  readonly url: URL;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body where they are known before it comes. */
  readonly length: number | undefined;
  /** The whole body. Errors: `EHTTP` above the limit. */
  bytes(limit: number): Promise<Buffer>;
  /** Lets the body land; resolves at its end. */
  into(landing: Landing): Promise<void>;
  /** Gives up on the body. */
  discard(): void;
}

/** Milliseconds, unless said otherwise. */
export interface Limits {
  readonly connect: number;
  /** Until an answer begins. */
  readonly answer: number;
  /** Between two pieces of a body. */
  readonly idle: number;
  /** For the whole of a small body. */
  readonly small: number;
}

export const LIMITS: Limits = { connect: 15_000, answer: 60_000, idle: 30_000, small: 60_000 };

/** What is left of a body that nobody wants, in bytes: less than that is read, to keep the connection. */
const WORTH_READING = 64 * 1024;
const KEPT = 8;

/** By failure, where the request went: redirects and token servers are elsewhere than where a call began. */
const places = new WeakMap<Error, URL>();

/** Where the request went that failed so. */
export function placeOf(thrown: unknown): URL | undefined {
  return thrown instanceof Error ? places.get(thrown) : undefined;
}

export class Transport {
  readonly #env: Environment;
  readonly #dialer: Dialer;
  readonly #limits: Limits;
  readonly #verify: (url: URL) => boolean;
  readonly #idle = new Map<string, Connection[]>();
  readonly #open = new Set<Connection>();
  #closed = false;

  /** `verify` tells for which hosts certificates are checked. */
  constructor(env: Environment, verify: (url: URL) => boolean, limits: Limits = LIMITS) {
    this.#env = env;
    this.#dialer = new Dialer(env, limits.connect);
    this.#verify = verify;
    this.#limits = limits;
  }

  /** Whether the host of an `https:` address does speak TLS. Errors: as Dialer, unless it is for want of TLS. */
  async speaksTls(url: URL, signal?: AbortSignal): Promise<boolean> {
    if (proxyFor(url, this.#env) === undefined) {
      const said = await speaksTls(
        hostName(url.hostname),
        Number(url.port || 443),
        this.#limits.connect,
        signal,
      );
      return said ?? true;
    }
    try {
      this.#keep(url, await this.#dial(url, signal));
      return true;
    } catch (thrown) {
      const { code = '' } = thrown as NodeJS.ErrnoException;
      if (isPlainHttp(code) || code === 'ECONNRESET') return false;
      throw thrown;
    }
  }

  /** Errors: whatever the connection says, `EHTTP`, the signal's reason. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#request(request);
    } catch (thrown) {
      if (thrown instanceof Error) places.set(thrown, request.url);
      throw thrown;
    }
  }

  async #request(request: HttpRequest): Promise<HttpResponse> {
    const { url, signal } = request;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#closed) throw new DOMException('closed', 'AbortError');
      const kept = this.#takeIdle(url);
      const connection = kept ?? (await this.#dial(url, signal));
      try {
        return await this.#exchange(connection, request);
      } catch (thrown) {
        // The other side may close a kept connection at any time: that says nothing about this request.
        const stale = kept !== undefined && isBroken(thrown) && request.body === undefined;
        if (!stale || signal?.aborted) throw thrown;
      }
    }
  }

  /** Ends every connection. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#open) connection.fail(new DOMException('closed', 'AbortError'));
    this.#idle.clear();
  }

  async #exchange(connection: Connection, request: HttpRequest): Promise<HttpResponse> {
    const { url, signal } = request;
    const abort = () => connection.fail(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    const over = () => {
      signal?.removeEventListener('abort', abort);
      this.#keep(url, connection);
    };
    let head: Head;
    try {
      if (signal?.aborted) abort();
      head = await connection.send({
        method: request.method,
        url,
        headers: { 'user-agent': 'nacre', accept: '*/*', ...request.headers },
        body: request.body,
        patience: request.patience ?? this.#limits.answer,
      });
    } catch (thrown) {
      over();
      throw thrown;
    }
    const into = async (landing: Landing) => {
      try {
        await connection.receive(head, landing);
      } catch (thrown) {
        connection.fail(thrown);
        throw thrown;
      } finally {
        over();
      }
    };
    return {
      url,
      status: head.status,
      headers: head.headers,
      length: typeof head.body === 'number' ? head.body : undefined,
      into,
      bytes: async (limit) => {
        const late = setTimeout(() => {
          connection.fail(Object.assign(new Error('the answer takes too long'), { code: 'ETIMEDOUT' }));
        }, this.#limits.small);
        try {
          const collected = new Collected(limit);
          await into(collected);
          return collected.bytes();
        } finally {
          clearTimeout(late);
        }
      },
      discard: () => {
        if (typeof head.body === 'number' && head.body <= WORTH_READING) {
          into(new Collected(WORTH_READING)).catch(() => {});
          return;
        }
        connection.fail(new DOMException('not wanted', 'AbortError'));
        over();
      },
    };
  }

  async #dial(url: URL, signal: AbortSignal | undefined): Promise<Connection> {
    const destination: Destination = { url, verify: this.#verify(url) };
    const connection = await Connection.open(this.#dialer, destination, this.#limits.idle, signal);
    this.#open.add(connection);
    return connection;
  }

  /** One that is still open, as far as is known here. */
  #takeIdle(url: URL): Connection | undefined {
    const idle = this.#idle.get(url.origin) ?? [];
    for (let one = idle.pop(); one !== undefined; one = idle.pop()) {
      if (one.usable) return one;
      this.#open.delete(one);
    }
    return undefined;
  }

  #keep(url: URL, connection: Connection): void {
    const idle = this.#idle.get(url.origin) ?? [];
    if (connection.usable && !this.#closed && idle.length < KEPT) {
      connection.rest();
      idle.push(connection);
      this.#idle.set(url.origin, idle);
      return;
    }
    connection.fail(new DOMException('closed', 'AbortError'));
    this.#open.delete(connection);
  }
}

/** A body in memory. */
class Collected implements Landing {
  readonly #limit: number;
  readonly #pieces: Buffer[] = [];
  #space = Buffer.alloc(0);
  #used = 0;
  #total = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  space(): Buffer {
    if (this.#used === this.#space.length) {
      this.#space = Buffer.allocUnsafe(16 * 1024);
      this.#used = 0;
    }
    return this.#space.subarray(this.#used);
  }

  filled(bytes: number): undefined {
    this.#pieces.push(this.#space.subarray(this.#used, this.#used + bytes));
    this.#used += bytes;
    this.#total += bytes;
    if (this.#total > this.#limit) throw new HttpError(`the answer is longer than ${this.#limit} bytes`);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces, this.#total);
  }
}

function isBroken(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code ?? '';
  return code === 'ECONNRESET' || code === 'EPIPE';
}
