/** A tar, or a lone Dockerfile, from a file, an address or standard input as a build's context. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { decompress, peek, sniff } from '../archive/compression.ts';
import { archiveFault } from '../archive/fault.ts';
import type { StoredBytes } from '../archive/source.ts';
import { BLOCK, isTarHeader } from '../archive/tar-block.ts';
import { cancelled, EngineError } from '../errors.ts';
import type { BuildContext } from './build-context.ts';
import { ChunkPool } from './chunk-pool.ts';
import { shown } from './context-fault.ts';
import { contextStream } from './context-stream.ts';
import { readDockerfile } from './lone-dockerfile.ts';
import { addBytes, TarChunks } from './tar-chunks.ts';

export interface TarFacts {
  readonly kind: 'file' | 'address' | 'stdin';
  /** As `ContextOptions.dockerfile`: a path within the tar. */
  readonly dockerfile: string | undefined;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly signal: AbortSignal | undefined;
}

/** Sends a tar as it is; engines unpack gzip, bzip2 and xz. Errors: `bad-input` for what is neither, and those of the source. */
export async function openTar(stored: StoredBytes, facts: TarFacts): Promise<BuildContext> {
  const { signal, kind } = facts;
  const name = stored.name;
  // It can fail while nobody reads; whoever reads next is told.
  stored.stream.on('error', () => {});
  const stop = () => stored.stream.destroy(cancelled());
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    const { head, stream } = await peek(stored.stream, BLOCK);
    const packing = sniff(head);
    if (packing === 'none' && !isTarHeader(head)) {
      if (kind === 'file') throw notATar(name, head);
      if (facts.dockerfile !== undefined) throw twoDockerfiles(name, facts.dockerfile);
      return loneContext(await readDockerfile(stream, name, signal), name, signal);
    }
    // Not all engines know it.
    const isUnpacked = packing === 'zstd' || facts.dockerfile === '-';
    const tar = isUnpacked ? (await decompress(stream)).stream : stream;
    if (facts.dockerfile !== '-')
      return tarContext(tar, facts.dockerfile ?? 'Dockerfile', undefined, name, facts, stored);
    const bytes = await readDockerfile(facts.stdin, 'standard input', signal);
    // Named by what it says, so that the engine's cache knows the context again.
    const path = `.nacre-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.Dockerfile`;
    return tarContext(withFile(tar, path, bytes), path, bytes.toString('utf8'), name, facts, stored);
  } catch (thrown) {
    await end(stored.stream);
    throw signal?.aborted ? cancelled(thrown) : archiveFault(thrown);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** A context of nothing but a Dockerfile. */
function loneContext(bytes: Buffer, name: string, signal: AbortSignal | undefined): BuildContext {
  const dockerfile = 'Dockerfile';
  async function* chunks() {
    const tar = new TarChunks(new ChunkPool());
    yield* addBytes(tar, dockerfile, bytes);
    yield* tar.end();
  }
  const { stream, bytes: sent, close } = contextStream(chunks(), signal);
  const text = bytes.toString('utf8');
  return {
    ...{ stream, dockerfile, text, file: undefined, name, warnings: [], close },
    sent: () => ({ bytes: sent(), files: sent() > 0 ? 1 : 0, ignored: 0 }),
  };
}

function tarContext(
  chunks: AsyncIterable<Uint8Array>,
  dockerfile: string,
  text: string | undefined,
  name: string,
  { signal }: TarFacts,
  stored: StoredBytes,
): BuildContext {
  const { stream, bytes, close } = contextStream(faultsOf(chunks), signal, {
    interrupt: () => stored.stream.destroy(),
    release: () => end(stored.stream),
  });
  return {
    ...{ stream, dockerfile, text, file: undefined, name, warnings: [], close },
    sent: () => ({ bytes: bytes(), files: 0, ignored: 0 }),
  };
}

/** Nothing of it is open afterwards. */
async function end(source: Readable): Promise<void> {
  source.destroy();
  if (!source.closed) await once(source, 'close').catch(() => {});
}

async function* faultsOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* chunks;
  } catch (thrown) {
    throw archiveFault(thrown);
  }
}

async function* withFile(
  tar: AsyncIterable<Uint8Array>,
  path: string,
  bytes: Buffer,
): AsyncGenerator<Uint8Array, void, void> {
  const chunks = new TarChunks(new ChunkPool());
  yield* addBytes(chunks, path, bytes);
  yield* chunks.takeAll();
  yield* tar;
}

function notATar(name: string, head: Buffer): EngineError {
  const isText = head.length > 0 && !head.includes(0);
  return new EngineError({
    code: 'bad-input',
    message: `cannot build from ${shown(name)}: it is no tar${head.length === 0 ? ', but empty' : ''}`,
    hint: isText
      ? 'If it is a Dockerfile, name its folder and use --file PATH.'
      : 'Name a folder, or a tar (plain, or packed with gzip, bzip2, xz or zstd).',
  });
}

function twoDockerfiles(name: string, dockerfile: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `${shown(name)} is no tar but a Dockerfile, and so is ${dockerfile === '-' ? 'standard input' : shown(dockerfile)}`,
    hint: 'Leave out --file, or build from a folder or a tar.',
  });
}
