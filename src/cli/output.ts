import { Writable } from 'node:stream';

/** Where a command's data goes. A reader that went away (`nacre images | head -1`) is no failure. */
export class Output {
  readonly #stream: NodeJS.WritableStream;
  readonly #listener = (error: NodeJS.ErrnoException) => {
    // A terminal that is gone tells it in its own way.
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    this.#closed = true;
    this.#onClosed();
  };
  readonly #onClosed: () => void;
  #closed = false;

  /** `onClosed` is told once nobody reads any more; what is written after that is dropped. */
  constructor(stream: NodeJS.WritableStream, onClosed: () => void) {
    this.#stream = stream;
    this.#onClosed = onClosed;
    // The listener stays: the pipe's error arrives after the write that met it, even after the command ended.
    stream.on('error', this.#listener);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when the text is handed to the system, or dropped. */
  write(text: string): Promise<void> {
    if (this.#closed || text === '') return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.write(text, () => resolve());
    });
  }

  json(value: unknown): Promise<void> {
    return this.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One value a line, for what comes bit by bit. */
  jsonLine(value: unknown): Promise<void> {
    return this.write(`${JSON.stringify(value)}\n`);
  }

  /** Bytes, as they are; what is written after the reader has gone is dropped. */
  sink(): Writable {
    return new Writable({
      write: (chunk: Buffer, _, done) => {
        if (this.#closed) done();
        else this.#stream.write(chunk, () => done());
      },
    });
  }
}
