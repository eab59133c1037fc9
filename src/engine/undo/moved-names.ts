/** What takes a name away from another image in passing: pulls, builds, loads, imports and commits. */
import type { CallOptions, Engine } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import type { Image } from '../image.ts';
import { parseReference } from '../reference.ts';
import type { LoadResult, Transfer } from '../transfer.ts';
import { type ChangeAction, type ChangedImage, imageFromList, type NameHolder } from './change.ts';
import type { Recorder } from './recorder.ts';
import type { Seen } from './seen.ts';

interface Moving<Result> extends CallOptions {
  readonly action: ChangeAction;
  /** Names that will be given. */
  readonly names: readonly string[];
  /** The image that has them afterwards; `''` where that is not told. */
  readonly imageOf: (result: Result) => string;
}

/** Names of images that are here; what is no name, or nobody's, is none. */
async function holders(seen: Seen, names: readonly string[], options: CallOptions): Promise<HeldName[]> {
  const held: HeldName[] = [];
  for (const text of names) {
    try {
      const name = parseReference(text).withDefaultTag();
      if (name.digest !== '') continue;
      const image = await seen.holder(name.familiar(), options);
      if (image !== undefined) held.push({ name: name.familiar(), image });
    } catch {
      // What is wrong with a name or an engine is told by the call itself.
    }
  }
  return held;
}

interface HeldName {
  readonly name: string;
  readonly image: ChangedImage;
}

/** Nothing is written where the names are nobody's: then nothing is taken away. */
export async function* movingNames<Event, Result>(
  recorder: Recorder,
  seen: Seen,
  moving: Moving<Result>,
  begin: () => AsyncGenerator<Event, Result, void>,
): AsyncGenerator<Event, Result, void> {
  const end = await beginMove(recorder, seen, moving);
  let left: unknown = leftEarly(moving.action);
  try {
    const result = yield* begin();
    left = undefined;
    await end({ result });
    return result;
  } catch (thrown) {
    left = thrown;
    throw thrown;
  } finally {
    if (left !== undefined) await end({ thrown: left });
  }
}

/** The same for what is no generator. */
export async function movingName<Result>(
  recorder: Recorder,
  seen: Seen,
  moving: Moving<Result>,
  call: () => Promise<Result>,
): Promise<Result> {
  const end = await beginMove(recorder, seen, moving);
  try {
    const result = await call();
    await end({ result });
    return result;
  } catch (thrown) {
    await end({ thrown });
    throw thrown;
  }
}

type Ended<Result> = { readonly result: Result } | { readonly thrown: unknown };

/** What is to be told of the end. */
async function beginMove<Result>(
  recorder: Recorder,
  seen: Seen,
  moving: Moving<Result>,
): Promise<(ended: Ended<Result>) => Promise<void>> {
  const held = await holders(seen, moving.names, moving);
  const change = recorder.change({
    action: moving.action,
    subject: moving.names.join(' '),
    images: uniqueImages(held),
    names: held.map(({ name, image }) => ({ name, image: image.id })),
  });
  const isWritten = held.length > 0 && (await recorder.tryBegin(change));
  return async (ended) => {
    seen.forget();
    if (!isWritten) return;
    if ('thrown' in ended) await recorder.end(change, {}, asEngineError(ended.thrown));
    else await recorder.end(change, { given: await nowHeld(seen, held, moving.imageOf(ended.result)) });
  };
}

/**
 * An archive tells its names only when it has been read, so these are written down afterwards: a nacre that is killed
 * in the middle leaves no record of them.
 */
export async function* movingLoadedNames(
  recorder: Recorder,
  seen: Seen,
  engine: Engine,
  options: CallOptions,
  begin: () => Transfer<LoadResult>,
): Transfer<LoadResult> {
  const before = await engine.list(options).catch((): Image[] => []);
  const result = yield* seenAnew(seen, begin());
  const owners = new Map(before.flatMap((image) => image.references.map((name) => [name, image] as const)));
  const moved = result.images.flatMap(({ id, references }) =>
    references.flatMap((name) => {
      const owner = owners.get(name);
      return owner === undefined || owner.id === id ? [] : [{ name, image: imageFromList(owner), now: id }];
    }),
  );
  if (moved.length === 0) return result;
  const change = recorder.change({
    action: 'load',
    subject: moved.map(({ name }) => name).join(' '),
    images: uniqueImages(moved),
    names: moved.map(({ name, image }) => ({ name, image: image.id })),
  });
  if (await recorder.tryBegin(change))
    await recorder.end(change, { given: moved.map(({ name, now }) => ({ name, image: now })) });
  return result;
}

/** What was known of images may be different afterwards, however it ends. */
async function* seenAnew<Event, Result>(
  seen: Seen,
  events: AsyncGenerator<Event, Result, void>,
): AsyncGenerator<Event, Result, void> {
  try {
    return yield* events;
  } finally {
    seen.forget();
  }
}

async function nowHeld(seen: Seen, held: readonly HeldName[], id: string): Promise<NameHolder[]> {
  const given: NameHolder[] = [];
  for (const { name } of held) {
    const image = id !== '' ? id : (await seen.holder(name).catch(() => undefined))?.id;
    if (image !== undefined) given.push({ name, image });
  }
  return given;
}

function uniqueImages(held: readonly HeldName[]): ChangedImage[] {
  return [...new Map(held.map(({ image }) => [image.id, image])).values()];
}

function leftEarly(action: ChangeAction): EngineError {
  return new EngineError({ code: 'cancelled', message: `the ${action} was ended before its end`, hint: '' });
}
