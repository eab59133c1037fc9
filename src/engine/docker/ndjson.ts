/** Streams of JSON values, one a line, as the Docker Engine API sends them. */
import { EngineError } from '../errors.ts';
import { line } from '../text.ts';

/** Longer lines than this are no answer of an engine. */
const MAX_LINE = 16 << 20;

/**
 * JSON values of a byte stream: lines end in LF or CRLF, the last one may lack its end, a character may
 * be split between chunks. `what` names the stream in errors. Errors: `corrupt` for a line that is not JSON.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<unknown, void, void> {
  for await (const batch of readBatches(chunks, what)) yield* batch;
}

/** As `readLines`, all values of a chunk at once: a turn of the event loop for each would cost more than reading it. */
export async function* readBatches(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<readonly unknown[], void, void> {
  for await (const lines of readRawLines(chunks, what)) {
    const batch: unknown[] = [];
    try {
      for (const bytes of lines) batch.push(parseLine(bytes, what));
    } catch (thrown) {
      // What came whole counts.
      yield batch;
      throw thrown;
    }
    yield batch;
  }
}

/** The lines of a chunk at once, without their ends, empty ones left out: views of what came, for who need not parse all. */
export async function* readRawLines(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<readonly Buffer[], void, void> {
  // A long line is not looked through again with each of its pieces.
  let pieces: Buffer[] = [];
  let waiting = 0;
  for await (const chunk of chunks) {
    const come = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const batch: Buffer[] = [];
    let start = 0;
    for (let end = come.indexOf(LF); end !== -1; end = come.indexOf(LF, start)) {
      const last = come.subarray(start, end);
      start = end + 1;
      const bytes = trimmed(pieces.length === 0 ? last : Buffer.concat([...pieces, last]));
      if (bytes.length > 0) batch.push(bytes);
      if (pieces.length > 0) pieces = [];
    }
    waiting = start === 0 ? waiting + come.length : come.length - start;
    if (start < come.length) pieces.push(come.subarray(start));
    if (batch.length > 0) yield batch;
    if (waiting > MAX_LINE) throw corrupt(what, 'a line never ends');
  }
  const last = trimmed(Buffer.concat(pieces));
  if (last.length > 0) yield [last];
}

/** Errors: `corrupt`. */
export function parseLine(bytes: Buffer, what: string): unknown {
  return parseJson(bytes.toString().trim(), what);
}

const LF = 0x0a;
const SPACE = 0x20;

function trimmed(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1]! <= SPACE) end--;
  let start = 0;
  while (start < end && bytes[start]! <= SPACE) start++;
  return end - start === bytes.length ? bytes : bytes.subarray(start, end);
}

/** Errors: `corrupt`, saying what was being read and how the answer begins. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const cut = /Unexpected end|Unterminated/.test((thrown as Error).message);
    throw corrupt(
      what,
      cut ? `it breaks off after ${text.length} characters` : `it begins with ${begin(text)}`,
      thrown,
    );
  }
}

export function corrupt(what: string, why: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `the engine's answer to "${what}" cannot be read: ${why}`,
    hint: 'Try again; if it stays so, check that the address is a Docker or Podman engine and look at its log.',
    retryable: true,
    cause,
  });
}

function begin(text: string): string {
  return line(text.length > 40 ? `${JSON.stringify(text.slice(0, 40))}…` : JSON.stringify(text));
}
