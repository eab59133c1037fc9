/** The head of an HTTP/1.1 answer, read strictly. Source: RFC 9112. */

export interface Head {
  readonly status: number;
  /** Names in lower case; values of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** How the body ends: after so many bytes, chunked, or with the connection. */
  readonly body: number | 'chunked' | 'close';
  /** Whether another request may follow on the connection. */
  readonly keepAlive: boolean;
}

/** What answers does not speak HTTP as it should. */
export class HttpError extends Error {
  readonly code = 'EHTTP';
}

/** Bytes. */
export const HEAD_LIMIT = 64 * 1024;

const STATUS = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const WITHOUT_BODY = new Set([204, 304]);

/** `text` is everything before the empty line; `method` decides whether a body follows. */
export function readHead(text: string, method: string): Head {
  const [first = '', ...rows] = text.split('\r\n');
  const started = STATUS.exec(first);
  if (started === null) throw new HttpError('the answer does not begin as HTTP does');
  const status = Number(started[2]);
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const row of rows) {
    const field = FIELD.exec(row);
    if (field === null || /[\0\r\n]/.test(row)) throw new HttpError('a header of the answer is malformed');
    const name = field[1]!.toLowerCase();
    const earlier = headers[name];
    headers[name] = earlier === undefined ? field[2]! : `${earlier}, ${field[2]!}`;
  }
  const body = method === 'HEAD' || status < 200 || WITHOUT_BODY.has(status) ? 0 : bodyOf(headers);
  const connection = (headers['connection'] ?? '').toLowerCase();
  const lasts = started[1] === '1' ? !connection.includes('close') : connection.includes('keep-alive');
  // Who sends both a length and chunks may be tricked: the connection carries nothing more.
  const doubtful = body === 'chunked' && headers['content-length'] !== undefined;
  return { status, headers, body, keepAlive: lasts && body !== 'close' && !doubtful };
}

/** Gathers the bytes of a head, which may come one by one. */
export class HeadReader {
  readonly #method: string;
  #gathered: Buffer = Buffer.alloc(0);

  constructor(method: string) {
    this.#method = method;
  }

  /** The head once it is whole, with what came after it; undefined as long as it is not. Errors: `EHTTP`. */
  take(bytes: Buffer): { readonly head: Head; readonly rest: Buffer } | undefined {
    let all = Buffer.concat([this.#gathered, bytes]);
    for (;;) {
      const end = all.indexOf('\r\n\r\n');
      if (end === -1) {
        if (all.length > HEAD_LIMIT) throw new HttpError('the head of the answer has no end');
        if (all.length >= 5 && all.toString('latin1', 0, 5) !== 'HTTP/') {
          throw new HttpError('the answer does not begin as HTTP does');
        }
        this.#gathered = all;
        return undefined;
      }
      const head = readHead(all.toString('latin1', 0, end), this.#method);
      all = all.subarray(end + 4);
      // Others below are only a foretaste of the answer. Source: RFC 9110 section 15.2.
      if (head.status >= 200 || head.status === 101) return { head, rest: all };
    }
  }
}

function bodyOf(headers: Readonly<Record<string, string>>): Head['body'] {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new HttpError(`the transfer coding ${coding} is unknown`);
    return 'chunked';
  }
  const length = headers['content-length'];
  if (length === undefined) return 'close';
  const [one = '', ...others] = length.split(/, */);
  const bytes = /^\d+$/.test(one) ? Number(one) : Number.NaN;
  if (!Number.isSafeInteger(bytes) || others.some((other) => other !== one)) {
    throw new HttpError('the Content-Length of the answer is no number');
  }
  return bytes;
}
