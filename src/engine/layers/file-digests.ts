/** The digests of all files in a tar that lies in a file: gathered while its headers are read, hashed by all who help. */
import { type BodyBatch, BodyDigests, WINDOW } from './body-digests.ts';
import type { DigestCrew, Helper } from './digest-crew.ts';
import type { DigestAnswer } from './digest-worker.ts';
import type { SparseMap } from './sparse-map.ts';
import { Turns } from './turns.ts';

export interface Body {
  /** Where it begins in the tar, and its bytes there. */
  readonly offset: number;
  readonly stored: number;
  /** Of the file when it is unpacked. */
  readonly size: number;
  readonly sparse: SparseMap | undefined;
}

/** Bytes and bodies that are handed over at once. */
const BYTES = 1024 * 1024;
const BODIES = 4096;
/** Batches that a helper has before it while others have their turn here, and when it may be asked at any time. */
const AHEAD = 16;
const AHEAD_AT_END = 2;
const DIGEST = 32;

type Part = { readonly batch: BodyBatch; readonly at: number };

export class FileDigests {
  readonly #fd: number;
  readonly #start: number;
  readonly #crew: DigestCrew;
  readonly #helpers: readonly Helper[];
  /** Those that nobody has begun, from the first. */
  #ready: Part[] = [];
  #taken = 0;
  /** That a helper could not do: here it is met why. */
  readonly #failed: Part[] = [];
  /** What is not full yet. */
  #places: number[] = [];
  #sparse = new Map<number, { readonly size: number; readonly sparse: SparseMap }>();
  #bytes = 0;
  #count = 0;
  #ahead = AHEAD;
  readonly #done: { readonly at: number; readonly digests: Uint8Array }[] = [];
  readonly #asked = new Set<Promise<void>>();

  /** The tar begins at `start` of the file. The crew is its owner's to close, at the latest before the file is. */
  constructor(fd: number, { start = 0, length }: { start?: number; length: number }, crew: DigestCrew) {
    this.#fd = fd;
    this.#start = start;
    this.#crew = crew;
    this.#helpers = crew.helpers(length);
  }

  /** In the order of the tar. */
  add({ offset, stored, size, sparse }: Body): void {
    if (sparse !== undefined) this.#sparse.set(this.#places.length / 2, { size, sparse });
    this.#places.push(this.#start + offset, stored);
    this.#bytes += stored;
    if (this.#bytes >= BYTES || this.#places.length >= BODIES * 2) this.#flush();
  }

  /** Of all, 32 bytes each, in the order of the tar. Errors: `corrupt` where the file ends before, `cancelled`. */
  async finish(signal: AbortSignal | undefined): Promise<Uint8Array> {
    this.#flush();
    this.#ahead = AHEAD_AT_END;
    const turns = new Turns(signal);
    const window = Buffer.allocUnsafeSlow(WINDOW);
    for (;;) {
      // Helpers' answers are taken, and they are asked anew.
      await turns.take();
      const part = this.#failed.pop() ?? this.#take();
      if (part !== undefined) {
        const work = new BodyDigests(this.#fd, part.batch, window);
        while (work.step()) if (turns.due) await turns.take();
        this.#done.push({ at: part.at, digests: work.digests });
      } else if (this.#asked.size > 0) await settled(this.#asked, signal);
      else break;
    }
    const digests = new Uint8Array(this.#count * DIGEST);
    for (const part of this.#done) digests.set(part.digests, part.at * DIGEST);
    return digests;
  }

  /** Nobody reads from the file any more when it returns. */
  async stop(): Promise<void> {
    this.#ready = [];
    if (this.#asked.size === 0) return;
    await this.#crew.close();
    await Promise.all(this.#asked);
  }

  #flush(): void {
    const count = this.#places.length / 2;
    if (count === 0) return;
    this.#ready.push({
      batch: { places: Float64Array.from(this.#places), sparse: this.#sparse },
      at: this.#count,
    });
    this.#count += count;
    this.#places = [];
    this.#sparse = new Map();
    this.#bytes = 0;
    this.#deal();
  }

  #take(): Part | undefined {
    return this.#taken < this.#ready.length ? this.#ready[this.#taken++] : undefined;
  }

  #deal(): void {
    for (const helper of this.#helpers) {
      while (helper.waiting < this.#ahead) {
        const part = this.#take();
        if (part === undefined) return;
        const asked = helper.digest(this.#fd, part.batch).then((answer) => this.#answered(part, answer));
        this.#asked.add(asked);
        void asked.then(() => this.#asked.delete(asked));
      }
    }
  }

  #answered(part: Part, digests: DigestAnswer): void {
    if (digests === undefined) this.#failed.push(part);
    else this.#done.push({ at: part.at, digests });
    this.#deal();
  }
}

/** Waits for one of them, or for the end of patience. */
async function settled(asked: Iterable<Promise<void>>, signal: AbortSignal | undefined): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const abort = () => aborted.resolve();
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  await Promise.race([...asked, aborted.promise]);
  signal?.removeEventListener('abort', abort);
}
