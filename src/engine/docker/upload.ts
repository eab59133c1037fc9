/** An archive on its way to the engine: counted as it goes, and no faster than its events are taken. */

import type { Readable } from 'node:stream';
import { EngineError, isAbort } from '../errors.ts';
import { redact } from '../redact.ts';
import type { TransferEvent, TransferPart } from '../transfer.ts';
import type { Tell } from './relay.ts';

/** Milliseconds between two tellings. */
export const TELL_EVERY = 100;

/** The one part that an archive is. */
export function archivePart(stage: TransferPart['stage'], done: number, total?: number): TransferPart {
  return { type: 'part', id: 'archive', stage, done, total };
}

/**
 * Runs what reads `source`. A source that breaks before it is read is told when it is, instead of ending the
 * program; and however the work ends, even before it began to read, nobody reads from the source any more.
 */
export async function* owning<Result>(
  source: Readable,
  work: () => AsyncGenerator<TransferEvent, Result, void>,
): AsyncGenerator<TransferEvent, Result, void> {
  source.on('error', () => {});
  try {
    return yield* work();
  } finally {
    source.destroy();
  }
}

export class Upload implements AsyncIterable<Uint8Array> {
  /** Bytes handed over so far. */
  sent = 0;
  /** Why the source could not be read to its end. */
  failure: EngineError | undefined;
  readonly #source: Readable;
  readonly #tell: Tell<TransferEvent>;

  constructor(source: Readable, tell: Tell<TransferEvent>) {
    this.#source = source;
    this.#tell = tell;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    let told = 0;
    try {
      for await (const chunk of this.#source as AsyncIterable<Uint8Array>) {
        yield chunk;
        this.sent += chunk.length;
        const now = Date.now();
        if (now - told < TELL_EVERY) continue;
        told = now;
        await this.#tell(archivePart('uploading', this.sent));
      }
    } catch (thrown) {
      this.failure ??= sourceFailure(thrown);
      throw thrown;
    }
  }

  /**
   * The answer to a call that sends this. However it ends, nobody reads from the source any more; what was wrong
   * with the source counts before what the engine made of it.
   */
  async *carry<Row>(answer: () => AsyncIterable<Row>, signal: AbortSignal): AsyncGenerator<Row, void, void> {
    try {
      yield* answer();
    } catch (thrown) {
      throw (signal.aborted ? undefined : this.failure) ?? thrown;
    } finally {
      this.#source.destroy();
    }
  }
}

function sourceFailure(thrown: unknown): EngineError | undefined {
  if (thrown instanceof EngineError) return thrown;
  if (isAbort(thrown)) return undefined;
  const error = thrown as NodeJS.ErrnoException;
  const said = redact(error.message);
  const isDamaged =
    error.code?.startsWith('Z_') || error.code?.startsWith('ZSTD_') || error.code === 'ERR_ZLIB';
  return new EngineError({
    code: isDamaged ? 'corrupt' : error.code === 'EACCES' ? 'permission' : 'bad-input',
    message: isDamaged ? `the archive is damaged: ${said}` : `the archive cannot be read: ${said}`,
    hint: isDamaged ? 'Get or save it anew.' : 'Check that it is there, whole, and yours to read.',
    detail: said,
    cause: thrown,
  });
}
