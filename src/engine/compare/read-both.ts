/** Reads two images so that what they share is read once. */
import type { CallOptions } from '../engine.ts';
import type { ContentImage, ContentSource, ImageContents } from '../layers/contents.ts';
import type { LayerIndexCache } from '../layers/layer-index-cache.ts';
import { readContents } from '../layers/read-contents.ts';
import type { Sources } from './file-diff.ts';

export interface ReadBothOptions extends CallOptions {
  readonly cache: LayerIndexCache;
  /** Contents are read, too, where that is needed to tell files apart. */
  readonly digests: boolean;
  /** Called before each is read, and with the bytes read of it so far, of how many where that is known. */
  readonly onRead?: (side: keyof Sources, bytes: number, total: number | undefined) => void;
}

/** One after the other; what the first has left in the cache, the second does not ask for. Errors: those of the sources, `cancelled`. */
export async function readBoth(
  sources: Sources,
  options: ReadBothOptions,
): Promise<Readonly<Record<keyof Sources, ImageContents>>> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const [one, other] = await Promise.all([sources.before.describe(call), sources.after.describe(call)]);
  const read = (side: keyof Sources): Promise<ImageContents> => readOne(sources[side], side, options);
  // An engine gives only whole images: of two, one of which stands on the other, the upper one brings all layers.
  if (holds(other, one)) {
    const after = await read('after');
    return { before: await read('before'), after };
  }
  return { before: await read('before'), after: await read('after') };
}

function holds(upper: ContentImage, lower: ContentImage): boolean {
  const layers = new Set(upper.layers.map(({ diffId }) => diffId));
  return lower.layers.every(({ diffId }) => layers.has(diffId));
}

async function readOne(
  source: ContentSource,
  side: keyof Sources,
  { cache, digests, signal, onRead }: ReadBothOptions,
): Promise<ImageContents> {
  onRead?.(side, 0, undefined);
  const reading = readContents(source, {
    cache,
    digests,
    partial: false,
    ...(signal !== undefined && { signal }),
  });
  try {
    for (;;) {
      const step = await reading.next();
      if (step.done) return step.value;
      if (step.value.type === 'read') onRead?.(side, step.value.bytes, step.value.total);
    }
  } finally {
    await reading.return(undefined as never);
  }
}
