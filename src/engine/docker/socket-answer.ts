/**
 * A very long answer over a unix socket, read again and again into the same memory: what a general client allocates for
 * its parts takes longer than reading them. Source: RFC 9112, sections 2.1 and 6.3.
 */
import { connect, type Socket } from 'node:net';
import { ChunkedBody } from './chunked-body.ts';

/** Bytes read at once: more than a unix socket holds by itself. */
const ROOM = 256 * 1024;
const LARGEST_HEAD = 64 * 1024;
const LARGEST_REFUSAL = 1024 * 1024;
const HEAD_BEGIN = 'HTTP/1.';
const HEAD_END = '\r\n\r\n';
const STATUS = /^HTTP\/1\.[01] (\d{3})(?: |\r|$)/;
/** Whatever else was done to the body, this comes last. */
const IN_CHUNKS = /\r\ntransfer-encoding:(?:[^\r]*,)?[ \t]*chunked[ \t]*(?:\r|$)/i;
const LENGTH = /\r\ncontent-length:[ \t]*(\d+)/i;

export interface SocketRequest {
  /** Of the unix socket. */
  readonly socketPath: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export class SocketAnswer {
  status = 0;
  #isChunked = false;
  /** Bytes of the body where the head says so. */
  #length = Number.POSITIVE_INFINITY;
  readonly #socket: Socket;
  readonly #memory = Buffer.allocUnsafeSlow(ROOM);
  /** Bytes in the memory that nobody has taken. */
  #come = 0;
  #isOver = false;
  #fault: unknown;
  #wake: (() => void) | undefined;
  /** What came behind the head in one piece with it. */
  #first: Buffer = Buffer.alloc(0);

  private constructor({ socketPath, signal }: SocketRequest) {
    const come = (bytes: number): boolean => {
      this.#come = bytes;
      this.#wake?.();
      // Nothing more comes before this has been taken.
      return false;
    };
    this.#socket = connect({ path: socketPath, onread: { buffer: this.#memory, callback: come } });
    const over = (fault?: unknown): void => {
      this.#fault ??= fault;
      this.#isOver = true;
      this.#wake?.();
    };
    const abort = (): void => void this.#socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    this.#socket
      .on('error', over)
      .on('end', () => over())
      .on('close', () => {
        signal.removeEventListener('abort', abort);
        over();
      });
    if (signal.aborted) abort();
  }

  /** Once its head is there. Errors: those of the connection, `HTTPParserError` for what is no head, the signal's reason. */
  static async open(request: SocketRequest): Promise<SocketAnswer> {
    const answer = new SocketAnswer(request);
    try {
      const { target, headers } = request;
      const all = { host: 'docker', connection: 'close', ...headers };
      const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
      answer.#socket.write(`${[`GET ${target} HTTP/1.1`, ...lines].join('\r\n')}${HEAD_END}`);
      await answer.#readHead();
      return answer;
    } catch (thrown) {
      answer.close();
      throw thrown;
    }
  }

  /**
   * Each part may only be looked at until the next one is asked for. Errors: those of the connection, `ECONNRESET` where
   * the body breaks off, `HTTPParserError`, the signal's reason.
   */
  async *body(): AsyncGenerator<Buffer, void, void> {
    const chunked = this.#isChunked ? new ChunkedBody() : undefined;
    let rest = this.#length;
    let part: Buffer | undefined = this.#first;
    for (; part !== undefined; part = await this.#next()) {
      if (chunked !== undefined) yield* chunked.take(part);
      else if (part.length > 0) yield part.subarray(0, Math.min(part.length, rest));
      rest -= part.length;
      if (chunked === undefined ? rest <= 0 : chunked.isOver) return;
    }
    // Where nothing tells its length, it ends with the connection.
    if (chunked !== undefined || this.#length !== Number.POSITIVE_INFINITY) throw brokenOff();
  }

  /** The body of a refusal. */
  async text(): Promise<string> {
    // A buffer for each part would take many times as much where they are small.
    const bytes = Buffer.allocUnsafe(LARGEST_REFUSAL);
    let length = 0;
    for await (const part of this.body()) {
      length += part.copy(bytes, length);
      if (length === LARGEST_REFUSAL) break;
    }
    return bytes.toString('utf8', 0, length);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #readHead(): Promise<void> {
    let bytes = Buffer.alloc(0);
    for (;;) {
      const end = bytes.indexOf(HEAD_END);
      if (end !== -1) {
        const isFinal = this.#takeHead(bytes.toString('latin1', 0, end));
        bytes = bytes.subarray(end + HEAD_END.length);
        // Others only say that an answer will come.
        if (!isFinal) continue;
        this.#first = bytes;
        return;
      }
      // Something else may never send an end, and wait for us instead.
      const isBegun = HEAD_BEGIN.startsWith(bytes.toString('latin1', 0, HEAD_BEGIN.length));
      if (!isBegun || bytes.length > LARGEST_HEAD) throw noHttp();
      const part = await this.#next();
      if (part === undefined) throw brokenOff();
      bytes = Buffer.concat([bytes, part]);
    }
  }

  /** Whether it is the head of the answer itself. */
  #takeHead(head: string): boolean {
    const status = Number(STATUS.exec(head)?.[1]);
    // Nobody asked for another protocol.
    if (!(status >= 100) || status === 101) throw noHttp();
    if (status < 200) return false;
    this.status = status;
    if (status === 204 || status === 304) {
      // Whatever their heads say, these have no body.
      this.#length = 0;
      return true;
    }
    this.#isChunked = IN_CHUNKS.test(head);
    const length = LENGTH.exec(head)?.[1];
    if (length !== undefined && !this.#isChunked) this.#length = Number(length);
    return true;
  }

  /** What has come since; undefined at the end. */
  async #next(): Promise<Buffer | undefined> {
    // It was taken when this is called again.
    if (this.#come === 0 && !this.#isOver) {
      const come = Promise.withResolvers<void>();
      this.#wake = come.resolve;
      this.#socket.resume();
      await come.promise;
      this.#wake = undefined;
    }
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#come === 0) return undefined;
    const part = this.#memory.subarray(0, this.#come);
    this.#come = 0;
    return part;
  }
}

function noHttp(): Error {
  return Object.assign(new Error('the answer is no HTTP'), { name: 'HTTPParserError' });
}

function brokenOff(): Error {
  return Object.assign(new Error('the connection ended within the answer'), { code: 'ECONNRESET' });
}
