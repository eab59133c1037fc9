/** One pass over a layer's tar, and its index. */
import { createHash, type Hash, hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { cancelled } from '../errors.ts';
import { ROOT } from './breadth-tree.ts';
import { DigestCrew } from './digest-crew.ts';
import { type Body, FileDigests } from './file-digests.ts';
import type { LayerIndex } from './layer-index.ts';
import { LayerIndexBuilder } from './layer-index-builder.ts';
import { type FilePart, scanFile } from './scan-file.ts';
import type { ScannedMember } from './scanned-member.ts';
import { SparseDigest } from './sparse-digest.ts';
import { TYPE } from './tar-header.ts';
import { TarScan } from './tar-scan.ts';

export interface IndexOptions {
  /** Also read the contents: each file gets the SHA-256 of what is in it. */
  readonly digests?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the bytes passed so far. */
  readonly onRead?: (bytes: number) => void;
  /** Called at once with what the tar is fed to: whoever has it can look at what has come. */
  readonly onBegin?: (reading: LayerReading) => void;
}

export interface IndexFileOptions extends IndexOptions {
  /** Who helps with the contents, of this tar and of others; without one, threads end with the reading. */
  readonly crew?: DigestCrew | undefined;
}

export interface LayerReadingOptions {
  /** Files get the SHA-256 of what is in them: bodies are fed, too. */
  readonly digests?: boolean;
  /** Bytes of the whole tar, where they are known. */
  readonly length?: number;
  /** Called with each file instead: whoever made them gives `finish` the digests of all. */
  readonly onFile?: (body: Body) => void;
}

/** A layer's tar while it is fed. */
export class LayerReading {
  readonly scan: TarScan;
  readonly #builder: LayerIndexBuilder;
  readonly #digests: boolean;
  /** Of the last member, if it is a file whose digest is wanted; bytes of its body that are still to come. */
  #entry = -1;
  #rest = 0;
  #hash: Hash | SparseDigest | undefined;

  constructor({ digests = false, length, onFile }: LayerReadingOptions = {}) {
    this.#builder = new LayerIndexBuilder(length);
    this.#digests = digests;
    this.scan = new TarScan(
      digests && onFile === undefined
        ? {
            onMember: (member) => this.#beginDigest(member, this.#builder.add(member)),
            onBody: (bytes) => this.#digest(bytes),
            onBodyEnd: () => this.#endDigest(),
          }
        : {
            onMember: (member) => {
              const entry = this.#builder.add(member);
              if (onFile === undefined || !isFile(member, entry)) return;
              this.#builder.awaitDigest(entry);
              onFile(member);
            },
          },
    );
  }

  /** Entries so far. */
  get count(): number {
    return this.#builder.count;
  }

  /** What has been read so far, as an index: the tar may go on. */
  soFar(): LayerIndex {
    return this.#builder.soFar();
  }

  /** `digests`: of all files that `onFile` was told of. Errors: `corrupt` where the tar ends in the middle. */
  finish(digests?: Uint8Array): LayerIndex {
    this.scan.end();
    if (digests !== undefined) this.#builder.digests(digests);
    return this.#builder.finish(this.#digests);
  }

  #beginDigest(member: ScannedMember, entry: number | undefined): void {
    const { size, stored, sparse } = member;
    this.#entry = isFile(member, entry) ? entry : -1;
    this.#rest = stored;
    if (this.#entry === -1) return;
    this.#hash =
      sparse === undefined ? undefined : new SparseDigest(createHash('sha256'), { size, stored, sparse });
  }

  #digest(bytes: Buffer): void {
    if (this.#entry === -1) return;
    if (this.#hash === undefined && bytes.length === this.#rest) {
      // Most files come in one piece: they need no hash that is fed.
      // The bytes as a text: a buffer for each takes longer than the digest of a small file.
      this.#builder.digest(this.#entry, Buffer.from(hash('sha256', bytes, 'binary'), 'latin1'));
      this.#entry = -1;
      return;
    }
    this.#hash ??= createHash('sha256');
    this.#hash.update(bytes);
  }

  #endDigest(): void {
    if (this.#entry === -1) return;
    this.#builder.digest(this.#entry, this.#hash?.digest() ?? hash('sha256', '', 'buffer'));
    this.#hash = undefined;
    this.#entry = -1;
  }
}

/** Whether it became an entry that is a file; a file whose name is that of the root is none. */
function isFile({ type }: ScannedMember, entry: number | undefined): entry is number {
  return type === TYPE.file && entry !== undefined && entry !== ROOT;
}

/** Errors: `corrupt` for what is no tar or breaks off, `cancelled`, those of the source. */
export async function indexStream(
  source: AsyncIterable<Buffer>,
  options: IndexOptions = {},
): Promise<LayerIndex> {
  const reading = new LayerReading(options);
  options.onBegin?.(reading);
  for await (const chunk of source) {
    if (options.signal?.aborted) throw cancelled();
    reading.scan.write(chunk);
    options.onRead?.(reading.scan.position);
  }
  return reading.finish();
}

/**
 * The same from a file that holds the tar uncompressed, from `start` on for `length` bytes: bodies are sought over.
 * Errors: as `indexStream`.
 */
export async function indexFile(
  file: FileHandle,
  part: FilePart,
  { digests = false, signal, onRead, onBegin, crew }: IndexFileOptions = {},
): Promise<LayerIndex> {
  const { length } = part;
  if (!digests) {
    const reading = new LayerReading({ length });
    onBegin?.(reading);
    await scanFile(reading.scan, file, part, { signal, onRead });
    return reading.finish();
  }
  const own = crew ?? new DigestCrew();
  const bodies = new FileDigests(file.fd, part, own);
  const reading = new LayerReading({ digests, length, onFile: (body) => bodies.add(body) });
  try {
    onBegin?.(reading);
    await scanFile(reading.scan, file, part, { signal, onRead });
    // A tar that breaks off is not hashed first.
    reading.scan.end();
    return reading.finish(await bodies.finish(signal));
  } finally {
    await bodies.stop();
    if (crew === undefined) await own.close();
  }
}
