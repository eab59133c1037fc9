/** The bytes of one file of an image, for whoever wants to look at it. */
import { EngineError } from '../errors.ts';
import type { ContentSource, ImageContents } from './contents.ts';
import { type BodyOptions, fileBodies } from './file-bodies.ts';
import { linkedFile } from './linked-file.ts';
import { shownPath } from './shown-path.ts';

/** Bytes that a buffer may have; beyond that a file is read in parts. */
const LARGEST = 1024 ** 3;

/**
 * The first `most` bytes of a file, or all of them; a hard link is followed. Only as much of its layer is read as it needs.
 * Errors: `bad-input` for what is no file or too large to be held, `corrupt`, those of the source, `cancelled`.
 */
export async function readFile(
  source: ContentSource,
  { indexes }: Pick<ImageContents, 'indexes'>,
  layer: number,
  entry: number,
  options: BodyOptions = {},
): Promise<Buffer> {
  const place = linkedFile(indexes, { layer, entry });
  const index = indexes[place.layer]!;
  const type = index.type(place.entry);
  const path = shownPath(indexes[layer]!.path(entry));
  if (type !== 'file')
    throw unfit(`/${path} is no file`, `It is a ${type.replace('-', ' ')}: choose a file.`);
  const length = Math.min(index.size(place.entry), options.most ?? Number.POSITIVE_INFINITY);
  if (length > LARGEST) throw unfit(`/${path} is too large to be held in memory`, 'Extract it to disk.');
  // What is not told of a sparse file stays zero.
  const bytes = Buffer.alloc(length);
  for await (const event of fileBodies(source, indexes, [place], options))
    if (event.type === 'bytes') event.bytes.copy(bytes, event.position);
  return bytes;
}

function unfit(message: string, hint: string): EngineError {
  return new EngineError({ code: 'bad-input', message, hint });
}
