/**
 * One HTTP/1.1 connection. Bytes of a body land where the receiver wants them, without a copy on the
 * way: at the speed of a local registry or a fast network that copy and its garbage are half the work.
 */
import type { Socket } from 'node:net';
import type { Destination, Dialer } from './dialer.ts';
import { type Head, HeadReader, HttpError } from './head.ts';
import { IncomingBody, type Landing } from './incoming-body.ts';
import { type Outgoing, type OutgoingBody, requestHead } from './outgoing.ts';
import type { HttpProxy } from './proxy.ts';

const STAGE = 64 * 1024;
const NOTHING = Buffer.alloc(0);

export class Connection {
  /** False once it can carry no further request. */
  usable = true;
  /** Milliseconds for which nothing may move. */
  readonly #idle: number;
  /** Where bytes come in that have to be looked at. */
  readonly #stage = Buffer.allocUnsafeSlow(STAGE);
  #socket: Socket | undefined;
  #proxy: HttpProxy | undefined;
  /** What the socket was lent to fill. */
  #lent: Buffer = this.#stage;
  /** Bytes that came before somebody wanted them. */
  #early: Buffer = NOTHING;
  #headReader: HeadReader | undefined;
  #state: 'idle' | 'head' | 'headed' | 'body' = 'idle';
  #head: PromiseWithResolvers<Head> | undefined;
  #received: PromiseWithResolvers<void> | undefined;
  #body: IncomingBody | undefined;
  #keepAlive = false;
  #sending = false;
  /** The receiver asked to wait. */
  #held = false;
  #failure: unknown;

  private constructor(idle: number) {
    this.#idle = idle;
  }

  /** `idle` is in milliseconds. Errors: as Dialer. */
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
      callback: (bytes: number, buffer: Uint8Array) => made.#came(buffer as Buffer, bytes),
    };
    // Its type knows only a fixed buffer.
    const line = await dialer.dial(destination, onread as never, signal);
    const { socket } = line;
    made.#socket = socket;
    made.#proxy = line.proxy;
    if (!line.direct) {
      socket.on('data', (bytes: Buffer) => {
        if (!made.#came(bytes, bytes.length)) socket.pause();
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
    this.#headReader = new HeadReader(request.method);
    this.#state = 'head';
    this.#head = Promise.withResolvers<Head>();
    const { promise } = this.#head;
    promise.catch(() => {});
    socket.ref();
    socket.resume();
    let late: NodeJS.Timeout | undefined;
    try {
      const text = requestHead(request, this.#proxy);
      if (request.body === undefined) socket.write(text, 'latin1');
      else await this.#sendBody(text, request.body);
      late = setTimeout(() => this.fail(problem('ETIMEDOUT', 'no answer in time')), request.patience);
      return await promise;
    } catch (thrown) {
      this.fail(thrown);
      throw thrown;
    } finally {
      clearTimeout(late);
    }
  }

  /** Receives the body; afterwards the connection is idle or at its end. */
  async receive(head: Head, landing: Landing): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const body = new IncomingBody(head.body, landing);
    this.#body = body;
    this.#received = Promise.withResolvers<void>();
    const { promise } = this.#received;
    this.#keepAlive = head.keepAlive;
    this.#state = 'body';
    const early = this.#early;
    this.#early = NOTHING;
    try {
      body.take(early);
    } catch (thrown) {
      this.fail(thrown);
    }
    if (this.#goesOn(body)) {
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
    this.#received?.reject(this.#failure);
  }

  /** An idle connection keeps no program alive. */
  rest(): void {
    this.#socket?.unref();
  }

  /** Stops as soon as an answer is there: it is a refusal, and the rest would be sent in vain. */
  async #sendBody(head: string, body: OutgoingBody): Promise<void> {
    const socket = this.#socket!;
    socket.cork();
    socket.write(head, 'latin1');
    process.nextTick(() => socket.uncork());
    const answered = this.#head!.promise.catch(() => {});
    let sent = 0;
    this.#sending = true;
    try {
      for await (const chunk of body.chunks()) {
        sent += chunk.byteLength;
        const written = Promise.withResolvers<void>();
        socket.write(chunk, () => written.resolve());
        // A broken connection still calls back; an answer meanwhile ends the waiting too.
        await Promise.race([written.promise, answered]);
        if (this.#state !== 'head' || this.#failure !== undefined) break;
      }
    } catch (thrown) {
      // The next request would be taken for the rest of this body.
      this.fail(thrown);
      throw thrown;
    } finally {
      this.#sending = false;
    }
    if (sent === body.length) return;
    // What was announced never comes, so nothing can follow on this connection.
    this.usable = false;
    if (this.#state === 'head') throw this.#failure ?? new HttpError('the body of the request ended early');
  }

  #lend(): Buffer {
    this.#lent = (this.#state === 'body' ? this.#body?.space() : undefined) ?? this.#stage;
    return this.#lent;
  }

  /** False to read no further for now. */
  #came(buffer: Buffer, bytes: number): boolean {
    try {
      switch (this.#state) {
        case 'idle':
          // An answer that nobody asked for, most likely a timeout's.
          this.fail(problem('ECONNRESET', 'the connection broke'));
          return false;
        case 'head':
          return this.#headBytes(buffer.subarray(0, bytes));
        case 'headed':
          this.#early = Buffer.concat([this.#early, buffer.subarray(0, bytes)]);
          return false;
        default: {
          const body = this.#body!;
          if (buffer === this.#lent && buffer !== this.#stage) body.landed(bytes);
          else body.take(buffer.subarray(0, bytes));
          return this.#goesOn(body);
        }
      }
    } catch (thrown) {
      this.fail(thrown);
      return false;
    }
  }

  #headBytes(bytes: Buffer): boolean {
    const whole = this.#headReader!.take(bytes);
    if (whole === undefined) return true;
    this.#early = whole.rest;
    this.#state = 'headed';
    this.#head!.resolve(whole.head);
    return false;
  }

  /** After something of the body came: whether to read on. */
  #goesOn(body: IncomingBody): boolean {
    if (this.#failure !== undefined) return false;
    if (body.overrun) this.#keepAlive = false;
    const wait = body.takeWait();
    if (body.ended) {
      this.#finish();
      return true;
    }
    if (wait === undefined) return true;
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
    this.#body = undefined;
    if (this.#keepAlive && this.usable) {
      // An idle connection is read on, or nobody would hear that it ends.
      this.#socket!.resume();
    } else {
      this.usable = false;
      this.#failure ??= problem('ECONNRESET', 'the connection is closed');
      this.#socket!.destroy();
    }
    this.#received!.resolve();
  }

  #ended(): void {
    this.usable = false;
    // What came before the end is still to be read.
    if (this.#state === 'headed') return;
    if (this.#state === 'body' && this.#body!.endWithConnection()) this.#finish();
    else this.fail(problem('ECONNRESET', 'the connection broke'));
  }

  #silent(): void {
    if (this.#held || this.#state === 'headed') return;
    if (this.#state === 'idle') this.fail(problem('ECONNRESET', 'the connection was idle for too long'));
    // For the head of an answer there is the request's own patience.
    else if (this.#state === 'body' || this.#sending) {
      this.fail(problem('ETIMEDOUT', `nothing moved for ${Math.round(this.#idle / 1000)} s`));
    }
  }
}

function problem(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
