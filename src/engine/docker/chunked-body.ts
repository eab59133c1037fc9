/** Takes the chunks of an HTTP body out of the bytes that carry them. Source: RFC 9112, section 7.1. */

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Characters of a line: a size with its extensions, or a trailer. */
const LONGEST_LINE = 8192;
const SIZE = /^0*([0-9a-f]{1,12})[ \t]*(?:;|$)/i;

export class ChunkedBody {
  /** The last chunk and what stands behind it have been read. */
  isOver = false;
  /** Bytes of the chunk that are still to come. */
  #rest = 0;
  #awaits: 'size' | 'data' | 'end of data' | 'trailer' = 'size';
  #line = '';

  /** The data in `bytes`, as views of them. Errors: `HTTPParserError` for what is no chunk. */
  *take(bytes: Buffer): Generator<Buffer, void, void> {
    for (let at = 0; at < bytes.length && !this.isOver; ) {
      if (this.#awaits === 'data') {
        const end = Math.min(bytes.length, at + this.#rest);
        this.#rest -= end - at;
        if (this.#rest === 0) this.#awaits = 'end of data';
        yield bytes.subarray(at, end);
        at = end;
        continue;
      }
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline === -1 ? bytes.length : newline;
      if (this.#line.length + end - at > LONGEST_LINE) throw noChunk();
      this.#line += bytes.toString('latin1', at, end);
      at = end + 1;
      if (newline !== -1) this.#endLine();
    }
  }

  #endLine(): void {
    const line =
      this.#line.charCodeAt(this.#line.length - 1) === RETURN ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    if (this.#awaits === 'size') {
      const size = SIZE.exec(line)?.[1];
      if (size === undefined) throw noChunk();
      this.#rest = Number.parseInt(size, 16);
      this.#awaits = this.#rest > 0 ? 'data' : 'trailer';
    } else if (this.#awaits === 'end of data') {
      if (line !== '') throw noChunk();
      this.#awaits = 'size';
    } else this.isOver = line === '';
  }
}

function noChunk(): Error {
  return Object.assign(new Error('the answer is no HTTP: a chunk is damaged'), { name: 'HTTPParserError' });
}
