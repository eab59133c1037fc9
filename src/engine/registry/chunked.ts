/** Takes the chunked transfer coding apart, byte by byte where it must and in runs where it can. Source: RFC 9112 section 7.1. */
import { HttpError } from './head.ts';

/** Longest line between chunks, in bytes. */
const LINE_LIMIT = 4096;
/** All trailers together. */
const TRAILER_LIMIT = 64 * 1024;
const LF = 10;

export class ChunkedReader {
  /** True once the last chunk and its trailers are over. */
  ended = false;
  #left = 0;
  #line = '';
  #trailers = 0;
  #expect: 'size' | 'data' | 'end of data' | 'trailer' = 'size';

  /** Tells each run of the body within `bytes`. Returns how many bytes belonged to the answer. */
  read(bytes: Buffer, tell: (start: number, end: number) => void): number {
    let at = 0;
    while (at < bytes.length && !this.ended) {
      if (this.#expect === 'data') {
        const run = Math.min(this.#left, bytes.length - at);
        tell(at, at + run);
        at += run;
        this.#left -= run;
        if (this.#left === 0) this.#expect = 'end of data';
        continue;
      }
      const feed = bytes.indexOf(LF, at);
      const end = feed === -1 ? bytes.length : feed + 1;
      this.#line += bytes.toString('latin1', at, end);
      at = end;
      if (this.#line.length > LINE_LIMIT) throw new HttpError('a chunk of the answer is malformed');
      if (feed !== -1) this.#take(this.#line.replace(/\r?\n$/, ''));
    }
    return at;
  }

  #take(line: string): void {
    this.#line = '';
    switch (this.#expect) {
      case 'size': {
        const digits = /^([0-9a-fA-F]{1,13})[ \t]*(?:;.*)?$/.exec(line)?.[1];
        if (digits === undefined) throw new HttpError('the size of a chunk is no number');
        this.#left = Number.parseInt(digits, 16);
        this.#expect = this.#left === 0 ? 'trailer' : 'data';
        return;
      }
      case 'end of data':
        if (line !== '') throw new HttpError('a chunk of the answer is longer than it says');
        this.#expect = 'size';
        return;
      default:
        this.#trailers += line.length;
        if (this.#trailers > TRAILER_LIMIT) throw new HttpError('the answer has too many trailers');
        this.ended = line === '';
    }
  }
}
