/**
 * One HTTP/1.1 connection. Bytes of a body land where the receiver wants them, without a copy on the
 * way: at the speed of a local registry or a fast network that copy and its garbage are half the work.
 */
import type { Socket } from 'node:net';
import { ChunkedReader } from './chunked.ts';
import type { Destination, Dialer } from './dialer.ts';
import { HEAD_LIMIT, type Head, HttpError, readHead } from './head.ts';
import type { HttpProxy } from './proxy.ts';

/** Receives a body. */
export interface Landing {
  /** Where the next bytes may land: never empty, and 64 KiB can be filled after a wait was asked for. */
  space(): Buffer;
  /** So many bytes of the space are filled now. A promise holds the connection until it is resolved. */
  filled(bytes: number): Promise<void> | undefined;
}

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

const STAGE = 64 * 1024;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export class Connection {
  /** False once it can carry no further request. */
  usable = true;
  /** True once an answer came over it. */
  proven = false;
  readonly #idle: number;
  readonly #stage = Buffer.allocUnsafeSlow(STAGE);
  #socket: Socket | undefined;
  #proxy: HttpProxy | undefined;
  /** What the socket was lent to fill. */
  #lent: Buffer = this.#stage;
  /** Bytes that came before somebody wanted them. */
  #early: Buffer = Buffer.alloc(0);
  #method = '';
  #state: 'idle' | 'head' | 'headed' | 'body' = 'idle';
  #head: PromiseWithResolvers<Head> | undefined;
  #body: PromiseWithResolvers<void> | undefined;
  #landing: Landing | undefined;
  #left = 0;
  #chunks: ChunkedReader | undefined;
  #held = false;
  #sending = false;
  #keepAlive = false;
  #failure: unknown;

  private constructor(idle: number) {
    this.#idle = idle;
  }

  /** `idle` is how many milliseconds nothing may come. Errors: as Dialer. */
  static async open(
    dialer: Dialer,
    destination: Destination,
    idle: number,
    signal?: AbortSignal,
  ): Promise<Connection> {
    const made = new Connection(idle);
    const onread = {
      // Asked for once before there is anything to receive, and after every piece.
      buffer: () => made.#lend(),
      callback: (bytes: number, buffer: Uint8Array) => made.#received(buffer as Buffer, bytes),
    };
    const line = await dialer.dial(destination, onread as never, signal);
    const { socket } = line;
    made.#socket = socket;
    made.#proxy = line.proxy;
    if (!line.direct) {
      socket.on('data', (bytes: Buffer) => {
        if (!made.#received(bytes, bytes.length)) socket.pause();
      });
    }
    socket.on('error', (error) => made.fail(error));
    socket.on('end', () => made.#ended());
    socket.on('close', () => made.#ended());
    socket.setTimeout(idle, () => made.#silent());
    return made;
  }

  /** Sends a request and waits for the head of its answer; then `receive` or `fail` has to follow. */
  async send(request: Outgoing): Promise<Head> {
    if (this.#failure !== undefined) throw this.#failure;
    const socket = this.#socket!;
    this.#method = request.method;
    this.#state = 'head';
    this.#head = Promise.withResolvers<Head>();
    const { promise } = this.#head;
    promise.catch(() => {});
    socket.ref();
    socket.resume();
    const text = this.#requestHead(request);
    if (request.body === undefined) socket.write(text, 'latin1');
    else await this.#sendBody(text, request.body);
    const late = setTimeout(
      () => this.fail(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      request.patience,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** Receives the body; afterwards the connection is idle or at its end. */
  async receive(head: Head, landing: Landing): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#landing = landing;
    this.#body = Promise.withResolvers<void>();
    const { promise } = this.#body;
    this.#left = typeof head.body === 'number' ? head.body : Number.POSITIVE_INFINITY;
    this.#chunks = head.body === 'chunked' ? new ChunkedReader() : undefined;
    this.#keepAlive = head.keepAlive;
    this.#state = 'body';
    const early = this.#early;
    this.#early = Buffer.alloc(0);
    if (this.#left === 0) this.#finish();
    let onward = true;
    if (early.length > 0) {
      try {
        onward = this.#bodyBytes(early);
      } catch (thrown) {
        this.fail(thrown);
      }
    }
    if (onward && this.#state === 'body') {
      if (this.#socket!.readableEnded || this.#socket!.destroyed) this.#ended();
      else this.#socket!.resume();
    }
    await promise;
  }

  /** Ends the connection; whatever waits for it rejects. */
  fail(reason: unknown): void {
    this.usable = false;
    this.#failure ??= reason;
    this.#socket?.destroy();
    this.#head?.reject(this.#failure);
    this.#body?.reject(this.#failure);
  }

  /** An idle connection keeps no program alive. */
  rest(): void {
    this.#socket?.unref();
  }

  #requestHead({ method, url, headers, body }: Outgoing): string {
    const path = this.#proxy === undefined ? url.pathname + url.search : url.href.replace(/#.*$/, '');
    const fields = Object.entries({
      host: url.host,
      ...headers,
      ...(body !== undefined && { 'content-length': `${body.length}` }),
      ...(this.#proxy?.authorization && { 'proxy-authorization': this.#proxy.authorization }),
    });
    // What comes from outside (a token, a location) must not become a header or a request of its own.
    if (fields.some(([, value]) => !VALUE.test(value))) {
      throw new HttpError('a header of the request is malformed');
    }
    const text = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return `${method} ${path} HTTP/1.1\r\n${text}\r\n`;
  }

  /** Stops as soon as an answer is there: it is a refusal, and the rest would be sent in vain. */
  async #sendBody(head: string, body: OutgoingBody): Promise<void> {
    const socket = this.#socket!;
    socket.cork();
    socket.write(head, 'latin1');
    process.nextTick(() => socket.uncork());
    let sent = 0;
    this.#sending = true;
    for await (const chunk of body.chunks()) {
      sent += chunk.byteLength;
      const written = Promise.withResolvers<void>();
      socket.write(chunk, () => written.resolve());
      // A broken connection still calls back; an answer meanwhile ends the waiting too.
      await Promise.race([written.promise, this.#head!.promise.catch(() => {})]);
      if (this.#state !== 'head' || this.#failure !== undefined) break;
    }
    this.#sending = false;
    if (sent < body.length) {
      // What was announced never comes, so nothing can follow on this connection.
      this.usable = false;
      if (this.#failure === undefined && this.#state === 'head') {
        this.fail(new HttpError('the body of the request ended early'));
      }
    }
  }

  #lend(): Buffer {
    this.#lent = this.#stage;
    if (this.#state === 'body' && this.#chunks === undefined && this.#landing !== undefined) {
      const space = this.#landing.space();
      this.#lent = space.length > this.#left ? space.subarray(0, this.#left) : space;
    }
    return this.#lent;
  }

  /** False to read no further for now. */
  #received(buffer: Buffer, bytes: number): boolean {
    try {
      switch (this.#state) {
        case 'idle':
          // An answer that nobody asked for, most likely a timeout's.
          this.fail(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' }));
          return false;
        case 'head':
          return this.#headBytes(buffer.subarray(0, bytes));
        case 'headed':
          this.#early = Buffer.concat([this.#early, buffer.subarray(0, bytes)]);
          return false;
        default:
          if (buffer !== this.#lent || buffer === this.#stage)
            return this.#bodyBytes(buffer.subarray(0, bytes));
          return this.#landed(bytes);
      }
    } catch (thrown) {
      this.fail(thrown);
      return false;
    }
  }

  #headBytes(bytes: Buffer): boolean {
    let all = this.#early.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#early, bytes]);
    for (;;) {
      const end = all.indexOf('\r\n\r\n');
      if (end === -1) {
        if (all.length > HEAD_LIMIT) throw new HttpError('the head of the answer has no end');
        if (all.length >= 5 && all.toString('latin1', 0, 5) !== 'HTTP/') {
          throw new HttpError('the answer does not begin as HTTP does');
        }
        this.#early = all;
        return true;
      }
      const head = readHead(all.toString('latin1', 0, end), this.#method);
      all = all.subarray(end + 4);
      // Only a foretaste of the answer. Source: RFC 9110 section 15.2.
      if (head.status < 200 && head.status !== 101) continue;
      this.#early = all;
      this.proven = true;
      this.#state = 'headed';
      this.#head!.resolve(head);
      return false;
    }
  }

  /** Body bytes that came elsewhere than where they belong. */
  #bodyBytes(bytes: Buffer): boolean {
    if (this.#chunks === undefined) {
      let onward = true;
      const end = Math.min(bytes.length, this.#left);
      if (end < bytes.length) this.#keepAlive = false;
      for (let from = 0; from < end; ) {
        const space = this.#landing!.space();
        const count = bytes.copy(space, 0, from, end);
        from += count;
        if (!this.#landed(count)) onward = false;
      }
      return onward;
    }
    let onward = true;
    const used = this.#chunks.read(bytes, (start, end) => {
      for (let from = start; from < end; ) {
        const space = this.#landing!.space();
        const count = bytes.copy(space, 0, from, end);
        from += count;
        if (!this.#landed(count)) onward = false;
      }
    });
    if (this.#chunks.ended) {
      if (used < bytes.length) this.#keepAlive = false;
      this.#finish();
    }
    return onward;
  }

  #landed(bytes: number): boolean {
    this.#left -= bytes;
    const wait = this.#landing!.filled(bytes);
    if (this.#left === 0) this.#finish();
    if (wait === undefined || this.#state !== 'body') return true;
    this.#held = true;
    wait.then(
      () => {
        this.#held = false;
        if (this.#state === 'body') this.#socket!.resume();
      },
      (thrown: unknown) => this.fail(thrown),
    );
    return false;
  }

  #finish(): void {
    this.#state = 'idle';
    this.#landing = undefined;
    this.#chunks = undefined;
    if (!this.#keepAlive) {
      this.usable = false;
      this.#failure ??= Object.assign(new Error('the connection is closed'), { code: 'ECONNRESET' });
      this.#socket!.destroy();
    }
    // An idle connection is read on, or nobody would hear that it ends.
    else this.#socket!.resume();
    this.#body!.resolve();
  }

  #ended(): void {
    this.usable = false;
    if (this.#state === 'body' && this.#left === Number.POSITIVE_INFINITY && this.#chunks === undefined) {
      this.#keepAlive = false;
      this.#finish();
      return;
    }
    // What came before the end is still to be read.
    if (this.#state === 'headed') return;
    this.fail(Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' }));
  }

  #silent(): void {
    if (this.#held || this.#state === 'headed') return;
    if (this.#state === 'idle') this.fail(new Error('idle'));
    // For the head of an answer there is the request's own patience.
    else if (this.#state === 'body' || this.#sending) {
      const seconds = Math.round(this.#idle / 1000);
      this.fail(Object.assign(new Error(`nothing moved for ${seconds} s`), { code: 'ETIMEDOUT' }));
    }
  }
}
