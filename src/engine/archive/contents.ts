/** What is inside an image of an archive on disk: nothing is loaded, and no byte of it is copied. */
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { cancelled, EngineError } from '../errors.ts';
import { contentImage, readDocument } from '../layers/content-image.ts';
import type { ContentImage, ContentSource, LayerTar, TarOptions } from '../layers/contents.ts';
import { digestOf } from '../oci/digest.ts';
import { parsePlatform } from '../oci/platform.ts';
import { line } from '../text.ts';
import { chooseArchived, chooseVariant, findArchived } from './archived-images.ts';
import { decompress, SNIFFED, sniff } from './compression.ts';
import { archiveFault, damaged, shown } from './fault.ts';
import { layerStream } from './layer-stream.ts';
import { findMembers, findPackedMembers, type MemberPlace, type Members } from './members.ts';
import { fileFault, isFolder } from './source.ts';
import { StreamParts } from './stream-parts.ts';

export interface ArchiveContentsOptions {
  /** `linux/arm64`; default: this machine's, else the first. */
  readonly platform?: string | undefined;
}

/** Bytes read at a time. */
const CHUNK = 1024 * 1024;

interface Found {
  readonly image: ContentImage;
  /** Of each layer, in the archive as it is unpacked. */
  readonly layers: readonly MemberPlace[];
  /** Changes with the file. */
  readonly version: string;
}

/**
 * `path`: what `docker save`, `podman save` or any tool that knows OCI layouts wrote, plain or packed. `image`: which one
 * of several, by name or id. Of a plain archive only headers are read, and its layers where they lie; a packed one is gone
 * through once to be described, and once more for its layers.
 * Errors: `not-found`, `bad-input`, `corrupt`, `unsupported`, `permission`.
 */
export function archiveContents(
  path: string,
  image?: string,
  options: ArchiveContentsOptions = {},
): ContentSource {
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform);
  const called = line(basename(path));
  let found: Found | undefined;

  async function find(file: FileHandle, facts: BigIntStats, signal: TarOptions['signal']): Promise<Found> {
    const version = versionOf(facts);
    const members = (await isPacked(file))
      ? await findPacked(file, Number(facts.size), signal)
      : await findMembers(file, Number(facts.size), signal);
    const chosen = chooseArchived(await findArchived(members), image, called);
    const { configBytes, layers } = chooseVariant(chosen, platform, called);
    const name = shown(image ?? chosen.names[0] ?? called);
    // Nobody has checked what the archive says of itself, so its layers are known as this file's only.
    const keptBy = layers.map(({ start }) => digestOf(`${version} ${start}`));
    return {
      image: contentImage({ name, id: chosen.id }, readDocument(name, configBytes), keptBy),
      layers,
      version,
    };
  }

  return {
    where: called,
    async describe({ signal } = {}) {
      return await opened(path, async (file, facts) => {
        found = await find(file, facts, signal);
        return found.image;
      });
    },
    async *tars(wanted, { signal, onRead = () => {} } = {}) {
      const { file, facts } = await openFile(path);
      try {
        if (found === undefined) found = await find(file, facts, signal);
        else if (found.version !== versionOf(facts)) throw damaged(`${called} was changed meanwhile`);
        const reading = { file, layers: found.layers, wanted, signal, onRead };
        return yield* (await isPacked(file)) ? packedTars(reading, Number(facts.size)) : plainTars(reading);
      } catch (thrown) {
        throw fileFault(thrown, path);
      } finally {
        await file.close();
      }
    },
  };
}

async function findPacked(file: FileHandle, size: number, signal: TarOptions['signal']): Promise<Members> {
  const source = streamOf(file, 0, size);
  const { stream } = await decompress(source);
  try {
    return await findPackedMembers(stream as AsyncIterable<Buffer>, signal);
  } catch (thrown) {
    throw archiveFault(thrown);
  } finally {
    stream.destroy();
    source.destroy();
  }
}

interface Reading {
  readonly file: FileHandle;
  readonly layers: readonly MemberPlace[];
  readonly wanted: ReadonlySet<number>;
  readonly signal: TarOptions['signal'];
  readonly onRead: NonNullable<TarOptions['onRead']>;
}

async function* plainTars({
  file,
  layers,
  wanted,
  signal,
  onRead,
}: Reading): AsyncGenerator<LayerTar, number[]> {
  const places = layers.flatMap((_, at) => (wanted.has(at) ? [at] : []));
  const total = places.reduce((sum, at) => sum + layers[at]!.size, 0);
  let before = 0;
  for (const at of places) {
    if (signal?.aborted) throw cancelled();
    const { start, size } = layers[at]!;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED), 0, SNIFFED, start);
    if (bytesRead < SNIFFED) throw damaged('it ends in the middle');
    if (sniff(buffer) === 'none') yield { kind: 'file', layer: at, handle: file, start, length: size };
    else {
      const source = streamOf(file, start, size);
      yield* layerStream(source, at, (bytes) => onRead(before + bytes, total));
    }
    before += size;
    onRead(before, total);
  }
  return places;
}

/** In the order in which they stand in it. */
async function* packedTars(
  { file, layers, wanted, signal, onRead }: Reading,
  size: number,
): AsyncGenerator<LayerTar, number[]> {
  const given: number[] = [];
  const order = [...wanted].sort((a, b) => layers[a]!.start - layers[b]!.start);
  const source = streamOf(file, 0, size, (bytes) => onRead(bytes, size));
  const { stream } = await decompress(source);
  const rest = new StreamParts(stream);
  try {
    for (const at of order) {
      if (signal?.aborted) throw cancelled();
      const { start, size: length } = layers[at]!;
      // The same member twice was given the first time.
      if (start < rest.position) continue;
      await rest.skipTo(start);
      given.push(at);
      yield* layerStream(rest.until(start + length), at);
    }
    return given;
  } catch (thrown) {
    throw archiveFault(thrown);
  } finally {
    stream.destroy();
    source.destroy();
  }
}

async function opened<T>(
  path: string,
  work: (file: FileHandle, facts: BigIntStats) => Promise<T>,
): Promise<T> {
  const { file, facts } = await openFile(path);
  try {
    return await work(file, facts);
  } catch (thrown) {
    throw fileFault(thrown, path);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<{ file: FileHandle; facts: BigIntStats }> {
  let file: FileHandle | undefined;
  try {
    // Asked first: a pipe would be waited for.
    const kind = await stat(path);
    if (kind.isDirectory()) throw isFolder(path);
    if (!kind.isFile()) throw noFile(path);
    file = await open(path);
    return { file, facts: await file.stat({ bigint: true }) };
  } catch (thrown) {
    await file?.close();
    throw fileFault(thrown, path);
  }
}

function noFile(path: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `${path} is no file, and what comes only once cannot be looked into`,
    hint: 'Write it to a file first.',
  });
}

function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

async function isPacked(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED), 0, SNIFFED, 0);
  return sniff(buffer.subarray(0, bytesRead)) !== 'none';
}

/** A stream of Node's own would close the handle, which is its opener's. */
function streamOf(
  file: FileHandle,
  start: number,
  length: number,
  onRead: (bytes: number) => void = () => {},
): Readable {
  async function* chunks(): AsyncGenerator<Buffer, void, void> {
    for (let at = 0; at < length; ) {
      const size = Math.min(CHUNK, length - at);
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, start + at);
      if (bytesRead === 0) throw damaged('it ends in the middle');
      at += bytesRead;
      onRead(at);
      yield buffer.subarray(0, bytesRead);
    }
  }
  return Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK });
}
