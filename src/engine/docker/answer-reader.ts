/**
 * Reads one HTTP answer as it arrives. Its text is decoded piece by piece: a list of ten thousand images as one
 * buffer of several megabytes would make the allocator keep that much, and more, for good.
 * Source: RFC 9112, sections 4 to 7.
 */
import type { Answer } from './http.ts';

/** What stands between head and body, and the end of a line. */
const HEAD_END = '\r\n\r\n';
const LINE_END = '\r\n';

export class AnswerReader {
  readonly #decoder = new TextDecoder();
  readonly #texts: string[] = [];
  /** What cannot be read before more of it has come: a part of the head, or of a line before a chunk. */
  #rest: Buffer | undefined;
  #headers: Record<string, string> | undefined;
  #isChunked = false;
  /** Bytes of the chunk, or of a body without chunks, that are still to come. */
  #left = 0;
  #isFirst = true;
  #isComplete = false;
  #isBroken = false;

  push(bytes: Buffer): void {
    if (this.#isBroken || this.#isComplete) return;
    let body: Buffer | undefined = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = undefined;
    if (this.#headers === undefined) body = this.#readHead(body);
    if (body === undefined) return;
    if (this.#isChunked) this.#readChunks(body);
    else this.#take(body);
  }

  /** A whole answer with status 200; undefined for anything else. */
  finish(): Answer | undefined {
    if (this.#isBroken || this.#headers === undefined) return undefined;
    // A body of no told length is whole when the connection ends.
    const isWhole = this.#isChunked
      ? this.#isComplete
      : this.#left === 0 || this.#left === Number.POSITIVE_INFINITY;
    if (!isWhole) return undefined;
    this.#texts.push(this.#decoder.decode());
    return { headers: this.#headers, text: this.#texts.join('') };
  }

  /** What follows the head; undefined while that is not there. */
  #readHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) {
      this.#rest = bytes;
      return undefined;
    }
    const [status = '', ...lines] = bytes.toString('latin1', 0, end).split(LINE_END);
    if (!/^HTTP\/1\.[01] 200\b/.test(status)) {
      this.#isBroken = true;
      return undefined;
    }
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.#headers = headers;
    this.#isChunked = /\bchunked$/i.test(headers['transfer-encoding'] ?? '');
    const length = headers['content-length'];
    if (!this.#isChunked) this.#left = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    return bytes.subarray(end + HEAD_END.length);
  }

  #take(bytes: Buffer): void {
    this.#left -= bytes.length;
    if (!(this.#left >= 0)) this.#isBroken = true;
    else if (bytes.length > 0) this.#texts.push(this.#decoder.decode(bytes, { stream: true }));
  }

  #readChunks(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, at + this.#left);
        this.#take(bytes.subarray(at, end));
        at = end;
        continue;
      }
      // The line before a chunk follows the end of the one before, which is an empty line.
      const start = bytes.indexOf(LINE_END, at) === at && !this.#isFirst ? at + LINE_END.length : at;
      const end = bytes.indexOf(LINE_END, start);
      if (end < 0) {
        this.#rest = bytes.subarray(at);
        return;
      }
      const size = Number.parseInt(bytes.toString('latin1', start, end), 16);
      if (size === 0) {
        this.#isComplete = true;
        return;
      }
      if (!(size > 0)) {
        this.#isBroken = true;
        return;
      }
      this.#isFirst = false;
      this.#left = size;
      at = end + LINE_END.length;
    }
  }
}
