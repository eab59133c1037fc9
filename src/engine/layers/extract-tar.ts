/** Files of an image as a tar, in one pass over each of their layers. */
import type { Writable } from 'node:stream';
import { memberHeader } from '../archive/member-header.ts';
import { TarSink } from '../archive/tar-sink.ts';
import type { Transfer } from '../transfer.ts';
import type { ContentSource, ImageContents, TarOptions } from './contents.ts';
import type { ExtractItem } from './extract-items.ts';
import { ExtractProgress } from './extract-progress.ts';
import { fileBodies } from './file-bodies.ts';
import { itemNames } from './item-names.ts';
import { keyOf } from './linked-file.ts';

const ZEROS = Buffer.alloc(64 * 1024);

export interface ExtractTarResult {
  /** Bytes of the tar. */
  readonly bytes: number;
  readonly leftOut: readonly { readonly path: string; readonly type: string }[];
}

/**
 * `name`: what they stand under, `''` for `.`. Folders and symbolic links come first, then files as their layers have
 * them, each followed by its further names as hard links; devices and pipes are left out. Ends `sink`; on a failure it is
 * destroyed. Errors: `corrupt`, those of the source and of the sink, `cancelled`.
 */
export async function* extractTar(
  source: ContentSource,
  { indexes }: Pick<ImageContents, 'indexes'>,
  items: readonly ExtractItem[],
  name: string,
  sink: Writable,
  { signal }: Pick<TarOptions, 'signal'> = {},
): Transfer<ExtractTarResult> {
  const progress = new ExtractProgress(items);
  const stop = new AbortController();
  const until = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const tar = new TarSink(sink, until);
  const work = writeTar(source, indexes, items, Buffer.from(name === '' ? '.' : name), tar, progress, until);
  try {
    yield* progress.while(work);
  } finally {
    stop.abort();
    await work.catch(() => {});
    tar.destroy();
  }
  yield* progress.end();
  return { bytes: tar.bytes, leftOut: progress.result().leftOut };
}

async function writeTar(
  source: ContentSource,
  indexes: ImageContents['indexes'],
  items: readonly ExtractItem[],
  top: Buffer,
  tar: TarSink,
  progress: ExtractProgress,
  signal: AbortSignal,
): Promise<void> {
  const nameOf = (item: ExtractItem): Buffer =>
    item.path.length === 0 ? top : Buffer.concat([top, Buffer.from('/'), item.path]);
  for (const item of items) {
    if (item.type !== 'directory' && item.type !== 'symlink') continue;
    await tar.write(
      memberHeader({
        ...item,
        mtime: item.mtime ?? 0,
        type: item.type,
        name: nameOf(item),
        link: item.target,
        size: 0,
      }),
    );
    progress.made(1);
  }
  const names = itemNames(items);
  const wanted = [...names.values()].map(([first]) => first!.body!);
  const onRead = (bytes: number, total: number | undefined): void => progress.read(bytes, total);
  let now: readonly ExtractItem[] = [];
  let written = 0;
  const fill = async (position: number): Promise<void> => {
    while (written < position) {
      const length = Math.min(ZEROS.length, position - written);
      await tar.write(ZEROS.subarray(0, length));
      written += length;
    }
  };
  for await (const event of fileBodies(source, indexes, wanted, { onRead, signal })) {
    if (event.type === 'begin') {
      now = names.get(keyOf(event.place))!;
      written = 0;
      const [first] = now;
      await tar.write(
        memberHeader({
          ...first!,
          mtime: first!.mtime ?? 0,
          type: 'file',
          name: nameOf(first!),
          link: first!.target,
        }),
      );
    } else if (event.type === 'bytes') {
      await fill(event.position);
      // The stream may keep it for longer than it may be looked at.
      await tar.write(Buffer.from(event.bytes));
      written += event.bytes.length;
      progress.wrote(event.bytes.length);
    } else {
      const [first, ...others] = now;
      await fill(first!.size);
      await tar.pad(first!.size);
      for (const other of others)
        await tar.write(
          memberHeader({
            ...other,
            mtime: other.mtime ?? 0,
            type: 'hardlink',
            name: nameOf(other),
            link: nameOf(first!),
            size: 0,
          }),
        );
      progress.made(now.length);
    }
  }
  await tar.end();
}
