/** Secrets for Podman, which takes them as files of the context and moves them out of it before it begins. */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { padding, tarHeader } from '../../archive/tar-block.ts';
import type { BuildSecret } from '../../build.ts';
import { EngineError } from '../../errors.ts';

export interface PodmanSecrets {
  /** The `secrets` parameter; undefined where there are none. */
  readonly query: string | undefined;
  /** The context with the secrets in it. Errors: `unsupported` for one packed in a way that nothing can be put in front of. */
  in(context: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
}

/** Largest secret; the engines have the same limit. */
const MAX_SECRET = 500 << 10;

/** Source: Podman's `pkg/api/handlers/compat/images_build.go`: `secrets=["id=ID,src=FILE"]`. Errors: those of reading a secret. */
export async function podmanSecrets(secrets: readonly BuildSecret[]): Promise<PodmanSecrets> {
  if (secrets.length === 0) return { query: undefined, in: (context) => context };
  const entries: Buffer[] = [];
  const words: string[] = [];
  for (const secret of secrets) {
    const name = `podman-build-secret${randomUUID().replaceAll('-', '')}`;
    const data = await secret.read();
    if (data.length > MAX_SECRET || secret.id.includes(',')) throw refused(secret, data.length > MAX_SECRET);
    entries.push(tarHeader(name, data.length), Buffer.from(data), padding(data.length));
    words.push(`id=${secret.id},src=${name}`);
  }
  return { query: JSON.stringify(words), in: (context) => prefixed(Buffer.concat(entries), context) };
}

async function* prefixed(
  entries: Buffer,
  context: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  let isFirst = true;
  for await (const chunk of context) {
    if (isFirst) yield packedAs(chunk, entries);
    isFirst = false;
    yield chunk;
  }
}

/** Packed archives can be strung together as plain ones can. */
function packedAs(begin: Uint8Array, entries: Buffer): Buffer {
  const head = Buffer.from(begin.subarray(0, 6)).toString('latin1');
  if (head.startsWith('\u001f\u008b')) return gzipSync(entries);
  if (!head.startsWith('BZh') && head !== '\u00fd7zXZ\u0000') return entries;
  throw new EngineError({
    code: 'unsupported',
    message:
      'cannot build with secrets: Podman takes them only with a context that is plain or packed with gzip',
    hint: 'Unpack the context, or pack it with gzip.',
  });
}

function refused({ id }: BuildSecret, isLarge: boolean): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: isLarge
      ? `the secret ${id} is larger than 500 KiB`
      : `the secret ${id} cannot be given to Podman: its id has a comma`,
    hint: isLarge ? 'Give a file of credentials, not data.' : 'Give it another id.',
  });
}
