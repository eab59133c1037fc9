/** Getting a blob: as fast as it comes, from where it broke off, and never more than was announced. */
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Landing } from './connection.ts';
import type { Exchange } from './exchange.ts';
import { pause, pauseBefore } from './retry.ts';
import type { HttpResponse } from './transport.ts';

/** Where a blob is written to. A chunk may be used again once the write is settled; writes stay in order. */
export interface BlobSink {
  /** Bytes that are there already. */
  readonly offset: number;
  write(chunk: Uint8Array): Promise<void> | void;
}

/** What its manifest says of it. */
export type WantedBlob = Pick<Descriptor, 'digest' | 'size'>;

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the blob that are here now. A promise holds the download back. */
  readonly onProgress?: (bytes: number) => Promise<void> | undefined;
  /** `connection broke at 4.1 MB, again in 0.5 s (1 of 5)`. */
  readonly onRetry?: (note: string) => void;
}

/** Slower than so many bytes in so many milliseconds is no connection. */
export interface Pace {
  readonly bytes: number;
  readonly within: number;
}

export const PACE: Pace = { bytes: 20_000, within: 30_000 };

/** So much new forgives the failures before. */
const PROGRESS = 64 * 1024;

/**
 * Writes the rest of a blob into `sink`, which has to check the digest. Errors: `corrupt` where there is more
 * or less than the descriptor says, `not-found`, what the sink throws; as Exchange.once.
 */
export async function downloadBlob(
  exchange: Exchange,
  repository: string,
  blob: WantedBlob,
  sink: BlobSink,
  options: DownloadOptions = {},
  pace: Pace = PACE,
): Promise<void> {
  let there = sink.offset;
  let tries = 0;
  while (there < blob.size) {
    const landing = new BlobLanding(sink, there, blob, options.onProgress);
    try {
      await downloadRest(exchange, repository, blob, landing, options, pace);
    } catch (thrown) {
      await landing.settle();
      if (landing.arrived - there >= PROGRESS) tries = 0;
      const wait = pauseBefore(tries, thrown, exchange.retry);
      if (wait === undefined || options.signal?.aborted) throw thrown;
      const at = landing.arrived === 0 ? '' : ` at ${(landing.arrived / 1e6).toFixed(1)} MB`;
      options.onRetry?.(exchange.retryNote(thrown, wait, tries).replace(', again', `${at}, again`));
      await pause(wait, options.signal);
      tries++;
    }
    there = landing.arrived;
  }
}

async function downloadRest(
  exchange: Exchange,
  repository: string,
  blob: WantedBlob,
  landing: BlobLanding,
  options: DownloadOptions,
  pace: Pace,
): Promise<void> {
  const from = landing.arrived;
  const short = shortDigest(blob.digest);
  const tooSlow = new AbortController();
  const signals = [tooSlow.signal, ...(options.signal ? [options.signal] : [])];
  const call = {
    doing: `download the layer ${short} of ${repository}`,
    subject: `layer ${short} in ${repository}`,
    at: `${repository}/blobs/${blob.digest}`,
    headers: { 'accept-encoding': 'identity', ...(from > 0 && { range: `bytes=${from}-` }) },
    scopes: [`repository:${repository}:pull`],
    expect: [200, 206, 416],
    signal: AbortSignal.any(signals),
  };
  const response = await exchange.once(call);
  try {
    landing.skip(firstByte(response, from, blob));
  } catch (thrown) {
    response.discard();
    throw thrown;
  }
  const watch = setInterval(() => {
    if (landing.takeMoved() >= pace.bytes) return;
    const reason = new Error(`less than ${pace.bytes} bytes in ${pace.within / 1000} s`);
    tooSlow.abort(Object.assign(reason, { code: 'ETIMEDOUT' }));
  }, pace.within);
  try {
    await response.into(landing);
    await landing.finish();
  } catch (thrown) {
    throw exchange.broken({ ...call, signal: options.signal }, response, thrown);
  } finally {
    clearInterval(watch);
  }
  if (landing.arrived < blob.size) {
    throw wrongLength(blob, `it ends after ${landing.arrived}`, true);
  }
}

