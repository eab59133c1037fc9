/** Where a container's output goes, taken at its own pace. */
import type { Writable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { redact } from '../redact.ts';

/** What says that nobody reads any more: a pipe without a reader, a terminal that is gone, a stream that was closed. */
const CLOSED: ReadonlySet<unknown> = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED']);

/** The output cannot be written. */
export class OutletError extends EngineError {
  /** Nobody reads it any more. */
  readonly isClosed: boolean;

  constructor(cause: NodeJS.ErrnoException) {
    const isFull = cause.code === 'ENOSPC' || cause.code === 'EDQUOT';
    const said = redact(cause.message);
    super({
      code: isFull ? 'no-space' : 'engine',
      message: `cannot write what the container says: ${isFull ? 'the disk is full' : said}`,
      hint: isFull ? 'Free space there, or write it elsewhere.' : 'Check where it is written to.',
      detail: said,
      cause,
    });
    this.isClosed = CLOSED.has(cause.code);
  }
}

export class Outlet {
  readonly #stream: Writable;
  #failure: OutletError | undefined;
  #unwritten = 0;
  #onFailure = (_error: OutletError): void => {};
  #onWritten = (): void => {};

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#onError);
    stream.on('close', this.#onClose);
  }

  /** Resolves when more is welcome; one at a time. Errors: OutletError. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#unwritten++;
    const isWelcome = this.#stream.write(bytes, (error) => {
      this.#unwritten--;
      if (error != null) this.#onError(error);
      else if (this.#unwritten === 0) this.#onWritten();
    });
    if (!isWelcome) await this.flush();
  }

  /** Resolves when all is handed over to whoever takes it. Errors: OutletError. */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#unwritten === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#onWritten = resolve;
      this.#onFailure = reject;
    });
  }

  /** The stream stays open: it is not ours. */
  release(): void {
    this.#stream.off('error', this.#onError);
    this.#stream.off('close', this.#onClose);
  }

  readonly #onError = (error: Error): void => {
    this.#failure ??= new OutletError(error);
    this.#onFailure(this.#failure);
  };

  readonly #onClose = (): void => {
    this.#onError(Object.assign(new Error('it was closed'), { code: 'ERR_STREAM_DESTROYED' }));
  };
}
