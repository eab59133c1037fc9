/** The bytes of files of an image, for whoever wants to look at them. */
import { EngineError } from '../errors.ts';
import type { ContentSource, ImageContents } from './contents.ts';
import { type BodyOptions, fileBodies } from './file-bodies.ts';
import { type EntryPlace, keyOf, linkedFile } from './linked-file.ts';
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
  const [bytes] = await readFiles(source, { indexes }, [place], options);
  return bytes!;
}

/** The same of several at once, in one pass over each of their layers: entries of type `file`. */
export async function readFiles(
  source: ContentSource,
  { indexes }: Pick<ImageContents, 'indexes'>,
  places: readonly EntryPlace[],
  options: BodyOptions = {},
): Promise<Buffer[]> {
  const lengthOf = ({ layer, entry }: EntryPlace): number =>
    Math.min(indexes[layer]!.size(entry), options.most ?? Number.POSITIVE_INFINITY);
  // What is not told of a sparse file stays zero.
  const bodies = new Map(places.map((place) => [keyOf(place), Buffer.alloc(lengthOf(place))]));
  let body: Buffer | undefined;
  for await (const event of fileBodies(source, indexes, places, options))
    if (event.type === 'begin') body = bodies.get(keyOf(event.place));
    else if (event.type === 'bytes') event.bytes.copy(body!, event.position);
  return places.map((place) => bodies.get(keyOf(place))!);
}

function unfit(message: string, hint: string): EngineError {
  return new EngineError({ code: 'bad-input', message, hint });
}
