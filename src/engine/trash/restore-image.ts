/** Puts an image of the trash back into an engine, with its names. */
import { PassThrough } from 'node:stream';
import { saveFrom } from '../embedded/save.ts';
import { Store } from '../embedded/store.ts';
import { presentBlobs, surveyImage } from '../embedded/survey.ts';
import type { Engine } from '../engine.ts';
import { EngineError } from '../errors.ts';
import type { Image } from '../image.ts';
import { shortId } from '../reference.ts';
import { isDigestName } from '../removal-names.ts';
import type { LoadResult, Transfer } from '../transfer.ts';
import { linkBlobs } from './link-image.ts';
import type { Restored } from './trash.ts';
import { rootOf, type TrashEntry } from './trash-item.ts';

export type Outcome = Omit<Restored, 'leftTrash'>;

/** Errors: as `Trash.restore`. */
export async function* restoreImage(
  store: Store,
  { item, root }: Pick<TrashEntry, 'item' | 'root'>,
  engine: Engine,
  options: { readonly signal?: AbortSignal },
): Transfer<Outcome> {
  const isThere = (await engine.list({ ...options, all: true })).some(({ id }) => id === item.id);
  let id = item.id;
  if (isThere) {
    yield {
      type: 'line',
      topic: 'engine',
      text: `${shortId(id)} is there already: only its names are missing`,
    };
  } else if (engine.info.kind === 'embedded') {
    yield* linkBack(store, { item, root }, engine, options);
    id = root.digest;
  } else id = yield* loadBack(store, { item, root }, engine, options);

  const given: string[] = [];
  const taken: { reference: string; id: string }[] = [];
  // What containerd calls a name can be a digest, and no engine gives an image such a one.
  for (const reference of item.references.filter((name) => !isDigestName(name))) {
    // Asked for each: naming is no check, and a name must not be taken from an image that came to it meanwhile.
    const holder = await holderOf(engine, reference, options);
    if (holder !== undefined && holder !== id) {
      taken.push({ reference, id: holder });
      yield {
        type: 'line',
        topic: 'warning',
        text: `${reference} is the name of ${shortId(holder)} by now and stays with it`,
      };
      continue;
    }
    if (holder === undefined) await engine.tag(id, reference, options);
    given.push(reference);
    yield { type: 'line', topic: 'engine', text: `${reference} is back` };
  }
  const now = await engine.inspect(id, options);
  const had = new Set([...item.digests, ...item.references.filter(isDigestName)]);
  const lostDigests = [...had].filter(
    (name) => !now.digests.includes(name) && !now.references.includes(name),
  );
  return { item, id: now.id, sameId: now.id === item.id, references: given, taken, lostDigests };
}

/** Podman also finds images whose names only end with it: those do not have it. */
async function holderOf(
  engine: Engine,
  reference: string,
  options: { readonly signal?: AbortSignal },
): Promise<Image['id'] | undefined> {
  try {
    const { id, references } = await engine.inspect(reference, options);
    return references.includes(reference) ? id : undefined;
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'not-found') return undefined;
    throw thrown;
  }
}

/** The embedded engine's store is a folder like the trash: what both have can be one file. */
async function* linkBack(
  store: Store,
  { item, root }: Pick<TrashEntry, 'item' | 'root'>,
  engine: Engine,
  { signal }: { readonly signal?: AbortSignal },
): Transfer<void> {
  const to = await Store.open(engine.info.address, { create: 'when-needed' });
  const { blobs } = surveyImage(store, await presentBlobs(store), rootOf(root));
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  const own = await store.hold();
  const hold = await to.hold();
  try {
    await own.add(...blobs.map(({ digest }) => digest));
    let done = 0;
    yield { type: 'part', id: 'archive', stage: 'writing', done, total };
    await linkBlobs(store, to, blobs, hold, {
      signal,
      onBytes: (bytes) => {
        done += bytes;
      },
    });
    await to.addDangling(root, { signal, digests: item.digests.filter((one) => one.endsWith(root.digest)) });
    yield { type: 'part', id: 'archive', stage: 'done', done: total, total };
  } finally {
    await own.release();
    await hold.release();
    await to.drop(blobs.map(({ digest }) => digest));
  }
}

/** As an archive without names: an engine gives a name in one to its image, whoever had it. */
async function* loadBack(
  store: Store,
  { item, root }: Pick<TrashEntry, 'item' | 'root'>,
  engine: Engine,
  { signal }: { readonly signal?: AbortSignal },
): Transfer<string> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const pipe = new PassThrough({ highWaterMark: PIPE });
  const saving = drain(saveFrom(store, [root.digest], pipe, { signal: both }));
  // A failure of it closes the pipe, where it is met.
  let fault: unknown;
  saving.catch((thrown: unknown) => {
    fault = thrown;
    pipe.destroy(thrown as Error);
  });
  const loading = engine.load(pipe, { signal: both });
  try {
    for (;;) {
      const next = await loading.next();
      if (next.done) return loadedId(next.value, item.id);
      yield next.value;
    }
  } catch (thrown) {
    throw fault instanceof EngineError && fault === pipe.errored ? fault : thrown;
  } finally {
    stop.abort();
    await loading.return({ images: [] });
    pipe.destroy();
    await saving.catch(() => {});
  }
}

/** Bytes on their way from the store to the engine. */
const PIPE = 1024 * 1024;

async function drain(events: AsyncGenerator<unknown, unknown, void>): Promise<void> {
  for await (const _ of events);
}

function loadedId({ images }: LoadResult, wanted: string): string {
  const [first] = images;
  if (first !== undefined) return images.find(({ id }) => id === wanted)?.id ?? first.id;
  throw new EngineError({
    code: 'engine',
    message: `the engine took ${shortId(wanted)} from the trash and says nothing of an image`,
    hint: 'It stays in the trash. Look at the list of images, and try again.',
  });
}
