/** The Docker Engine API by bare HTTP, to make and check data without the code under test. */
import { type IncomingMessage, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

export interface RawRequest {
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  /** A buffer is sent as a tar, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class RawApi {
  readonly socket: string;

  constructor(socket: string) {
    this.socket = socket;
  }

  /** Any answer, whatever its status. */
  async call(method: string, path: string, options: RawRequest = {}): Promise<RawAnswer> {
    const pairs = Object.entries(options.query ?? {}).flatMap(([key, value]) =>
      [value].flat().map((one): [string, string] => [key, one]),
    );
    const query = new URLSearchParams(pairs).toString();
    const { body } = options;
    const payload = body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const type = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
    const headers =
      payload === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(payload) };
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request(
        {
          socketPath: this.socket,
          method,
          path: query === '' ? path : `${path}?${query}`,
          headers: { host: 'engine', ...headers, ...options.headers },
          agent: false,
        },
        resolve,
      )
        .on('error', reject)
        .end(payload);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    return { status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
  }

  /** The parsed answer; rejects unless the status is 2xx (or 304: it is as wanted already). */
  async json(method: string, path: string, options?: RawRequest): Promise<unknown> {
    const text = await this.text(method, path, options);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** The answer's text; rejects unless the status is 2xx or 304, or when an NDJSON stream tells of an error. */
  async text(method: string, path: string, options?: RawRequest): Promise<string> {
    const { status, text } = await this.call(method, path, options);
    const failed = /^\{"(?:error|errorDetail)":.*$/m.exec(text)?.[0];
    if (failed !== undefined || !((status >= 200 && status < 300) || status === 304)) {
      throw new Error(`${method} ${path}: ${status} ${failed ?? text.slice(0, 500)}`);
    }
    return text;
  }

  async isUp(): Promise<boolean> {
    return await this.call('GET', '/_ping').then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}
