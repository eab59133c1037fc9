/** Where a blob lands on its way to the disk. */
import { EngineError } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Landing } from './incoming-body.ts';

/** What its manifest says of it. */
export type WantedBlob = Pick<Descriptor, 'digest' | 'size'>;

/** Where a blob is written to. A chunk may be used again once the write is settled; writes stay in order. */
export interface BlobSink {
  /** Bytes that are there already. */
  readonly offset: number;
  write(chunk: Uint8Array): Promise<void> | void;
}

/** Bytes of the blob that are here now. A promise holds the download back. */
export type OnProgress = ((bytes: number) => Promise<void> | undefined) | undefined;

const BUFFER = 1024 * 1024;
/** Buffers a blob: one fills while the others are written. */
const BUFFERS = 4;
/** What a connection wants to be able to fill after it was asked to wait. */
const RESERVE = 64 * 1024;

/** Gathers what comes into large pieces, and keeps the connection waiting while all of them are being written. */
export class BlobLanding implements Landing {
  /** Bytes of the blob that came, from its beginning. */
  arrived: number;
  readonly #sink: BlobSink;
  readonly #blob: WantedBlob;
  readonly #size: number;
  readonly #onProgress: OnProgress;
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

  constructor(sink: BlobSink, arrived: number, blob: WantedBlob, onProgress: OnProgress) {
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

/** `corrupt`: there is more or less of it than there should be. */
export function wrongLength(blob: WantedBlob, why: string, retryable = false): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `the layer ${shortDigest(blob.digest)} is not what its manifest says: of ${blob.size} bytes, ${why}`,
    hint: 'The registry or something before it is damaged: try again, or ask who runs it.',
    retryable,
  });
}
