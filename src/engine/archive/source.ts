/** Opens what is to be loaded or imported: a file, an address, or standard input. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { CallOptions } from '../engine.ts';
import { EngineError, type ErrorCode } from '../errors.ts';
import { type Compression, decompress } from './compression.ts';

export interface ArchiveSource {
  /** Its plain bytes; to be destroyed where it is not read to its end. */
  readonly stream: Readable;
  /** Bytes as stored or sent; undefined where that is not known beforehand. */
  readonly size: number | undefined;
  /** How it was packed. */
  readonly compression: Compression;
  /** For people: a file's name, an address without its secrets, `stdin`. */
  readonly name: string;
  /** Bytes taken so far, in the same count as `size`. */
  read(): number;
}

export interface SourceOptions extends CallOptions {
  /** Default: the process's own. */
  readonly stdin?: Readable & { readonly isTTY?: boolean };
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What is opened, before it is unpacked. */
export interface StoredBytes {
  readonly stream: Readable;
  readonly size: number | undefined;
  readonly name: string;
  read(): number;
}

/** Bytes read at a time. */
const CHUNK = 1024 * 1024;

/**
 * `place` is a path, an `http://` or `https://` address, or `-` for standard input. How it is packed is told by
 * its first bytes. Errors: `not-found`, `bad-input` for a folder, `permission`, `unreachable`, `unauthorized`,
 * `forbidden`, `unsupported`, `cancelled`.
 */
export async function openSource(place: string, options: SourceOptions = {}): Promise<ArchiveSource> {
  const stored = await openStored(place, options);
  const { stream, size, name } = stored;
  try {
    const unpacked = await decompress(stream);
    return {
      stream: unpacked.stream,
      compression: unpacked.compression,
      size,
      name,
      read: () => stored.read(),
    };
  } catch (thrown) {
    stream.destroy();
    throw fileFault(thrown, name);
  }
}

/** As `openSource`, with its bytes as they are stored. */
export async function openStored(place: string, options: SourceOptions): Promise<StoredBytes> {
  if (place === '-') return openInput(options.stdin ?? process.stdin);
  if (/^https?:\/\//i.test(place)) {
    const { openAddress } = await import('./web-source.ts');
    return await openAddress(place, options.env ?? process.env, options.signal);
  }
  return await openFile(place);
}

async function openFile(path: string): Promise<StoredBytes> {
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw isFolder(path);
    const stream = createReadStream(path, { highWaterMark: CHUNK });
    const size = facts.isFile() ? facts.size : undefined;
    return { stream, size, name: basename(path), read: () => stream.bytesRead };
  } catch (thrown) {
    throw fileFault(thrown, path);
  }
}

function openInput(stdin: Readable & { readonly isTTY?: boolean }): StoredBytes {
  if (stdin.isTTY) {
    throw new EngineError({
      code: 'bad-input',
      message: 'nothing is sent to standard input',
      hint: 'Name a file, or send one: … < FILE',
    });
  }
  const { bytesRead: before = 0 } = stdin as { bytesRead?: number };
  const read = () => ((stdin as { bytesRead?: number }).bytesRead ?? before) - before;
  return { stream: stdin, size: undefined, name: 'stdin', read };
}

export function isFolder(path: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `${path} is a folder, not an archive`,
    hint: 'An OCI image layout is opened as it is with --store DIR; a root file system is packed with: tar -C DIR -c .',
  });
}

const FAULTS: Readonly<Record<string, readonly [ErrorCode, why: string, hint: string]>> = {
  ENOENT: ['not-found', 'there is no such file', 'Check the path.'],
  ENOTDIR: ['not-found', 'something on the way there is not a folder', 'Check the path.'],
  EACCES: ['permission', 'permission denied', 'Let your user read the file.'],
  EPERM: ['permission', 'operation not permitted', 'Let your user read the file.'],
  ENAMETOOLONG: ['bad-input', 'the path is too long', 'Check the path.'],
  ELOOP: ['bad-input', 'its links lead in a circle', 'Check the path.'],
  EIO: ['corrupt', 'the disk reported an error', 'Check the disk: the system log tells more.'],
};

/** What reading a file fails with, in words a person can act on; anything else as it is. */
export function fileFault(thrown: unknown, path: string): unknown {
  const { code = '' } = (thrown ?? {}) as { code?: string };
  const [kind, why, hint] = (thrown instanceof EngineError ? undefined : FAULTS[code]) ?? [];
  if (kind === undefined) return thrown;
  return new EngineError({
    code: kind,
    message: `cannot read ${path}: ${why}`,
    hint: hint ?? '',
    cause: thrown,
  });
}
