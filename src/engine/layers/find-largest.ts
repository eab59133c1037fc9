/** The largest files in the layers of many images, each layer looked at once. */
import type { CallOptions } from '../engine.ts';
import type { ContentLayer } from './contents.ts';
import { type FoundFile, foundFile } from './find-in-layer.ts';
import { FILE_TYPES } from './layer-index.ts';
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
  readonly file: FoundFile;
  readonly shared: SharedLayer;
}

const FILE = FILE_TYPES.indexOf('file');
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
  const best = new Best(limit);
  for (const [at, shared] of layers.entries()) {
    const index = await sharedIndex(shared, reader, failed, options);
    for (let entry = 0; index !== undefined && entry < index.count; entry++) {
      const { kinds, sizes } = index.columns;
      if (kinds[entry]! >>> 12 === FILE && best.takes(sizes[entry]!))
        best.add({ file: foundFile(index, entry), shared });
      if (entry % BREATH === 0 && turns.due) await turns.take();
    }
    yield { type: 'searched', done: at + 1, total: layers.length };
    if (turns.due) await turns.take();
  }
  const broken = new Set(failed.map(({ image }) => image));
  const files: LargeFile[] = [];
  for (const { file, shared } of best.all()) {
    const readable = {
      ...shared,
      uses: shared.uses.filter(({ image }) => !broken.has(image)),
    };
    files.push({ file, layer: shared.layer, uses: await fileUses(file, readable, reader, options) });
    if (turns.due) await turns.take();
  }
  return { files, failed };
}

/** The largest of all that are offered. */
class Best {
  readonly #limit: number;
  #files: Candidate[] = [];
  /** What is not larger cannot be among them any more. */
  #least = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  takes(size: number): boolean {
    return size > 0 && size >= this.#least;
  }

  add(candidate: Candidate): void {
    this.#files.push(candidate);
    // Cut now and then only: a sort for each would be slow.
    if (this.#files.length >= 4 * this.#limit) this.#cut();
  }

  all(): readonly Candidate[] {
    this.#cut();
    return this.#files;
  }

  #cut(): void {
    this.#files = this.#files.sort(bySize).slice(0, this.#limit);
    if (this.#files.length === this.#limit) this.#least = this.#files.at(-1)?.file.size ?? 0;
  }
}

function bySize(a: Candidate, b: Candidate): number {
  return (
    b.file.size - a.file.size ||
    Buffer.compare(a.file.path, b.file.path) ||
    (a.shared.key < b.shared.key ? -1 : 1)
  );
}
