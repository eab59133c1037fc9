/** Parts of a stream that is read once, one after the other. */
import { Readable } from 'node:stream';
import { damaged } from './fault.ts';

export class StreamParts {
  /** Bytes that have been taken or passed over. */
  position = 0;
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: Readable) {
    this.#source = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Passes over what comes before. Errors: `corrupt` where it ends earlier. */
  async skipTo(position: number): Promise<void> {
    while (this.position < position) await this.#take(position);
  }

  /** What comes before that position; whoever leaves it early goes on with `skipTo`. */
  until(position: number): Readable {
    const parts = async function* (this: StreamParts): AsyncGenerator<Buffer, void, void> {
      while (this.position < position) yield await this.#take(position);
    };
    return Readable.from(parts.call(this), { objectMode: false });
  }

  /** At most to `position`. One who was left in the middle may still take: they take one after the other. */
  async #take(position: number): Promise<Buffer> {
    const taken = this.#last.then(async () => {
      if (this.position >= position) return NOTHING;
      while (this.#rest.length === 0) {
        const next = await this.#source.next();
        if (next.done) throw damaged('it ends in the middle');
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, position - this.position);
      this.#rest = this.#rest.subarray(part.length);
      this.position += part.length;
      return part;
    });
    this.#last = taken.catch(() => {});
    return await taken;
  }
}

const NOTHING = Buffer.alloc(0);
