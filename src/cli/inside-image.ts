/** What is inside an image that a command line names: one of the engine's, an archive on disk, one in a registry. */
import type { ContentSource, ImageContents } from '../engine/layers/contents.ts';
import { layerIndexCache } from '../engine/layers/index-folder.ts';
import { contentPlace, openContents } from '../engine/layers/open-contents.ts';
import { readContents } from '../engine/layers/read-contents.ts';
import type { Context } from './context.ts';
import { ReadingLine } from './progress/reading-line.ts';
import { withTagsThere } from './tags-there.ts';

/** Where its layers are read from. Errors: EngineError. */
export async function sourceOf(context: Context, name: string): Promise<ContentSource> {
  const { registries } = await context.config();
  const source = await openContents(async () => (await context.connect()).engine, name, {
    env: context.io.env,
    insecureRegistries: registries.insecure,
  });
  if (contentPlace(name).kind !== 'engine') return source;
  const { engine } = await context.connect();
  return {
    where: source.where,
    tars: (wanted, options) => source.tars(wanted, options),
    describe: (options) =>
      withTagsThere(engine, name, options?.signal ?? context.signal, () => source.describe(options)),
  };
}

/** Only what nobody has read yet is read; on a terminal stderr tells how far that is. Errors: EngineError. */
export async function insideOf(
  context: Context,
  name: string,
  options: { readonly digests?: boolean } = {},
): Promise<ImageContents> {
  return contentsOf(context, await sourceOf(context, name), name, options);
}

/** The same, of a source that is used for more than that. */
export async function contentsOf(
  context: Context,
  source: ContentSource,
  name: string,
  { digests = false }: { readonly digests?: boolean } = {},
): Promise<ImageContents> {
  const { io, signal } = context;
  const line = new ReadingLine(context);
  const reading = readContents(source, { cache: layerIndexCache(io.env), digests, signal, partial: false });
  try {
    for (;;) {
      const step = await reading.next();
      if (step.done) return step.value;
      if (step.value.type === 'read') line.show({ what: `reading ${name}`, ...step.value });
    }
  } finally {
    line.end();
    await reading.return(undefined as never);
  }
}
