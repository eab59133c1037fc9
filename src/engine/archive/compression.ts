/** Packing and unpacking of whole archives. */
import { spawn } from 'node:child_process';
import { pipeline, Readable, type Transform } from 'node:stream';
import { constants, createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { EngineError } from '../errors.ts';
import { damaged } from './fault.ts';
import { isSkippable, ZstdFrames } from './zstd-frames.ts';

export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

/** First bytes. Sources: RFC 1952; RFC 8878; the formats' own descriptions. */
const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];
export const SNIFFED = 6;

/** Bytes that leave an unpacker at a time: large ones cost the readers less. */
const CHUNK = 256 * 1024;

/** How something is packed, by its first six bytes. */
export function sniff(head: Uint8Array): Compression {
  if (isSkippable(head)) return 'zstd';
  const found = MAGIC.find(([, magic]) => magic.every((byte, at) => head[at] === byte));
  return found?.[0] ?? 'none';
}

export interface Unpacked {
  readonly stream: Readable;
  readonly compression: Compression;
}

/**
 * The plain bytes of something packed in any of these ways, or not at all. gzip and zstd are unpacked here;
 * for bzip2 and xz the machine's program is started. What `stream` fails with goes through `archiveFault`.
 * Memory: a few chunks; at most 128 MiB for zstd's window.
 */
export async function decompress(source: Readable): Promise<Unpacked> {
  const { head, stream } = await peek(source, SNIFFED);
  const compression = sniff(head);
  return { compression, stream: unpacked(stream, compression) };
}

/** A stream to pipe an archive through. gzip at its usual level 6, zstd at 3. */
export function compress(kind: 'gzip' | 'zstd'): Transform {
  if (kind === 'gzip') return createGzip({ chunkSize: CHUNK });
  return createZstdCompress({
    chunkSize: CHUNK,
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

function unpacked(stream: Readable, compression: Compression): Readable {
  if (compression === 'none') return stream;
  if (compression === 'bzip2' || compression === 'xz') return unpackedBy(compression, stream);
  // Failures arrive at the unpacker, which ends with them.
  if (compression === 'gzip') return pipeline(stream, createGunzip({ chunkSize: CHUNK }), () => {});
  return pipeline(stream, new ZstdFrames(), createZstdDecompress({ chunkSize: CHUNK }), () => {});
}

/** The first bytes of a stream (fewer where it has no more), and the stream as if nobody had looked. */
export async function peek(source: Readable, length: number): Promise<{ head: Buffer; stream: Readable }> {
  const chunks: Buffer[] = [];
  let have = 0;
  while (have < length) {
    const chunk = source.read() as Buffer | string | null;
    if (chunk !== null) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      chunks.push(bytes);
      have += bytes.length;
    } else if (!(await isMore(source))) {
      const head = Buffer.concat(chunks);
      return { head, stream: Readable.from(have === 0 ? [] : [head], { objectMode: false }) };
    }
  }
  const head = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  // In the same tick as the last read: a stream that had no more would end for good at the next one.
  source.unshift(head);
  return { head, stream: source };
}

/** Waits for more; false at the end. */
function isMore(source: Readable): Promise<boolean> {
  if (source.readableEnded) return Promise.resolve(false);
  if (source.errored !== null) return Promise.reject(source.errored);
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      source.off('readable', more).off('end', end).off('error', fail).off('close', close);
      then();
    };
    const more = () => settle(() => resolve(true));
    const end = () => settle(() => resolve(false));
    const fail = (thrown: Error) => settle(() => reject(thrown));
    const close = () => settle(() => reject(damaged('its source was closed')));
    source.on('readable', more).on('end', end).on('error', fail).on('close', close);
  });
}

function unpackedBy(program: 'bzip2' | 'xz', source: Readable): Readable {
  const child = spawn(program, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = `${said}${text}`.slice(0, 1_000);
    });
    child.on('error', (cause) => reject(noProgram(program, cause)));
    child.on('close', (status) => {
      if (status === 0) resolve();
      else reject(damaged(`${program} cannot unpack it (${said.trim() || `status ${status}`})`));
    });
  });
  ended.catch(() => {});
  pipeline(source, child.stdin, () => {});
  async function* output(): AsyncGenerator<Buffer, void, void> {
    try {
      yield* child.stdout as AsyncIterable<Buffer>;
      await ended;
    } finally {
      child.kill();
    }
  }
  return Readable.from(output(), { objectMode: false, highWaterMark: CHUNK });
}

function noProgram(program: 'bzip2' | 'xz', cause: Error): EngineError {
  return new EngineError({
    code: 'unsupported',
    message: `the archive is packed with ${program}, and this machine has no program ${program}`,
    hint: `Install ${program === 'xz' ? 'xz (xz-utils)' : 'bzip2'}, or unpack the archive elsewhere: gzip and zstd need nothing.`,
    cause,
  });
}