/** Where the body begins that was asked for from a byte on; with the lengths that it announces checked. */
function firstByte(response: HttpResponse, from: number, blob: WantedBlob): number {
  const { status, length, headers } = response;
  if (status === 416) throw wrongLength(blob, `it ends before ${from}`);
  if (status === 200) {
    if (length !== undefined && length !== blob.size) throw wrongLength(blob, `it has ${length}`);
    return 0;
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  const [start, total] = [Number(range?.[1] ?? Number.NaN), range?.[3] ?? '*'];
  if (!(start <= from)) throw wrongLength(blob, `byte ${from} was asked for and something else came`, true);
  if (total !== '*' && Number(total) !== blob.size) throw wrongLength(blob, `it has ${total}`);
  return start;
}

const BUFFER = 1024 * 1024;
/** Buffers a blob: one fills while the others are written. */
const BUFFERS = 4;
/** What a connection wants to be able to fill after it was asked to wait. */
const RESERVE = 64 * 1024;

/** Gathers what comes into large pieces, and keeps the connection waiting while all of them are being written. */
class BlobLanding implements Landing {
  /** Bytes of the blob that came, from its beginning. */
  arrived: number;
  readonly #sink: BlobSink;
  readonly #blob: WantedBlob;
  readonly #size: number;
  readonly #onProgress: DownloadOptions['onProgress'];
  readonly #free: Buffer[] = [];
  readonly #bufferSize: number;
  readonly #writes = new Set<Promise<void>>();
  #made = 0;
  #buffer: Buffer;
  #filled = 0;
  #skip = 0;
  #moved = 0;
  #isHeld = false;
  #failure: unknown;

  constructor(sink: BlobSink, arrived: number, blob: WantedBlob, onProgress: DownloadOptions['onProgress']) {
    this.#sink = sink;
    this.arrived = arrived;
    this.#blob = blob;
    this.#size = blob.size;
    this.#onProgress = onProgress;
    this.#bufferSize = Math.min(BUFFER, Math.max(2 * RESERVE, blob.size - arrived));
    this.#buffer = this.#take();
  }

  /** The body begins at that byte, though less is wanted: some registries know no ranges. */
  skip(start: number): void {
    this.#skip = this.arrived - start;
  }

  space(): Buffer {
    return this.#buffer.subarray(this.#filled);
  }

  filled(bytes: number): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    this.#moved += bytes;
    let fresh = bytes;
    if (this.#skip > 0) {
      const unwanted = Math.min(this.#skip, bytes);
      this.#skip -= unwanted;
      fresh -= unwanted;
      this.#buffer.copyWithin(this.#filled, this.#filled + unwanted, this.#filled + bytes);
    }
    if (this.arrived + fresh > this.#size) throw wrongLength(this.#blob, 'it goes on after them');
    this.#filled += fresh;
    this.arrived += fresh;
    const isFull = this.#buffer.length - this.#filled < RESERVE;
    if (isFull) this.#flush();
    const waits = [
      isFull && this.#free.length === 0 && this.#made === BUFFERS ? this.#oneWritten() : undefined,
      this.#onProgress?.(this.arrived),
    ].filter((wait) => wait !== undefined);
    if (waits.length === 0) return undefined;
    this.#isHeld = true;
    return Promise.all(waits).then(() => {
      this.#isHeld = false;
    });
  }

  /** Bytes since the last call; more than enough while nobody wanted any. */
  takeMoved(): number {
    const moved = this.#isHeld ? Number.POSITIVE_INFINITY : this.#moved;
    this.#moved = 0;
    return moved;
  }

  /** Everything that came is written. Errors: the sink's. */
  async finish(): Promise<void> {
    this.#flush();
    await Promise.all(this.#writes);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** As `finish`, after a failure: what came before it is worth keeping. */
  async settle(): Promise<void> {
    await this.finish().catch(() => {});
  }

  #take(): Buffer {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#made++;
    return Buffer.allocUnsafeSlow(this.#bufferSize);
  }

  #flush(): void {
    if (this.#filled === 0 || this.#failure !== undefined) return;
    const buffer = this.#buffer;
    const written = this.#sink.write(buffer.subarray(0, this.#filled));
    this.#filled = 0;
    // The buffer that is not waited for is the reserve.
    if (written === undefined) return;
    const write: Promise<void> = written.then(
      () => {
        this.#free.push(buffer);
        this.#writes.delete(write);
      },
      (thrown: unknown) => {
        this.#failure ??= thrown;
        this.#writes.delete(write);
      },
    );
    this.#writes.add(write);
    this.#buffer = this.#take();
  }

  async #oneWritten(): Promise<void> {
    await Promise.race(this.#writes);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function wrongLength(blob: WantedBlob, why: string, retryable = false): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `the layer ${shortDigest(blob.digest)} is not what its manifest says: of ${blob.size} bytes, ${why}`,
    hint: 'The registry or something before it is damaged: try again, or ask who runs it.',
    retryable,
  });
}
