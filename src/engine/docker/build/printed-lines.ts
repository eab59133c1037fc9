/** What a program prints, as whole lines: chunks end anywhere, in the middle of a character too. */
import { StringDecoder } from 'node:string_decoder';
import { line } from '../../text.ts';

/** Characters of one line before it is told in pieces. */
const MAX_LINE = 4096;
/** Characters that an escape sequence is expected to fit in: none is cut in two when a long line is. */
const LONGEST_ESCAPE = 64;

export class PrintedLines {
  readonly #tell: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';

  /** `tell` gets lines without their ends, sanitised. */
  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  write(chunk: Uint8Array | string): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(viewOf(chunk));
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const whole = text.slice(start, end);
      start = end + 1;
      if (this.#pending === '') this.#line(whole);
      else this.#flush(whole);
    }
    if (start === text.length) return;
    this.#pending += start === 0 ? text : text.slice(start);
    if (this.#pending.includes('\r')) this.#pending = lastState(this.#pending);
    if (this.#pending.length > MAX_LINE) this.#pending = this.#pieces(this.#pending);
  }

  /** Tells what was printed without an end of its line. */
  end(): void {
    const rest = this.#decoder.end();
    if (rest !== '' || this.#pending !== '') this.#flush(rest);
  }

  #flush(rest: string): void {
    const whole = this.#pending + rest;
    this.#pending = '';
    this.#line(whole);
  }

  #line(text: string): void {
    const state = text.includes('\r') ? lastState(text).replace(/\r$/, '') : text;
    this.#tell(line(state.length > MAX_LINE ? this.#pieces(state) : state));
  }

  /** Tells all of it but a last piece, which is returned. */
  #pieces(text: string): string {
    let start = 0;
    while (text.length - start > MAX_LINE) {
      const end = cut(text, start);
      this.#tell(line(text.slice(start, end)));
      start = end;
    }
    return text.slice(start);
  }
}

/** A progress bar draws over itself: only what it drew last is kept. */
function lastState(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\r') end--;
  const start = end === 0 ? 0 : text.lastIndexOf('\r', end - 1) + 1;
  return end === text.length ? text.slice(start) : `${text.slice(start, end)}\r`;
}

/** Where a piece that begins at `start` ends: between characters, and before an escape sequence. */
function cut(text: string, start: number): number {
  const end = start + MAX_LINE;
  const sequence = text.slice(end - LONGEST_ESCAPE, end).lastIndexOf('\u001b');
  if (sequence !== -1) return end - LONGEST_ESCAPE + sequence;
  return (text.charCodeAt(end - 1) & 0xfc00) === 0xd800 ? end - 1 : end;
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
