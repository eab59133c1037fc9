/** Saving images as an archive. */

import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { asEngineError, cancelled, EngineError, isAbort } from '../errors.ts';
import { redact } from '../redact.ts';
import type { SaveOptions, SaveResult, Transfer } from '../transfer.ts';
import { archiveBytes } from './archive-bytes.ts';
import { imageName, shownName } from './image-name.ts';
import { inspectImage } from './images.ts';
import type { Session } from './session.ts';
import { type TransferPurpose, transferRefusal } from './transfer-failure.ts';
import { platformQuery } from './transfer-platform.ts';
import { archivePart, TELL_EVERY } from './upload.ts';

/** Bytes that are handed over before any of them need to be written: files take many pieces at once. */
const WRITE_AHEAD = 1 << 20;

/** Source: `GET /images/get`. */
export async function* saveImages(
  session: Session,
  images: readonly string[],
  sink: Writable,
  options: SaveOptions = {},
): Transfer<SaveResult> {
  const outlet = new Outlet(sink, options.signal);
  try {
    const platforms = await checkImages(session, images, options);
    const shown = images.map(shownName).join(', ');
    const purpose: TransferPurpose = { verb: 'save', subject: shown, registry: '' };
    // Most engines gather everything in a folder of theirs before the first byte comes.
    yield archivePart('waiting', 0);
    const answer = session.http.bytes({
      path: '/images/get',
      query: { names: images.map((image) => imageName(session.kind, image)), platform: platforms },
      doing: `save ${shown}`,
      subject: shown,
      explain: (status, body) => transferRefusal(status, body, purpose),
      signal: options.signal,
    });
    let bytes = 0;
    let told = 0;
    for await (const chunk of archiveBytes(answer, purpose)) {
      await outlet.write(chunk);
      bytes += chunk.length;
      const now = Date.now();
      if (now - told < TELL_EVERY) continue;
      told = now;
      yield archivePart('writing', bytes);
    }
    await outlet.end();
    yield archivePart('done', bytes, bytes);
    return { bytes };
  } catch (thrown) {
    const error = asEngineError(thrown);
    sink.destroy(error);
    throw error;
  } finally {
    // Who takes no more events has given up: a half archive must not look like a whole one.
    if (!sink.writableFinished) sink.destroy();
  }
}

/** Engines say of a missing image only that some reference does not exist. Returns the `platform` parameter. */
async function checkImages(
  session: Session,
  images: readonly string[],
  options: SaveOptions,
): Promise<string | undefined> {
  if (images.length === 0) {
    throw new EngineError({
      code: 'bad-input',
      message: 'there is nothing to save: no image was named',
      hint: 'Name one or more images.',
    });
  }
  let platform: string | undefined;
  for (const image of images) {
    const detail = await inspectImage(session, image, { ...(options.signal && { signal: options.signal }) });
    if (options.platform !== undefined)
      platform = platformQuery(session, image, detail, options.platform, '1.48');
  }
  return platform;
}

/** Where the archive goes, taken at its own pace. */
class Outlet {
  readonly #sink: Writable;
  readonly #signal: AbortSignal;
  #failure: Error | undefined;

  constructor(sink: Writable, signal: AbortSignal | undefined) {
    const closed = new AbortController();
    sink.on('error', (error) => {
      this.#failure ??= error;
    });
    sink.once('close', () => closed.abort());
    this.#sink = sink;
    this.#signal = signal === undefined ? closed.signal : AbortSignal.any([closed.signal, signal]);
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#guard(async () => {
      if (this.#sink.destroyed) throw new Error('it was closed');
      const isFull = !this.#sink.write(chunk) && this.#sink.writableLength >= WRITE_AHEAD;
      if (isFull) await once(this.#sink, 'drain', { signal: this.#signal });
    });
  }

  async end(): Promise<void> {
    await this.#guard(async () => {
      this.#sink.end();
      await finished(this.#sink, { cleanup: true });
    });
  }

  async #guard(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (thrown) {
      throw sinkFailure(this.#failure ?? thrown, this.#sink.destroyed);
    }
  }
}

function sinkFailure(thrown: unknown, isClosed: boolean): EngineError {
  if (thrown instanceof EngineError) return thrown;
  if (isAbort(thrown) && !isClosed) return cancelled(thrown);
  const error = thrown as NodeJS.ErrnoException;
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const said = isAbort(thrown) ? 'it was closed' : redact(error.message);
  return new EngineError({
    code: isFull ? 'no-space' : error.code === 'EACCES' ? 'permission' : 'engine',
    message: isFull ? 'cannot write the archive: the disk is full' : `cannot write the archive: ${said}`,
    hint: isFull
      ? 'Free space there, or save it elsewhere.'
      : 'Check where it is written to, and that it stays open.',
    detail: said,
    cause: thrown,
  });
}
