/** A request as it goes over a connection. Source: RFC 9112. */
import { HttpError } from './head.ts';
import type { HttpProxy } from './proxy.ts';

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: OutgoingBody | undefined;
  /** Milliseconds from the end of the request until the head of the answer. */
  readonly patience: number;
}

export interface OutgoingBody {
  readonly length: number;
  /** From the beginning, at each call. A chunk may be used again once the next one is asked for. */
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** `proxy` is one that wants whole addresses. Errors: `EHTTP` for a header that cannot be sent. */
export function requestHead({ method, url, headers, body }: Outgoing, proxy: HttpProxy | undefined): string {
  const path = proxy === undefined ? url.pathname + url.search : url.href.replace(/#.*$/, '');
  const fields = Object.entries({
    host: url.host,
    ...headers,
    ...(body !== undefined && { 'content-length': `${body.length}` }),
    ...(proxy?.authorization && { 'proxy-authorization': proxy.authorization }),
  });
  // What comes from outside (a token, a location) must not become a header or a request of its own.
  if (fields.some(([, value]) => !VALUE.test(value))) {
    throw new HttpError('a header of the request is malformed');
  }
  const text = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${method} ${path} HTTP/1.1\r\n${text}\r\n`;
}
