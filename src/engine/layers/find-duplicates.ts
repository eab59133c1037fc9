/** Files of equal content in the layers of many images: what is on the disk more than once. */
import type { CallOptions } from '../engine.ts';
import { ContentCounts } from './content-counts.ts';
import type { ContentLayer } from './contents.ts';
import { type FoundFile, foundFile } from './find-in-layer.ts';
import type { SearchedEvent } from './find-largest.ts';
import { FILE, type LayerIndex } from './layer-index.ts';
import type { FailedImage, IndexReader, ManyImage } from './read-many.ts';
import { type LayerUse, type SharedLayer, sharedIndex, sharedLayers } from './shared-layers.ts';
import { Turns } from './turns.ts';

export interface DuplicatePlace {
  readonly file: FoundFile;
  readonly layer: ContentLayer;
  readonly uses: readonly LayerUse[];
}

/** One content that lies in more than one place; a layer that images share counts once. */
export interface Duplicate {
  /** `sha256:…` */
  readonly digest: string;
  readonly size: number;
  readonly copies: number;
  /** Those of all copies but one. */
  readonly bytes: number;
  /** The first of its places. */
  readonly places: readonly DuplicatePlace[];
}

export interface Duplicates {
  /** What takes most first. */
  readonly contents: readonly Duplicate[];
  /** All contents that are there more than once, also those that are not among `contents`, and the bytes of their copies. */
  readonly count: number;
  readonly bytes: number;
  readonly failed: readonly FailedImage[];
}

/** Places of one content that are told. */
const PLACES = 200;
const BREATH = 2_048;
const DIGEST = 32;

/** `reader` has to read digests. Layers are gone through twice: to count, then to name what counts most. Errors: `cancelled`. */
export async function* duplicateFiles(
  images: readonly ManyImage[],
  limit: number,
  reader: IndexReader,
  options: CallOptions = {},
): AsyncGenerator<SearchedEvent, Duplicates, void> {
  const turns = new Turns(options.signal);
  const failed: FailedImage[] = [];
  const layers = await sharedLayers(images, reader, failed, options);
  const counts = new ContentCounts();
  const total = layers.length * 2;
  const readable: SharedLayer[] = [];
  for (const [at, shared] of layers.entries()) {
    const index = await sharedIndex(shared, reader, failed, options);
    if (index !== undefined) {
      readable.push(shared);
      for (const file of files(index)) {
        if (file === undefined) {
          if (turns.due) await turns.take();
        } else counts.add(file.digests, file.at, file.size);
      }
    }
    yield { type: 'searched', done: at + 1, total };
  }
  const least = Math.max(1, counts.least(limit));
  const found = new Map<string, { size: number; copies: number; places: DuplicatePlace[] }>();
  for (const [at, shared] of readable.entries()) {
    const index = await sharedIndex(shared, reader, failed, options);
    for (const file of index === undefined ? [] : files(index)) {
      if (file === undefined) {
        if (turns.due) await turns.take();
        continue;
      }
      const copies = counts.count(file.digests, file.at);
      if (copies < 2 || (copies - 1) * file.size < least) continue;
      const digest = Buffer.from(file.digests.subarray(file.at, file.at + DIGEST)).toString('hex');
      const known = found.get(digest) ?? { size: file.size, copies: 0, places: [] };
      found.set(digest, known);
      known.copies++;
      if (known.places.length < PLACES)
        known.places.push({
          file: foundFile(index!, file.entry),
          layer: shared.layer,
          uses: shared.uses,
        });
    }
    yield { type: 'searched', done: layers.length + at + 1, total };
  }
  const contents = [...found]
    .filter(([, { copies }]) => copies > 1)
    .map(([digest, { size, copies, places }]) => ({
      digest: `sha256:${digest}`,
      size,
      copies,
      bytes: (copies - 1) * size,
      places,
    }))
    .sort((a, b) => b.bytes - a.bytes || (a.digest < b.digest ? -1 : 1))
    .slice(0, limit);
  return { contents, count: counts.repeated, bytes: counts.bytes, failed };
}

interface HashedFile {
  readonly entry: number;
  readonly digests: Uint8Array;
  /** Where its digest begins. */
  readonly at: number;
  readonly size: number;
}

/** Files with a digest; undefined now and then, so that others can have their turn. */
function* files(index: LayerIndex): Generator<HashedFile | undefined> {
  const { digests, kinds } = index.columns;
  if (digests === undefined) return;
  let at = 0;
  for (let entry = 0; entry < index.count; entry++) {
    if (entry % BREATH === BREATH - 1) yield undefined;
    if (kinds[entry]! >>> 12 !== FILE) continue;
    yield { entry, digests, at, size: index.size(entry) };
    at += DIGEST;
  }
}
