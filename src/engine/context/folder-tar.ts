/**
 * The tar of a folder. Small files are read in the midst of the event loop, because a trip to another thread
 * costs more than the reading; when the disk does not answer at once, they are fetched by many at a time before.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { ChunkPool } from './chunk-pool.ts';
import { isGone, shown, unreadable } from './context-fault.ts';
import { type FoundEntry, onDisk, type WalkOptions, walkFolder } from './folder-walk.ts';
import { readBody } from './large-body.ts';
import { addBytes, TarChunks } from './tar-chunks.ts';
import { headerOf } from './tar-entry.ts';

/** Bytes up to which a file is read at once. */
const SMALL = 256 * 1024;
/** Milliseconds after which others get their turn. */
const TURN = 4;
/** Milliseconds for one small file; a disk that takes longer is slow. */
const PROMPT = 5;
/** Files fetched at a time from a slow disk. */
const FETCHED = 64;
/** Neither follows a link that took a file's place, nor waits at a FIFO that did. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface FolderTarOptions extends WalkOptions {
  /** Files that are not in the folder, or have other bytes there; `WalkOptions.never` names them too. */
  readonly extra: ReadonlyMap<string, Buffer>;
  onFile(): void;
}

/** Owners are root; hard links are files of their own. What fails is an EngineError that names the file. */
export async function* tarOfFolder(
  root: string,
  pool: ChunkPool,
  options: FolderTarOptions,
): AsyncGenerator<Buffer, void, void> {
  const chunks = new TarChunks(pool);
  for (const [path, bytes] of options.extra) {
    yield* addBytes(chunks, path, bytes);
    options.onFile();
  }
  let turn = performance.now();
  for await (const run of walkFolder(root, options)) {
    let isSlow = false;
    let fetched = 0;
    for (const [at, entry] of run.entries()) {
      if (isSlow && at >= fetched) {
        await fetchFiles(root, run.slice(at, at + FETCHED));
        fetched = at + FETCHED;
        isSlow = false;
      }
      const start = performance.now();
      const large = put(root, entry, chunks, options);
      const end = performance.now();
      isSlow ||= end - start > PROMPT;
      if (chunks.hasFull) yield* chunks.takeFull();
      if (large !== undefined) yield* body(large, entry, chunks, pool);
      if (end - turn < TURN) continue;
      await setImmediate();
      turn = performance.now();
    }
  }
  yield* chunks.end();
}

interface LargeFile {
  readonly file: number;
  readonly size: number;
}

/** Puts an entry into the tar; of a large file only the header. */
function put(
  root: string,
  entry: FoundEntry,
  chunks: TarChunks,
  options: FolderTarOptions,
): LargeFile | undefined {
  try {
    const large = entry.kind === 'file' ? putFile(root, entry, chunks) : putOther(root, entry, chunks);
    options.onFile();
    return large;
  } catch (thrown) {
    if (!isGone(thrown)) throw unreadable(thrown, entry.path);
    options.onWarning(`passed over ${shown(entry.path)}: it was removed or replaced meanwhile`);
    return undefined;
  }
}

function putFile(root: string, { name }: FoundEntry, chunks: TarChunks): LargeFile | undefined {
  const file = openSync(onDisk(root, name), FLAGS);
  let isKept = false;
  try {
    const stats = fstatSync(file);
    const { size, mode, mtimeMs } = stats;
    if (!stats.isFile()) throw replaced();
    const header = headerOf({ name, type: 'file', mode, size, mtime: seconds(mtimeMs) });
    if (size > SMALL) {
      chunks.begin(header);
      isKept = true;
      return { file, size };
    }
    chunks.add(header, size, (into, at) => readWhole(file, into, at, size));
    return undefined;
  } finally {
    if (!isKept) closeSync(file);
  }
}

/** As many bytes as there are, up to `size`. */
function readWhole(file: number, into: Buffer, at: number, size: number): number {
  let have = 0;
  while (have < size) {
    const read = readSync(file, into, at + have, size - have, have);
    if (read === 0) break;
    have += read;
  }
  return have;
}

function putOther(root: string, { name, kind }: FoundEntry, chunks: TarChunks): undefined {
  const place = onDisk(root, name);
  const stats = lstatSync(place);
  const { mode, mtimeMs, rdev } = stats;
  if (!isStill(stats, kind)) throw replaced();
  const header = headerOf({
    name: kind === 'folder' ? withSlash(name) : name,
    type: kind,
    mode: kind === 'symlink' ? 0o777 : mode,
    size: 0,
    mtime: seconds(mtimeMs),
    ...(kind === 'symlink' && { target: readlinkSync(place, 'buffer') }),
    ...((kind === 'char' || kind === 'block') && { rdev }),
  });
  chunks.add(header);
}

async function* body(
  { file, size }: LargeFile,
  { path }: FoundEntry,
  chunks: TarChunks,
  pool: ChunkPool,
): AsyncGenerator<Buffer, void, void> {
  try {
    yield* chunks.takeAll();
    yield* readBody(file, size, path, pool);
    chunks.pad(size);
  } finally {
    closeSync(file);
  }
}

/** Into the machine's memory, many at a time. What fails here is told when it is read. */
async function fetchFiles(root: string, entries: readonly FoundEntry[]): Promise<void> {
  await Promise.all(
    entries.map(async ({ kind, name }) => {
      if (kind !== 'file') return;
      const file = await open(onDisk(root, name), FLAGS).catch(() => undefined);
      await file?.read(Buffer.allocUnsafe(SMALL), 0, SMALL, 0).catch(() => {});
      await file?.close();
    }),
  );
}

function isStill(stats: Stats, kind: FoundEntry['kind']): boolean {
  if (kind === 'folder') return stats.isDirectory();
  if (kind === 'symlink') return stats.isSymbolicLink();
  if (kind === 'fifo') return stats.isFIFO();
  return kind === 'char' ? stats.isCharacterDevice() : stats.isBlockDevice();
}

/** Told as what the system says of a file that became something else. */
const replaced = (): Error => Object.assign(new Error('replaced'), { code: 'ENXIO' });

const withSlash = (name: string | Buffer): string | Buffer =>
  typeof name === 'string' ? `${name}/` : Buffer.concat([name, Buffer.from('/')]);

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);
