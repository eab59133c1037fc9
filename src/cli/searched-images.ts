/** The images that a search goes through: those a command line names, or all of the engine. */
import { stat } from 'node:fs/promises';
import type { Engine } from '../engine/engine.ts';
import { asEngineError, type EngineError } from '../engine/errors.ts';
import type { Image } from '../engine/image.ts';
import { contentPlace } from '../engine/layers/open-contents.ts';
import type { ManyImage } from '../engine/layers/read-many.ts';
import { shortId } from '../engine/reference.ts';
import type { Context } from './context.ts';
import { sourceOf } from './inside-image.ts';
import { withTagsThere } from './tags-there.ts';

export interface SearchedImage extends ManyImage {
  /** All of its names. */
  readonly names: readonly string[];
}

export interface NotThere {
  readonly name: string;
  readonly error: EngineError;
}

/** Errors: those of connecting and listing. */
export async function searchedImages(
  context: Context,
  named: readonly string[],
): Promise<{ readonly images: readonly SearchedImage[]; readonly failed: readonly NotThere[] }> {
  if (named.length === 0) return { images: await allImages(context), failed: [] };
  const images = new Map<string, SearchedImage>();
  const failed: NotThere[] = [];
  for (const name of named) {
    try {
      const image = await namedImage(context, name);
      if (!images.has(image.id)) images.set(image.id, image);
    } catch (thrown) {
      const error = asEngineError(thrown);
      if (error.code === 'cancelled' || error.code === 'unreachable') throw error;
      failed.push({ name, error });
    }
  }
  return { images: [...images.values()], failed };
}

async function allImages(context: Context): Promise<SearchedImage[]> {
  const { engine } = await context.connect();
  const listed = await engine.list({ signal: context.signal });
  return listed
    .map((image) => ofEngine(engine, image))
    .sort(
      (a, b) => Number(a.names.length === 0) - Number(b.names.length === 0) || (a.name < b.name ? -1 : 1),
    );
}

async function namedImage(context: Context, name: string): Promise<SearchedImage> {
  const { signal } = context;
  const place = contentPlace(name);
  if (place.kind === 'engine') {
    const { engine } = await context.connect();
    const found = await withTagsThere(engine, name, signal, () => engine.inspect(name, { signal }));
    return ofEngine(engine, found, name);
  }
  const source = await sourceOf(context, name);
  // Whether it is there is told before anything else is read.
  await source.describe({ signal });
  const size = place.kind === 'archive' ? (await stat(place.path)).size : 0;
  return { id: name, name, names: [name], size, source };
}

function ofEngine(
  engine: Engine,
  { id, references, size }: Pick<Image, 'id' | 'references' | 'size'>,
  asked?: string,
): SearchedImage {
  const name = asked ?? references[0] ?? shortId(id);
  return { id, name, names: references, size, source: engine.contents(id) };
}
