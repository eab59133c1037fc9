/** Gathers what is in an image: from the cache what is known, from its source only what is missing. */
import { damagedPart } from '../archive/fault.ts';
import type { CallOptions } from '../engine.ts';
import { cancelled } from '../errors.ts';
import type { ContentImage, ContentSource, ContentsEvent, ImageContents, LayerTar } from './contents.ts';
import { DigestCrew } from './digest-crew.ts';
import { Gathering } from './gathering.ts';
import type { LayerIndex } from './layer-index.ts';
import type { LayerIndexCache } from './layer-index-cache.ts';
import { type ReadTarOptions, readTar } from './read-tar.ts';

export interface ReadContentsOptions extends CallOptions {
  /** Without one, everything is read. */
  readonly cache?: LayerIndexCache | undefined;
  /** Also hash the contents of files; what was indexed without is read again. */
  readonly digests?: boolean;
  /** Tell of layers while they come, too; default true. */
  readonly partial?: boolean;
}

/**
 * Tells of each layer once it is known: at once of those that lie in the cache, of others also while they come. An image
 * whose layers are all known reads nothing. Results in all of them.
 * Errors: those of the source, `corrupt` where a layer is damaged or missing, `cancelled`.
 */
export async function* readContents(
  source: ContentSource,
  options: ReadContentsOptions = {},
): AsyncGenerator<ContentsEvent, ImageContents> {
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const image = await source.describe(call);
  yield { type: 'described', image };
  const gathering = new Gathering(image, options);
  yield* gathering.recall();
  const missing = gathering.missing();
  if (missing.size === 0) return gathering.result();
  const crew = new DigestCrew();
  let bytes = 0;
  let total: number | undefined;
  const tars = source.tars(missing, {
    ...call,
    onRead: (read, whole) => {
      bytes = read;
      total = whole;
    },
  });
  try {
    // What comes after the last one that is missing is of no use.
    while (gathering.missing().size > 0) {
      const next = await tars.next();
      if (options.signal?.aborted) throw cancelled();
      if (next.done) {
        yield* gathering.end(next.value);
        break;
      }
      const tar = next.value;
      const isNeeded = tar.layer === undefined || gathering.isMissing(tar.layer);
      const index = isNeeded
        ? yield* told(tar, image, { ...options, crew }, function* (soFar) {
            yield { type: 'read', bytes, total };
            if (soFar !== undefined) yield* gathering.partial(tar, soFar);
          })
        : undefined;
      yield* gathering.add(tar, index);
    }
    return gathering.result();
  } finally {
    await crew.close();
    await tars.return([]);
    await gathering.kept();
  }
}

/** The same without a word on the way. Errors: as `readContents`. */
export async function wholeContents(
  source: ContentSource,
  options: Omit<ReadContentsOptions, 'partial'> = {},
): Promise<ImageContents> {
  const reading = readContents(source, { ...options, partial: false });
  for (;;) {
    const step = await reading.next();
    if (step.done) return step.value;
  }
}

async function* told(
  tar: LayerTar,
  image: ContentImage,
  options: ReadTarOptions,
  tell: (soFar: LayerIndex | undefined) => Generator<ContentsEvent>,
): AsyncGenerator<ContentsEvent, LayerIndex> {
  const reading = readTar(tar, options);
  try {
    for (;;) {
      const step = await reading.next();
      if (step.done) return step.value;
      yield* tell(step.value);
    }
  } catch (thrown) {
    const which = tar.layer === undefined ? 'a layer' : `layer ${tar.layer + 1}`;
    throw damagedPart(`${which} of ${image.name}`, thrown);
  } finally {
    await reading.return(undefined as never);
  }
}
