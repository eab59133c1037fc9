/** One pass over a layer's tar, and its index. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { damaged } from '../archive/fault.ts';
import { BLOCK } from '../archive/tar-block.ts';
import { cancelled } from '../errors.ts';
import type { LayerIndex } from './layer-index.ts';
import { LayerIndexBuilder } from './layer-index-builder.ts';
import { TarScan } from './tar-scan.ts';

export interface IndexOptions {
  /** Also read the contents: each file gets the SHA-256 of what is in it. */
  readonly digests?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the bytes passed so far. */
  readonly onRead?: (bytes: number) => void;
}

/** A layer's tar while it is fed. */
export class LayerReading {
  readonly scan: TarScan;
  readonly #builder = new LayerIndexBuilder();
  readonly #digests: boolean;
  #hash: Hash | undefined;

  constructor({ digests = false }: Pick<IndexOptions, 'digests'> = {}) {
    this.#digests = digests;
    let entry: number | undefined;
    this.scan = new TarScan({
      onMember: (member) => {
        entry = this.#builder.add(member);
        this.#hash =
          digests && entry !== undefined && member.type === FILE ? createHash('sha256') : undefined;
      },
      onBody: (bytes) => this.#hash?.update(bytes),
      onBodyEnd: () => {
        if (this.#hash !== undefined && entry !== undefined) this.#builder.digest(entry, this.#hash.digest());
        this.#hash = undefined;
      },
    });
  }

  /** Entries so far. */
  get count(): number {
    return this.#builder.count;
  }

  /** What has been read so far, as an index: the tar may go on. */
  soFar(): LayerIndex {
    return this.#builder.finish(false);
  }

  /** Errors: `corrupt` where the tar ends in the middle. */
  finish(): LayerIndex {
    this.scan.end();
    return this.#builder.finish(this.#digests);
  }
}

const FILE = 0x30;

/** Errors: `corrupt` for what is no tar or breaks off, `cancelled`, those of the source. */
export async function indexStream(
  source: AsyncIterable<Buffer>,
  options: IndexOptions = {},
): Promise<LayerIndex> {
  const reading = new LayerReading(options);
  for await (const chunk of source) {
    if (options.signal?.aborted) throw cancelled();
    reading.scan.write(chunk);
    options.onRead?.(reading.scan.position);
  }
  return reading.finish();
}

/** Bytes that are read at once: small files and their headers come together. */
const WINDOW = 256 * 1024;
/** Bytes that are cheaper read than sought over. */
const NEAR = 32 * 1024;

/**
 * The same from a file that holds the tar uncompressed, from `start` on for `length` bytes: bodies are sought over.
 * Errors: as `indexStream`.
 */
export async function indexFile(
  file: FileHandle,
  { start = 0, length }: { readonly start?: number; readonly length: number },
  options: IndexOptions = {},
): Promise<LayerIndex> {
  const reading = new LayerReading(options);
  const { scan } = reading;
  const window = Buffer.allocUnsafe(WINDOW);
  let wanted = WINDOW;
  while (scan.position < length && !scan.ended) {
    if (options.signal?.aborted) throw cancelled();
    const most = Math.min(wanted, length - scan.position);
    const { bytesRead } = await file.read(window, 0, most, start + scan.position);
    if (bytesRead === 0) throw damaged('it ends in the middle');
    feed(scan, window.subarray(0, bytesRead), options.digests === true);
    const far = options.digests === true ? 0 : scan.skippable;
    if (far > 0) {
      const rest = length - scan.position;
      // Who claims more than there is breaks off there.
      if (far > rest + BLOCK) throw damaged('it ends in the middle');
      scan.skip(Math.min(far, rest));
      // After a large file a large one may come: little is read first, and more as long as files are small.
      wanted = BLOCK * 8;
    } else wanted = Math.min(WINDOW, wanted * 4);
    options.onRead?.(scan.position);
  }
  return reading.finish();
}

/** Feeds what has been read up to where a body begins that is to be sought over. */
function feed(scan: TarScan, bytes: Buffer, everything: boolean): void {
  if (everything) {
    scan.write(bytes);
    return;
  }
  let at = 0;
  while (at < bytes.length && !scan.ended) {
    const before = scan.position;
    scan.write(bytes.subarray(at, at + Math.max(BLOCK, Math.min(scan.skippable, bytes.length - at))));
    at += scan.position - before;
    if (scan.skippable > Math.max(NEAR, bytes.length - at)) return;
  }
}
