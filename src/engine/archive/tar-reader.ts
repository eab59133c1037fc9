/** Reads a tar as it comes. Nothing is ever written under a name that stands in it. */

import type { Readable } from 'node:stream';
import { extract, type Header } from 'tar-stream';
import type { CallOptions } from '../engine.ts';
import { cancelled } from '../errors.ts';
import { archiveFault, damaged, notAnArchive } from './fault.ts';

export interface TarMember {
  /** As it stands in the archive: hostile. */
  readonly name: string;
  readonly type: 'file' | 'link' | 'symlink' | 'directory' | 'other';
  /** What the header claims, in bytes. */
  readonly size: number;
  /** Where a link leads, as it stands in the archive; else `''`. */
  readonly target: string;
  /** To be read before the next member is asked for, or not at all; never in part. */
  readonly body: AsyncIterable<Buffer>;
}

export interface TarOptions extends CallOptions {
  /** Called with the bytes taken from the source so far. */
  readonly onRead?: (bytes: number) => void;
}

/** Far above any image archive; a list of more names than this is an attack on memory. */
const MEMBERS = 200_000;
/** Bytes without a member after which the archive is taken to be over: an end mark may be padded for ever. */
const SILENCE = 16 * 1024 * 1024;

/** Tars from before POSIX have no mark of their format, and a checksum all the same. */
export const ANY_FORMAT: Parameters<typeof extract>[0] & { readonly allowUnknownFormat: true } = {
  allowUnknownFormat: true,
};

const TYPES: Readonly<Record<string, TarMember['type']>> = {
  file: 'file',
  'contiguous-file': 'file',
  link: 'link',
  symlink: 'symlink',
  directory: 'directory',
};

/**
 * The members of an uncompressed tar, in its order; the source is destroyed at the end.
 * Errors: `bad-input` for what is no tar, `corrupt` for one that ends early or is damaged, `cancelled`.
 */
export async function* readTar(
  source: Readable,
  options: TarOptions = {},
): AsyncGenerator<TarMember, void, void> {
  const { signal } = options;
  const parser = extract(ANY_FORMAT);
  let failure: unknown;
  const fail = (thrown: unknown) => {
    failure ??= thrown;
    parser.destroy(thrown as Error);
  };
  const abort = () => fail(cancelled());
  let seen = 0;
  let expected = SILENCE;
  source.on('data', (chunk: Buffer) => {
    seen += chunk.length;
    options.onRead?.(seen);
    if (seen <= expected) return;
    source.unpipe();
    parser.end(undefined);
  });
  source.on('error', fail);
  source.on('close', () => {
    if (!source.readableEnded) fail(source.errored ?? damaged('its source ended in the middle'));
  });
  parser.on('error', (thrown) => {
    failure ??= thrown;
  });
  const closed = new Promise<void>((resolve) => parser.on('close', resolve));
  signal?.addEventListener('abort', abort, { once: true });
  let count = 0;
  // A body that breaks off does not know why; the parser does, a little later.
  const explain = async (thrown: unknown) => {
    await closed;
    return explained(failure ?? thrown, count);
  };
  try {
    if (signal?.aborted) throw cancelled();
    if (source.destroyed) throw source.errored ?? damaged('its source was closed');
    source.pipe(parser as unknown as NodeJS.WritableStream);
    for await (const entry of parser) {
      if (++count > MEMBERS) throw damaged(`it has more than ${MEMBERS} members`);
      const one = member(entry, explain);
      expected = seen + one.size + SILENCE;
      yield one;
      entry.resume();
    }
    if (failure !== undefined) throw failure;
    if (seen === 0) throw notAnArchive('it is empty');
  } catch (thrown) {
    throw explained(failure ?? thrown, count);
  } finally {
    signal?.removeEventListener('abort', abort);
    source.unpipe();
    parser.destroy(null);
    source.destroy();
  }
}

function member(entry: { readonly header: Header }, explain: (thrown: unknown) => Promise<Error>): TarMember {
  // Of types that it does not know the library tells none.
  const { name, type, size, linkname }: Partial<Header> & Pick<Header, 'name' | 'size'> = entry.header;
  async function* body(): AsyncGenerator<Buffer, void, void> {
    try {
      yield* entry as unknown as AsyncIterable<Buffer>;
    } catch (thrown) {
      throw await explain(thrown);
    }
  }
  return { name, type: TYPES[type ?? ''] ?? 'other', size, target: linkname ?? '', body: body() };
}

/** Bytes that are no tar mean something else at the very beginning than later. */
function explained(thrown: unknown, count: number): Error {
  const { message = '' } = thrown as Error;
  if (count === 0 && (message.startsWith('Invalid tar header') || message === 'Unexpected end of data')) {
    return notAnArchive('it is no tar file');
  }
  return archiveFault(thrown);
}
