/** Opens an archive at an address. Source: RFC 9110. */
import { type Readable, Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import { cancelled, EngineError, type ErrorCode, isAbort } from '../errors.ts';
import { authoritiesFor } from '../registry/authorities.ts';
import { decoded, proxyFor } from '../registry/proxy.ts';
import type { StoredBytes } from './source.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const REDIRECTS = 10;
/** Milliseconds. */
const CONNECT = 15_000;
const SILENCE = 60_000;

/**
 * Follows redirects; a name and password in the address go to its own host only, and into no message.
 * Errors: `bad-input`, `not-found`, `unauthorized`, `forbidden`, `unreachable`, `cancelled`.
 */
export async function openAddress(
  address: string,
  env: Environment,
  signal: AbortSignal | undefined,
): Promise<StoredBytes> {
  let url = URL.parse(address);
  if (url === null) throw failure(shownAddress(address), 'bad-input', 'that is no address', 'Check it.');
  const first = url;
  for (let hops = 0; hops <= REDIRECTS; hops++) {
    const answer = await ask(url, first, env, signal);
    const { status, location } = answer;
    if (status >= 300 && status < 400 && location !== undefined) {
      await answer.dispose();
      url = nextAddress(url, location);
      continue;
    }
    if (status !== 200) {
      await answer.dispose();
      throw refused(shownUrl(url), status);
    }
    return measured(answer, url);
  }
  throw failure(
    shownUrl(first),
    'unreachable',
    `it redirects more than ${REDIRECTS} times`,
    'Check the address.',
  );
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly size: number | undefined;
  readonly body: Readable;
  /** Gives the connection up. */
  dispose(): Promise<void>;
}

async function ask(url: URL, first: URL, env: Environment, signal: AbortSignal | undefined): Promise<Answer> {
  const agent = await agentFor(url, env);
  const isOwn = url.origin === first.origin;
  const user = decoded(first.username);
  const secret = Buffer.from(`${user}:${decoded(first.password)}`).toString('base64');
  try {
    const { statusCode, headers, body } = await request.call(agent, {
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      // What is packed is to stay packed: the length then is that of the file.
      headers: {
        'accept-encoding': 'identity',
        'user-agent': 'nacre',
        ...(isOwn && user !== '' && { authorization: `Basic ${secret}` }),
      },
      signal: signal ?? null,
      headersTimeout: SILENCE,
      bodyTimeout: SILENCE,
    });
    const length = Number(headers['content-length'] ?? Number.NaN);
    const { location } = headers;
    return {
      status: statusCode,
      location: typeof location === 'string' ? location : undefined,
      size: Number.isSafeInteger(length) ? length : undefined,
      body,
      dispose: () => agent.destroy(),
    };
  } catch (thrown) {
    await agent.destroy();
    if (signal?.aborted || isAbort(thrown)) throw cancelled();
    throw unreachable(shownUrl(url), thrown);
  }
}

async function agentFor(url: URL, env: Environment): Promise<Dispatcher> {
  const connect = { timeout: CONNECT };
  const secure = url.protocol === 'https:';
  const tls = secure ? await authoritiesFor(url.host, env, { system: true }) : {};
  const proxy = proxyFor(url, env);
  if (proxy === undefined) return new Agent({ connect: { ...connect, ...tls } });
  const host = proxy.host.includes(':') ? `[${proxy.host}]` : proxy.host;
  return new ProxyAgent({
    uri: `${proxy.secure ? 'https' : 'http'}://${host}:${proxy.port}`,
    requestTls: tls,
    ...(proxy.authorization !== '' && { token: proxy.authorization }),
  });
}

function measured({ body, size, dispose }: Answer, url: URL): StoredBytes {
  const name = shownUrl(url);
  let read = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _, done) {
      read += chunk.length;
      done(null, chunk);
    },
    destroy(thrown, done) {
      body.destroy();
      dispose().then(
        () => done(thrown),
        () => done(thrown),
      );
    },
  });
  body.on('error', (thrown) => meter.destroy(isAbort(thrown) ? cancelled() : unreachable(name, thrown)));
  return { stream: body.pipe(meter), size, name, read: () => read };
}

function nextAddress(url: URL, location: string): URL {
  const next = URL.parse(location, url.href);
  const isWeb = next?.protocol === 'http:' || next?.protocol === 'https:';
  if (next !== null && isWeb) return next;
  throw failure(shownUrl(url), 'unreachable', 'it redirects to what is no address', 'Check the address.');
}

/** Neither a password nor a signature, which signed addresses carry behind the question mark. */
function shownUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function shownAddress(text: string): string {
  return text.replace(/\/\/[^/]*@/, '//').replace(/[?#].*$/s, '');
}

const STATUS: Readonly<Record<number, readonly [ErrorCode, why: string, hint: string]>> = {
  401: [
    'unauthorized',
    'it asks for a name and password (401)',
    'Write them in front of the host: https://NAME:PASSWORD@HOST/…',
  ],
  403: ['forbidden', 'it may not be read (403)', 'Check the address and that you may read it.'],
  404: ['not-found', 'there is nothing at this address (404)', 'Check the address.'],
  410: ['not-found', 'it is gone (410)', 'Look for a newer address.'],
};

function refused(name: string, status: number): EngineError {
  const known = STATUS[status];
  if (known !== undefined) return failure(name, ...known);
  const later = status === 429 || status >= 500;
  const hint = later ? 'Try again later.' : 'Check the address.';
  return failure(name, 'unreachable', `the server answers ${status}`, hint, later);
}

function unreachable(name: string, cause: unknown): EngineError {
  const { code = '', message = '' } = (cause ?? {}) as { code?: string; message?: string };
  const isCertificate = /CERT|SELF_SIGNED|UNABLE_TO/.test(code);
  const hint = isCertificate
    ? 'Its certificate is not trusted: put its authority into NODE_EXTRA_CA_CERTS, or fetch the file another way.'
    : 'Check the address and the network, and try again.';
  return failure(name, 'unreachable', message || code || 'the connection broke', hint, !isCertificate, cause);
}

function failure(
  name: string,
  code: ErrorCode,
  why: string,
  hint: string,
  retryable = false,
  cause?: unknown,
): EngineError {
  return new EngineError({ code, message: `cannot read ${name}: ${why}`, hint, retryable, cause });
}
