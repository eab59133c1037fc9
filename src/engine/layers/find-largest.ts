/** The largest files in the layers of many images, each layer looked at once. */
import type { CallOptions } from '../engine.ts';
import { Biggest } from './biggest.ts';
import type { ContentLayer } from './contents.ts';
import { type FoundFile, foundFile } from './find-in-layer.ts';
import { FILE } from './layer-index.ts';
import type { FailedImage, IndexReader, ManyImage } from './read-many.ts';
import { type FileUse, fileUses, type SharedLayer, sharedIndex, sharedLayers } from './shared-layers.ts';
import { Turns } from './turns.ts';

/** A file as one layer has it: it lies on the disk once, whatever images share it. */
export interface LargeFile {
  readonly file: FoundFile;
  readonly layer: ContentLayer;
  readonly uses: readonly FileUse[];
}

export interface Largest {
  /** The largest first. */
  readonly files: readonly LargeFile[];
  readonly failed: readonly FailedImage[];
}

/** Layers looked through so far, of how many. */
export interface SearchedEvent {
  readonly type: 'searched';
  readonly done: number;
  readonly total: number;
}

interface Candidate {
  readonly bytes: number;
  readonly file: FoundFile;
  readonly shared: SharedLayer;
}

const BREATH = 4_096;

/** Errors: `cancelled`. */
export async function* largestFiles(
  images: readonly ManyImage[],
  limit: number,
  reader: IndexReader,
  options: CallOptions = {},
): AsyncGenerator<SearchedEvent, Largest, void> {
  const turns = new Turns(options.signal);
  const failed: FailedImage[] = [];
  const layers = await sharedLayers(images, reader, failed, options);
  const best = new Biggest(limit, byPath);
  for (const [at, shared] of layers.entries()) {
    const index = await sharedIndex(shared, reader, failed, options);
    for (let entry = 0; index !== undefined && entry < index.count; entry++) {
      const bytes = index.size(entry);
      if (index.columns.kinds[entry]! >>> 12 === FILE)
        best.add(bytes, () => ({ bytes, file: foundFile(index, entry), shared }));
      if (entry % BREATH === 0 && turns.due) await turns.take();
    }
    yield { type: 'searched', done: at + 1, total: layers.length };
    if (turns.due) await turns.take();
  }
  const broken = new Set(failed.map(({ image }) => image));
  const files: LargeFile[] = [];
  for (const { file, shared } of best.list()) {
    const readable = {
      ...shared,
      uses: shared.uses.filter(({ image }) => !broken.has(image)),
    };
    files.push({ file, layer: shared.layer, uses: await fileUses(file, readable, reader, options) });
    if (turns.due) await turns.take();
  }
  return { files, failed };
}

function byPath(a: Candidate, b: Candidate): number {
  return Buffer.compare(a.file.path, b.file.path) || (a.shared.key < b.shared.key ? -1 : 1);
}
