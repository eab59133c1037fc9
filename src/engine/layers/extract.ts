/** Puts files of an image on the disk: one file, or a folder with all in it. */
import { writeSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import type { Transfer } from '../transfer.ts';
import type { ContentSource, ImageContents, TarOptions } from './contents.ts';
import type { ExtractItem } from './extract-items.ts';
import { type ExtractPlace, takenItems } from './extract-place.ts';
import { ExtractProgress } from './extract-progress.ts';
import { ExtractTarget } from './extract-target.ts';
import { type BodyEvent, fileBodies } from './file-bodies.ts';
import { itemNames } from './item-names.ts';
import { keyOf } from './linked-file.ts';
import { shownPath } from './shown-path.ts';
import { Turns } from './turns.ts';

export interface ExtractOptions extends Pick<TarOptions, 'signal'> {
  /** What becomes of each file that is there already: `refuse` (the default) refuses everything before anything is written. */
  readonly existing?: 'refuse' | 'keep' | 'replace' | ((path: string) => Promise<'keep' | 'replace'>);
}

export interface ExtractResult {
  /** Absolute: where it is now. */
  readonly path: string;
  readonly files: number;
  readonly folders: number;
  /** Symbolic links. */
  readonly links: number;
  readonly bytes: number;
  /** Files that were there and stayed. */
  readonly kept: number;
  /** Devices and pipes, which are never made. */
  readonly leftOut: readonly { readonly path: string; readonly type: string }[];
}

/**
 * Writes `items` (of `stackedItems` or `layerItems`) to a place that `placeFor` found. Owners are those of whoever runs
 * this; modes and times are those of the image; names of one file stay names of one file. A fresh folder gets its name
 * when all is in it, and nothing is left of it on a failure; into one that is there, each file comes whole or not at all.
 * Errors: `bad-input`, `permission`, `read-only`, `no-space`, `corrupt`, those of the source, `cancelled`.
 */
export async function* extract(
  source: ContentSource,
  { indexes }: Pick<ImageContents, 'indexes'>,
  items: readonly ExtractItem[],
  place: ExtractPlace,
  { signal, existing = 'refuse' }: ExtractOptions = {},
): Transfer<ExtractResult> {
  const taken = await takenItems(place, items);
  if (existing === 'refuse' && taken.length > 0) throw refusal(place, taken);
  const kept = new Set<ExtractItem>();
  for (const item of taken) {
    const path = shownPath(item.path) || place.root;
    if (existing === 'keep' || (typeof existing === 'function' && (await existing(path)) === 'keep'))
      kept.add(item);
  }
  const left = items.filter((item) => !kept.has(item));
  const target = new ExtractTarget(place.root, {
    fresh: place.fresh && items[0]?.type === 'directory',
    replace: taken.length > kept.size,
  });
  const progress = new ExtractProgress(left);
  const stop = new AbortController();
  const until = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const work = writeAll(source, indexes, left, target, progress, until);
  try {
    yield* progress.while(work);
  } catch (thrown) {
    const told = target.isFresh ? undefined : progress.broken();
    if (told !== undefined) yield { type: 'line', topic: 'warning', text: told };
    throw thrown;
  } finally {
    // Whoever leaves early waits until nothing more is written.
    stop.abort();
    await work.catch(() => {});
  }
  yield* progress.end();
  return { path: place.root, ...progress.result(), kept: kept.size };
}

async function writeAll(
  source: ContentSource,
  indexes: ImageContents['indexes'],
  items: readonly ExtractItem[],
  target: ExtractTarget,
  progress: ExtractProgress,
  signal: AbortSignal,
): Promise<void> {
  const turns = new Turns(signal);
  try {
    await turns.take();
    for (const item of items) {
      if (turns.due) await turns.take();
      if (item.type === 'directory') target.makeFolder(item);
      else if (item.type === 'symlink') target.makeSymlink(item);
      else continue;
      progress.made(1);
    }
    await writeFiles(source, indexes, items, target, progress, turns, signal);
    target.finish();
  } finally {
    await target.close();
  }
}

/** Files and their further names, in one pass over each layer. */
async function writeFiles(
  source: ContentSource,
  indexes: ImageContents['indexes'],
  items: readonly ExtractItem[],
  target: ExtractTarget,
  progress: ExtractProgress,
  turns: Turns,
  signal: AbortSignal,
): Promise<void> {
  const names = itemNames(items);
  const wanted = [...names.values()].map(([first]) => first!.body!);
  const onRead = (bytes: number, total: number | undefined): void => progress.read(bytes, total);
  const bodies = fileBodies(source, indexes, wanted, { onRead, signal });
  try {
    for (;;) {
      const next = await bodies.next();
      if (next.done) return;
      if (next.value.type !== 'begin') continue;
      const [first, ...others] = names.get(keyOf(next.value.place))!;
      await target.makeFile(first!, (file) => fillFile(file, bodies, progress, turns));
      for (const other of others) target.makeLink(other, first!);
      if (turns.due) await turns.take();
      progress.made(1 + others.length);
    }
  } finally {
    await bodies.return(undefined);
  }
}

/** How far it was written. */
async function fillFile(
  file: number,
  bodies: AsyncGenerator<BodyEvent>,
  progress: ExtractProgress,
  turns: Turns,
): Promise<number> {
  let end = 0;
  for (;;) {
    const next = await bodies.next();
    if (next.done || next.value.type !== 'bytes') return end;
    const { bytes, position } = next.value;
    for (let done = 0; done < bytes.length; )
      done += writeSync(file, bytes, done, bytes.length - done, position + done);
    end = position + bytes.length;
    progress.wrote(bytes.length);
    if (turns.due) await turns.take();
  }
}

function refusal(place: ExtractPlace, taken: readonly ExtractItem[]): EngineError {
  const [first] = taken;
  const path = first!.path.length === 0 ? place.root : `${place.root}/${shownPath(first!.path)}`;
  const more = taken.length > 1 ? ` and ${taken.length - 1} more` : '';
  return new EngineError({
    code: 'bad-input',
    message: `cannot write ${path}${more}: ${taken.length > 1 ? 'they are' : 'it is'} there already`,
    hint: 'Choose another place, or allow what is there to be replaced (--force).',
  });
}
