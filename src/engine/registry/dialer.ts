/** Opens connections: plain or TLS, direct or through a proxy. */
import { connect as connectPlain, type OnReadOpts, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { hostName } from './address.ts';
import { authoritiesFor } from './authorities.ts';
import type { Environment } from './docker-config.ts';
import { HEAD_LIMIT, HttpError, readHead } from './head.ts';
import { type HttpProxy, proxyFor } from './proxy.ts';

export interface Destination {
  /** Scheme, host and port count. */
  readonly url: URL;
  /** Whether certificates are checked. */
  readonly verify: boolean;
}

export interface Line {
  readonly socket: Socket;
  /** True where the bytes go to the `onread` that was given; else they are `data` events. */
  readonly direct: boolean;
  /** A proxy that wants whole URLs as paths, because the request is not tunnelled. */
  readonly proxy: HttpProxy | undefined;
}

/** Milliseconds to connect, TLS and proxy included. */
export const CONNECT_MS = 15_000;

/** What OpenSSL says when the other side does not trust or is not trusted because an authority is not known. */
const UNKNOWN_AUTHORITY = new Set([
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
]);

export class Dialer {
  readonly #env: Environment;
  readonly #timeout: number;
  /** Hosts whose certificates only the machine's own authorities explain. */
  readonly #needsSystem = new Set<string>();

  constructor(env: Environment, timeout = CONNECT_MS) {
    this.#env = env;
    this.#timeout = timeout;
  }

  /** Errors: whatever the socket says, `ETIMEDOUT`, `EHTTP` and `EPROXY` for what a proxy answers. */
  async dial(destination: Destination, onread: OnReadOpts, signal?: AbortSignal): Promise<Line> {
    const { url } = destination;
    const proxy = proxyFor(url, this.#env);
    const host = hostName(url.hostname);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    if (url.protocol !== 'https:') {
      if (proxy === undefined) {
        const socket = await this.#opened(
          connectPlain({ host, port, onread, noDelay: true }),
          'connect',
          signal,
        );
        return { socket, direct: true, proxy };
      }
      return { socket: await this.#toProxy(proxy, signal), direct: false, proxy };
    }
    const secure = async (): Promise<Line> => {
      const tunnel = proxy && (await this.#tunnel(proxy, `${bracketed(host)}:${port}`, signal));
      const socket = await this.#secured(host, port, destination, tunnel ?? onread, signal);
      return { socket, direct: tunnel === undefined, proxy: undefined };
    };
    try {
      return await secure();
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? '';
      if (!UNKNOWN_AUTHORITY.has(code) || this.#needsSystem.has(url.host)) throw thrown;
      this.#needsSystem.add(url.host);
      return await secure();
    }
  }

  async #secured(
    host: string,
    port: number,
    destination: Destination,
    over: Socket | OnReadOpts,
    signal: AbortSignal | undefined,
  ): Promise<TLSSocket> {
    const { connect } = await import('node:tls');
    const name = port === 443 ? host : `${bracketed(host)}:${port}`;
    const authorities = await authoritiesFor(name, this.#env, {
      system: this.#needsSystem.has(destination.url.host),
    });
    const socket = connect({
      ...('write' in over ? { socket: over } : { host, port, onread: over }),
      ...authorities,
      ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
      rejectUnauthorized: destination.verify,
      ALPNProtocols: ['http/1.1'],
    });
    socket.setNoDelay(true);
    return await this.#opened(socket, 'secureConnect', signal);
  }

  async #toProxy(proxy: HttpProxy, signal: AbortSignal | undefined): Promise<Socket> {
    const { host, port } = proxy;
    if (!proxy.secure)
      return await this.#opened(connectPlain({ host, port, noDelay: true }), 'connect', signal);
    const { connect } = await import('node:tls');
    const authorities = await authoritiesFor(`${host}:${port}`, this.#env, { system: true });
    return await this.#opened(
      connect({ host, port, servername: host, ...authorities }),
      'secureConnect',
      signal,
    );
  }

  /** Source: RFC 9110 section 9.3.6. */
  async #tunnel(proxy: HttpProxy, target: string, signal: AbortSignal | undefined): Promise<Socket> {
    const socket = await this.#toProxy(proxy, signal);
    const authorization = proxy.authorization && `Proxy-Authorization: ${proxy.authorization}\r\n`;
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
    try {
      const { status } = await this.#proxyAnswer(socket, signal);
      if (status < 200 || status > 299) {
        throw Object.assign(new Error(`the proxy refused with ${status}`), { code: 'EPROXY', status });
      }
      return socket;
    } catch (thrown) {
      socket.destroy();
      throw thrown;
    }
  }

  async #proxyAnswer(socket: Socket, signal: AbortSignal | undefined) {
    let text = '';
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const broke = () => reject(Object.assign(new Error('the proxy hung up'), { code: 'ECONNRESET' }));
    const readable = () => {
      // Byte by byte: what follows the head belongs to the tunnel.
      for (
        let byte = socket.read(1) as Buffer | null;
        byte !== null;
        byte = socket.read(1) as Buffer | null
      ) {
        text += byte.toString('latin1');
        if (text.endsWith('\r\n\r\n')) return resolve(text.slice(0, -4));
        if (text.length > HEAD_LIMIT) return reject(new HttpError('the proxy answers without end'));
      }
    };
    socket.on('readable', readable).once('error', reject).once('close', broke);
    try {
      return readHead(await within(promise, this.#timeout, signal), 'CONNECT');
    } finally {
      socket.off('readable', readable).off('error', reject).off('close', broke);
    }
  }

  async #opened<Kind extends Socket>(
    socket: Kind,
    event: 'connect' | 'secureConnect',
    signal: AbortSignal | undefined,
  ): Promise<Kind> {
    const { promise, resolve, reject } = Promise.withResolvers<Kind>();
    const opened = () => resolve(socket);
    const closed = () => reject(Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' }));
    socket.once(event, opened).once('error', reject).once('close', closed);
    try {
      return await within(promise, this.#timeout, signal);
    } catch (thrown) {
      socket.on('error', () => {}).destroy();
      throw thrown;
    } finally {
      socket.off(event, opened).off('error', reject).off('close', closed);
    }
  }
}

/** Rejects with `ETIMEDOUT` after the time, or with the signal's reason. */
async function within<T>(
  promise: Promise<T>,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const aborted = () => reject(signal?.reason);
  const timer = setTimeout(
    () => reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
    milliseconds,
  );
  signal?.addEventListener('abort', aborted, { once: true });
  if (signal?.aborted) aborted();
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', aborted);
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
