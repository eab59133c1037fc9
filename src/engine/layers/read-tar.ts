/** Reads the tar of one layer as its source gives it, and says now and then how far it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallOptions } from '../engine.ts';
import { cancelled } from '../errors.ts';
import type { LayerTar } from './contents.ts';
import type { DigestCrew } from './digest-crew.ts';
import { indexFile, LayerReading } from './index-layer.ts';
import type { LayerIndex } from './layer-index.ts';

export interface ReadTarOptions extends CallOptions {
  readonly digests?: boolean;
  /** Who helps with the contents; without one, nobody stays for the next tar. */
  readonly crew?: DigestCrew;
  /** Also make indexes of what has come. */
  readonly partial?: boolean;
}

/** What is known of a layer while it comes: nothing new where only its bytes went on. */
export type SoFar = LayerIndex | undefined;

/** Milliseconds between two tellings. */
const TELL_EVERY = 125;
/** … and between two indexes: each is garbage as soon as there is another. */
const INDEX_EVERY = 400;
/** Making indexes of what has come takes one part of so many of the time. */
const SHARE = 20;

/** Errors: `corrupt` for what is no tar or breaks off, `cancelled`, those of the source. */
export async function* readTar(tar: LayerTar, options: ReadTarOptions): AsyncGenerator<SoFar, LayerIndex> {
  return yield* tar.kind === 'file' ? fromFile(tar, options) : fromStream(tar, options);
}

async function* fromStream(
  { bytes }: LayerTar & { kind: 'stream' },
  { digests = false, partial = true, signal }: ReadTarOptions,
): AsyncGenerator<SoFar, LayerIndex> {
  const reading = new LayerReading({ digests });
  const pace = new Pace(reading, partial);
  for await (const chunk of bytes) {
    if (signal?.aborted) throw cancelled();
    reading.scan.write(chunk);
    if (pace.isDue()) yield pace.soFar();
  }
  return reading.finish();
}

async function* fromFile(
  { handle, start, length }: LayerTar & { kind: 'file' },
  { digests = false, crew, partial = true, signal }: ReadTarOptions,
): AsyncGenerator<SoFar, LayerIndex> {
  const stop = new AbortController();
  let pace: Pace | undefined;
  const whole = indexFile(
    handle,
    { start, length },
    {
      digests,
      crew,
      signal: signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]),
      onBegin: (reading) => {
        pace = new Pace(reading, partial);
      },
    },
  );
  try {
    while (!(await isOver(whole))) yield pace?.soFar();
    return await whole;
  } finally {
    stop.abort();
    // The handle is the source's again only when nobody reads from it.
    await whole.catch(() => {});
  }
}

/** Whether it ends within the time between two tellings. */
async function isOver(work: Promise<unknown>): Promise<boolean> {
  const waiting = new AbortController();
  const over = () => true;
  try {
    return await Promise.race([
      work.then(over, over),
      sleep(TELL_EVERY, false, { signal: waiting.signal }).catch(over),
    ]);
  } finally {
    waiting.abort();
  }
}

/** How often something is told: an index of a million files takes longer to make than an eye waits. */
class Pace {
  readonly #reading: LayerReading;
  readonly #partial: boolean;
  #told = performance.now();
  #next = 0;
  #count = 0;

  constructor(reading: LayerReading, partial: boolean) {
    this.#reading = reading;
    this.#partial = partial;
  }

  isDue(): boolean {
    return performance.now() - this.#told >= TELL_EVERY;
  }

  soFar(): SoFar {
    const now = performance.now();
    this.#told = now;
    if (!this.#partial || now < this.#next || this.#reading.count === this.#count) return undefined;
    this.#count = this.#reading.count;
    const index = this.#reading.soFar();
    this.#told = performance.now();
    this.#next = this.#told + Math.max(INDEX_EVERY, (this.#told - now) * SHARE);
    return index;
  }
}
