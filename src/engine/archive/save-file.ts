/** Saves images to a file that is either whole or not there. */

import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError, type ErrorCode } from '../errors.ts';
import type { ImageMover, SaveOptions, SaveResult, Transfer } from '../transfer.ts';
import { type FaultTable, FOLDER_FAULTS } from '../write-fault.ts';
import { compress } from './compression.ts';
import { sinkFault } from './fault.ts';

export interface SaveFileOptions extends SaveOptions {
  /** Default `none`. */
  readonly compression?: 'none' | 'gzip' | 'zstd';
  /** Whether a file that is there may be replaced. Default false. */
  readonly overwrite?: boolean;
}

export interface SaveFileResult extends SaveResult {
  /** Absolute. */
  readonly path: string;
}

/**
 * Writes beside the target, and gives it its name when all of it is on the disk; nothing is left on a failure.
 * Errors: as `ImageMover.save`; `bad-input` for a path that is taken, a folder, or in no folder; `permission`, `read-only`.
 */
export async function* saveToFile(
  engine: Pick<ImageMover, 'save'>,
  images: readonly string[],
  path: string,
  options: SaveFileOptions = {},
): Transfer<SaveFileResult> {
  const { compression = 'none', overwrite = false, ...saving } = options;
  const target = resolve(path);
  await checkTarget(target, path, overwrite);
  const temporary = join(
    dirname(target),
    `.${basename(target).slice(0, 200)}.${randomBytes(4).toString('hex')}.part`,
  );
  try {
    const { sink, written } = await openSink(temporary, compression);
    const result = yield* endingOnFailure(engine.save(images, sink, saving), sink, written);
    await checkTarget(target, path, overwrite);
    await rename(temporary, target);
    await syncFolder(dirname(target));
    return { ...result, path: target };
  } catch (thrown) {
    throw pathFault(thrown, path);
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** What the file says counts more than that its writer was cut off by it. */
async function* endingOnFailure(
  saving: Transfer<SaveResult>,
  sink: Writable,
  written: Promise<void>,
): Transfer<SaveResult> {
  let fault: unknown;
  written.catch((thrown: unknown) => {
    fault = thrown;
  });
  try {
    const result = yield* saving;
    await written;
    return result;
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code !== 'engine') throw thrown;
    throw fault ?? thrown;
  } finally {
    sink.destroy();
    await written.catch(() => {});
  }
}

/** `written` is settled once the bytes are on the disk, or the file is closed for a failure. */
async function openSink(path: string, compression: 'none' | 'gzip' | 'zstd') {
  const handle = await open(path, 'wx', 0o666);
  // flush: to the disk before it is closed.
  const file = createWriteStream(path, { fd: handle, flush: true, highWaterMark: CHUNK });
  if (compression !== 'none') {
    const sink = compress(compression);
    return { sink, written: pipeline(sink, file) };
  }
  const { promise, resolve: done, reject } = Promise.withResolvers<void>();
  file.once('error', reject);
  file.once('close', () => (file.writableFinished ? done() : reject(file.errored ?? sinkFault(undefined))));
  return { sink: file as Writable, written: promise };
}

/** Bytes that may wait for the disk. */
const CHUNK = 1024 * 1024;

async function checkTarget(target: string, path: string, overwrite: boolean): Promise<void> {
  const facts = await lstat(target).catch((thrown: unknown) => {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw pathFault(thrown, path);
  });
  if (facts === undefined) return;
  if (facts.isDirectory()) throw fault('bad-input', path, 'it is a folder', 'Add a name for the file.');
  // Put in its place, a file would take a device from the whole machine.
  if (!facts.isFile() && !facts.isSymbolicLink())
    throw fault(
      'bad-input',
      path,
      'it is no file',
      'Choose another name; standard output takes it without one.',
    );
  if (!overwrite)
    throw fault(
      'bad-input',
      path,
      'it is there already',
      'Choose another name, or allow it to be replaced (--force).',
    );
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

const PATH_FAULTS: FaultTable = {
  ...FOLDER_FAULTS,
  ENAMETOOLONG: ['bad-input', 'the name is too long', 'Choose a shorter one.'],
};

function pathFault(thrown: unknown, path: string): EngineError {
  const { code = '' } = (thrown ?? {}) as { code?: string };
  const known = thrown instanceof EngineError ? undefined : PATH_FAULTS[code];
  return known === undefined ? sinkFault(thrown) : fault(known[0], path, known[1], known[2], thrown);
}

function fault(code: ErrorCode, path: string, why: string, hint: string, cause?: unknown): EngineError {
  return new EngineError({ code, message: `cannot write ${path}: ${why}`, hint, cause });
}
