/** A Dockerfile that comes by itself, through a stream. */
import type { Readable } from 'node:stream';
import { cancelled, EngineError } from '../errors.ts';

/** Bytes. The largest that people write have some ten thousand. */
const LONGEST = 4 * 1024 * 1024;

/** Reads all of it; `name` for messages. Errors: `bad-input` for what is none, `cancelled`, and those of the stream. */
export async function readDockerfile(
  source: Readable & { readonly isTTY?: boolean },
  name: string,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const stop = () => source.destroy(cancelled());
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) throw cancelled();
    return await readAll(source, name);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function readAll(source: Readable & { readonly isTTY?: boolean }, name: string): Promise<Buffer> {
  if (source.isTTY) throw unfit(name, 'nothing is sent there', 'Send a Dockerfile: … < Dockerfile');
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source as AsyncIterable<Buffer | string>) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    length += bytes.length;
    if (length > LONGEST || bytes.includes(0)) throw neither(name);
    chunks.push(bytes);
  }
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString('latin1').trim();
  if (text === '') throw unfit(name, 'nothing came', 'Send a Dockerfile, or a tar with one in it.');
  if (text.startsWith('<')) {
    throw unfit(
      name,
      'it is a web page',
      'The address of a git repository ends in .git; that of a tar leads to the file itself.',
    );
  }
  return bytes;
}

const neither = (name: string): EngineError =>
  unfit(
    name,
    'it is neither a tar nor a Dockerfile',
    'A tar may be plain, or packed with gzip, bzip2, xz or zstd.',
  );

function unfit(name: string, why: string, hint: string): EngineError {
  return new EngineError({ code: 'bad-input', message: `cannot build from ${name}: ${why}`, hint });
}
