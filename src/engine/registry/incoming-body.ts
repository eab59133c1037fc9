/** The body of an answer on its way to where somebody wants it. */
import { ChunkedReader } from './chunked.ts';
import type { Head } from './head.ts';

/** Receives a body. */
export interface Landing {
  /** Where the next bytes may land: never empty, and 64 KiB can be filled after a wait was asked for. */
  space(): Buffer;
  /** So many bytes of the space are filled now. A promise holds the connection until it is resolved. */
  filled(bytes: number): Promise<void> | undefined;
}

export class IncomingBody {
  readonly #landing: Landing;
  readonly #chunks: ChunkedReader | undefined;
  readonly #endsWithConnection: boolean;
  #left: number;
  #wait: Promise<void> | undefined;
  /** More came than belongs to the answer. */
  overrun = false;

  constructor(body: Head['body'], landing: Landing) {
    this.#landing = landing;
    this.#chunks = body === 'chunked' ? new ChunkedReader() : undefined;
    this.#left = typeof body === 'number' ? body : Number.POSITIVE_INFINITY;
    this.#endsWithConnection = body === 'close';
  }

  get ended(): boolean {
    return this.#left === 0 || this.#chunks?.ended === true;
  }

  /** Where bytes may come in without a copy; undefined where they have to be looked at first. */
  space(): Buffer | undefined {
    if (this.#chunks !== undefined || this.#left === 0) return undefined;
    const space = this.#landing.space();
    return space.length > this.#left ? space.subarray(0, this.#left) : space;
  }

  /** So many bytes came into the space. */
  landed(bytes: number): void {
    this.#left -= bytes;
    const wait = this.#landing.filled(bytes);
    if (wait !== undefined)
      this.#wait = this.#wait === undefined ? wait : Promise.all([this.#wait, wait]).then();
  }

  /** Copies bytes that came elsewhere. */
  take(bytes: Buffer): void {
    const copy = (start: number, end: number) => {
      for (let from = start; from < end; ) {
        const count = bytes.copy(this.#landing.space(), 0, from, end);
        from += count;
        this.landed(count);
      }
    };
    if (this.#chunks !== undefined) {
      const used = this.#chunks.read(bytes, copy);
      this.overrun = used < bytes.length;
      return;
    }
    this.overrun = bytes.length > this.#left;
    copy(0, Math.min(bytes.length, this.#left));
  }

  /** Until when nothing more is to be read; told once. */
  takeWait(): Promise<void> | undefined {
    const wait = this.#wait;
    this.#wait = undefined;
    return wait;
  }

  /** True where the end of the connection is the end of the body. */
  endWithConnection(): boolean {
    if (this.#endsWithConnection) this.#left = 0;
    return this.#endsWithConnection;
  }
}
