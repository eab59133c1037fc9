/** The bytes of an archive that an engine sends, with a word about how it ended. */
import { EngineError } from '../errors.ts';
import { type TransferPurpose, transferFailure } from './transfer-failure.ts';

/** Bytes at the end that tell whether it is whole. */
const TAIL = 4096;
const BLOCK = 512;
/** What an engine says of its failure stands in the last line. */
const FAILURE = /\{"errorDetail":.*\}\s*$/s;
const CLOSING = 0x7d;
const SPACE = 0x20;

/**
 * Passes an archive on. An engine that fails in the middle has answered "200 OK" already: it ends the archive with a
 * line of JSON, or just ends it. A tar ends in two blocks of zeros. Parts are passed on as they are: what may be done with
 * them is what `answer` says.
 * Errors: what the engine said, `corrupt` for what breaks off, those of `answer`.
 */
export async function* archiveBytes(
  answer: AsyncIterable<Uint8Array>,
  purpose: TransferPurpose,
): AsyncGenerator<Buffer, void, void> {
  let bytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  let held: Buffer | undefined;
  for await (const part of answer) {
    const chunk = Buffer.from(part.buffer, part.byteOffset, part.length);
    if (held !== undefined) yield held;
    held = undefined;
    bytes += chunk.length;
    tail =
      chunk.length >= TAIL
        ? Buffer.from(chunk.subarray(-TAIL))
        : Buffer.concat([tail, chunk]).subarray(-TAIL);
    // Whoever reads the archive must not take the engine's last words for a part of it.
    if (endsInBrace(chunk) && FAILURE.test(tail.toString('latin1'))) held = Buffer.from(chunk);
    else yield chunk;
  }
  const said = FAILURE.exec(tail.toString('latin1'))?.[0];
  if (said !== undefined) throw transferFailure(said, purpose);
  const end = tail.subarray(-2 * BLOCK);
  if (bytes % BLOCK === 0 && end.length === 2 * BLOCK && end.every((byte) => byte === 0)) return;
  throw brokenOff(purpose, bytes);
}

function brokenOff({ verb, subject }: TransferPurpose, bytes: number): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `cannot ${verb} ${subject}: the engine's archive breaks off after ${bytes} bytes`,
    hint: "Try again; if it stays so, look at the engine's log: its disk may be full.",
    retryable: true,
  });
}

function endsInBrace(chunk: Buffer): boolean {
  let end = chunk.length;
  while (end > 0 && chunk[end - 1]! <= SPACE) end--;
  return chunk[end - 1] === CLOSING;
}
