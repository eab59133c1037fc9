/** Getting a blob: as fast as it comes, from where it broke off, and never more than was announced. */
import { EngineError } from '../errors.ts';
import { digestOf, shortDigest } from '../oci/digest.ts';
import { BlobLanding, type BlobSink, type OnProgress, type WantedBlob, wrongLength } from './blob-landing.ts';
import type { Exchange } from './exchange.ts';
import { pause, pauseBefore } from './retry.ts';
import type { HttpResponse } from './transport.ts';

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the blob that are here now. A promise holds the download back. */
  readonly onProgress?: OnProgress;
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

/**
 * A blob that is small by its descriptor, verified; one that arrived damaged is asked for once more.
 * Errors: as `downloadBlob`; `corrupt` where its digest is another.
 */
export async function downloadIntoMemory(
  exchange: Exchange,
  repository: string,
  blob: WantedBlob,
  options?: DownloadOptions,
): Promise<Buffer> {
  for (let isSecond = false; ; isSecond = true) {
    const pieces: Uint8Array[] = [];
    const sink = { offset: 0, write: (chunk: Uint8Array) => void pieces.push(Uint8Array.from(chunk)) };
    await downloadBlob(exchange, repository, blob, sink, options);
    const bytes = Buffer.concat(pieces);
    if (digestOf(bytes) === blob.digest) return bytes;
    if (!isSecond) continue;
    throw new EngineError({
      code: 'corrupt',
      message: `the blob ${shortDigest(blob.digest)} of ${repository} is not what its digest says`,
      hint: 'Something on the way changed it, or the registry is damaged: try again, or ask who runs it.',
    });
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
