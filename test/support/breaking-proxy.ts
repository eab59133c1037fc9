/** A reverse proxy that breaks what a registry would not: connections, bytes, lengths, patience. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  /** An answer instead of the registry's. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly after: number }
  /** The body ends properly, but early, and no length was announced. */
  | { readonly kind: 'truncate'; readonly after: number }
  /** One byte is another. */
  | { readonly kind: 'corrupt'; readonly at: number }
  /** So many bytes are announced; what comes is the registry's, followed by nothing or by zeros. */
  | { readonly kind: 'length'; readonly bytes: number }
  /** Bytes are changed before they are sent on. */
  | {
      readonly kind: 'change';
      readonly by: (body: Buffer) => Buffer;
      readonly headers?: Record<string, string>;
    }
  /** So many bytes at a time, with a pause (milliseconds) after each. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly pause: number }
  /** The head never comes. */
  | { readonly kind: 'silence' }
  /** The request's body is not read to its end: the connection breaks after so many bytes of it. */
  | { readonly kind: 'refuse upload'; readonly after: number }
  /** The registry's answer without support for ranges. */
  | { readonly kind: 'no ranges' };

export interface Seen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `''` for none. */
  readonly authorization: string;
  readonly range: string;
  readonly contentLength: number;
  readonly contentRange: string;
}

export interface BreakingProxy {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  /** Every request, in order. */
  readonly seen: Seen[];
  /** Decides for each request; `undefined` lets it through. */
  breaks: (request: Seen) => Fault | undefined;
  /** Lets everything through again and forgets what was seen. */
  heal(): void;
  stop(): Promise<void>;
}

/** `target` is a registry's address, spoken to without TLS. */
export async function startBreakingProxy(target: string): Promise<BreakingProxy> {
  const server = createServer((asked, answer) => {
    const seen: Seen = {
      method: asked.method ?? '',
      path: asked.url ?? '',
      authorization: asked.headers.authorization ?? '',
      range: asked.headers.range ?? '',
      contentLength: Number(asked.headers['content-length'] ?? 0),
      contentRange: asked.headers['content-range'] ?? '',
    };
    proxy.seen.push(seen);
    pass(target, asked, answer, proxy.breaks(seen)).catch(() => answer.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy: BreakingProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    breaks: () => undefined,
    heal() {
      proxy.breaks = () => undefined;
      proxy.seen.length = 0;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return proxy;
}

/** So many times, then never again. */
export function times(
  count: number,
  fault: Fault,
  applies: (request: Seen) => boolean,
): BreakingProxy['breaks'] {
  let left = count;
  return (request) => {
    if (left === 0 || !applies(request)) return undefined;
    left--;
    return fault;
  };
}

export const isBlob = ({ method, path }: Seen): boolean =>
  method === 'GET' && path.includes('/blobs/sha256:');
export const isManifest = ({ path }: Seen): boolean => path.includes('/manifests/');

async function pass(
  target: string,
  asked: IncomingMessage,
  answer: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === 'answer') {
    asked.resume();
    answer.writeHead(fault.status, fault.headers).end(fault.body);
    return;
  }
  if (fault?.kind === 'silence') return;
  if (fault?.kind === 'refuse upload') return await refuseUpload(asked, fault.after);
  const headers = { ...asked.headers };
  if (fault?.kind === 'no ranges') delete headers['range'];
  const onward = request({
    host: target.slice(0, target.lastIndexOf(':')),
    port: target.slice(target.lastIndexOf(':') + 1),
    path: asked.url,
    method: asked.method,
    headers,
    agent: false,
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
  const [given] = (await once(onward, 'response')) as [IncomingMessage];
  if (fault === undefined) {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
    return;
  }
  await breakBody(given, answer, fault);
}

async function breakBody(given: IncomingMessage, answer: ServerResponse, fault: Fault): Promise<void> {
  const body = await buffer(given);
  const status = given.statusCode ?? 502;
  const { 'content-length': _, ...open } = given.headers;
  switch (fault.kind) {
    case 'cut':
      answer.writeHead(status, given.headers).write(body.subarray(0, fault.after));
      // What was written has to get through first.
      await sleep(20);
      answer.destroy();
      return;
    case 'truncate':
      answer.writeHead(status, open).end(body.subarray(0, fault.after));
      return;
    case 'corrupt':
      if (fault.at < body.length) body[fault.at] = body[fault.at]! ^ 0xff;
      answer.writeHead(status, given.headers).end(body);
      return;
    case 'length': {
      answer.writeHead(status, { ...given.headers, 'content-length': String(fault.bytes) });
      const more = Buffer.alloc(Math.max(0, fault.bytes - body.length));
      answer.end(Buffer.concat([body, more]).subarray(0, fault.bytes));
      return;
    }
    case 'change': {
      const changed = fault.by(body);
      answer.writeHead(status, {
        ...given.headers,
        'content-length': String(changed.length),
        ...fault.headers,
      });
      answer.end(changed);
      return;
    }
    case 'drip':
      answer.writeHead(status, given.headers);
      for (let at = 0; at < body.length && !answer.destroyed; at += fault.bytes) {
        answer.write(body.subarray(at, at + fault.bytes));
        await sleep(fault.pause);
      }
      answer.end();
      return;
    default: {
      const { 'accept-ranges': __, ...headers } = given.headers;
      answer.writeHead(status, headers).end(body);
    }
  }
}

async function refuseUpload(asked: IncomingMessage, after: number): Promise<void> {
  let read = 0;
  for await (const chunk of asked) {
    read += (chunk as Buffer).length;
    if (read >= after) break;
  }
  asked.socket.destroy();
}
