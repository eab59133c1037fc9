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
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const come = decoder.decode(chunk, { stream: true });
    rest += come;
    // A long line is not looked through again with each of its pieces.
    if (!come.includes('\n')) {
      if (rest.length > MAX_LINE) throw corrupt(what, 'a line never ends');
      continue;
    }
    const batch: unknown[] = [];
    let start = 0;
    try {
      for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', start)) {
        const text = rest.slice(start, end).trim();
        start = end + 1;
        if (text !== '') batch.push(parseJson(text, what));
      }
    } catch (thrown) {
      // What came whole counts.
      yield batch;
      throw thrown;
    }
    rest = rest.slice(start);
    if (batch.length > 0) yield batch;
  }
  const last = (rest + decoder.decode()).trim();
  if (last !== '') yield [parseJson(last, what)];
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
