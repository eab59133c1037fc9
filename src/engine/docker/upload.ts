/** An archive on its way to the engine: counted as it goes, and no faster than its events are taken. */

import type { Readable } from 'node:stream';
import type { Recycling } from '../context/build-context.ts';
import { EngineError, isAbort } from '../errors.ts';
import { redact } from '../redact.ts';
import type { TransferPart } from '../transfer.ts';
import type { Tell } from './relay.ts';

/** Milliseconds between two tellings. */
export const TELL_EVERY = 100;

/** What is sent, for people and as the one part that it is. */
export type Sent = 'archive' | 'context';

export function archivePart(stage: TransferPart['stage'], done: number, total?: number): TransferPart {
  return sentPart('archive', stage, done, total);
}

export function sentPart(id: Sent, stage: TransferPart['stage'], done: number, total?: number): TransferPart {
  return { type: 'part', id, stage, done, total };
}

/**
 * Runs what reads `source`. A source that breaks before it is read is told when it is, instead of ending the
 * program; and however the work ends, even before it began to read, nobody reads from the source any more.
 */
export async function* owning<Event, Result>(
  source: Readable,
  work: () => AsyncGenerator<Event, Result, void>,
): AsyncGenerator<Event, Result, void> {
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
  readonly #source: Readable & Partial<Recycling>;
  readonly #tell: Tell<TransferPart>;
  readonly #what: Sent;

  constructor(source: Readable & Partial<Recycling>, tell: Tell<TransferPart>, what: Sent = 'archive') {
    this.#source = source;
    this.#tell = tell;
    this.#what = what;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    let told = 0;
    try {
      for await (const chunk of this.#source as AsyncIterable<Uint8Array>) {
        yield chunk;
        this.sent += chunk.length;
        // The next one is asked for when this one is written out.
        this.#source.recycle?.(chunk);
        const now = Date.now();
        if (now - told < TELL_EVERY) continue;
        told = now;
        await this.#tell(sentPart(this.#what, 'uploading', this.sent));
      }
    } catch (thrown) {
      this.failure ??= sourceFailure(thrown, this.#what);
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

function sourceFailure(thrown: unknown, what: Sent): EngineError | undefined {
  if (thrown instanceof EngineError) return thrown;
  if (isAbort(thrown)) return undefined;
  const error = thrown as NodeJS.ErrnoException;
  const said = redact(error.message);
  const isDamaged =
    error.code?.startsWith('Z_') || error.code?.startsWith('ZSTD_') || error.code === 'ERR_ZLIB';
  return new EngineError({
    code: isDamaged ? 'corrupt' : error.code === 'EACCES' ? 'permission' : 'bad-input',
    message: isDamaged ? `the ${what} is damaged: ${said}` : `the ${what} cannot be read: ${said}`,
    hint: isDamaged ? 'Get or save it anew.' : 'Check that it is there, whole, and yours to read.',
    detail: said,
    cause: thrown,
  });
}
