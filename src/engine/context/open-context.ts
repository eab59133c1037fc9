/** Opens a build's context, wherever it comes from. */
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openStored } from '../archive/source.ts';
import { cancelled, EngineError } from '../errors.ts';
import { line } from '../text.ts';
import type { BuildContext, ContextOptions } from './build-context.ts';
import { codeOf, unreadable } from './context-fault.ts';
import { openFolder } from './folder-context.ts';
import { type GitAddress, parseGitAddress } from './git-address.ts';
import { checkOut } from './git-checkout.ts';
import { openTar } from './tar-context.ts';

/**
 * `place` is a folder, a git address (`https://….git`, `git@…`, `git://`, `ssh://`, `github.com/…`; with
 * `#ref:folder`), a tar (plain, gzip, bzip2, xz, zstd) as a file or an `http(s)` address, the address of a lone
 * Dockerfile, or `-` for standard input: a tar or a lone Dockerfile. What is there as a path counts first.
 * Errors: `bad-input` (no such folder or Dockerfile, a pattern or a file that cannot be sent), `not-found`,
 * `permission`, `unreachable`, `unauthorized`, `forbidden`, `unsupported` (no git), `cancelled`; once it is read, the
 * stream's failures are the same.
 */
export async function openContext(place: string, options: ContextOptions = {}): Promise<BuildContext> {
  const { dockerfile, signal, stdin = process.stdin, cwd = process.cwd(), env = process.env } = options;
  if (signal?.aborted) throw cancelled();
  const tar = { dockerfile, stdin, signal };
  if (place === '-') {
    if (dockerfile === '-') throw stdinTwice();
    return await openTar(await openStored('-', { stdin }), { ...tar, kind: 'stdin' });
  }
  const path = resolve(cwd, place);
  const found = await statOf(path, place);
  if (found?.isDirectory()) {
    const facts = { dockerfile, stdin, cwd, signal, mayLeave: true, isCheckout: false, name: line(place) };
    return await openFolder(await realpath(path), facts);
  }
  if (found !== undefined) {
    return await openTar({ ...(await openStored(path, {})), name: line(place) }, { ...tar, kind: 'file' });
  }
  const address = parseGitAddress(place);
  if (address !== undefined) return await openRepository(address, options);
  if (/^https?:\/\//i.test(place)) {
    const stored = await openStored(place, { env, ...(signal && { signal }) });
    return await openTar(stored, { ...tar, kind: 'address' });
  }
  throw missing(place);
}

async function openRepository(address: GitAddress, options: ContextOptions): Promise<BuildContext> {
  const { dockerfile, signal, stdin = process.stdin, env = process.env } = options;
  const { folder, remove } = await checkOut(address, { env, signal });
  try {
    return await openFolder(folder, {
      ...{ dockerfile, stdin, cwd: folder, signal, name: address.name, release: remove },
      // What others wrote must not name files of this machine.
      mayLeave: false,
      isCheckout: true,
    });
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

async function statOf(path: string, place: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (thrown) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(thrown))) return undefined;
    if (codeOf(thrown) === 'ELOOP') throw missing(place);
    throw unreadable(thrown, place);
  }
}

function missing(place: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `cannot build from ${line(place)}: there is no such folder or file`,
    hint: 'Name a folder, a tar, a git repository (https://….git) or an address; "-" reads standard input.',
  });
}

function stdinTwice(): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: 'standard input cannot be both the context and the Dockerfile',
    hint: 'Name a folder as the context, or leave out --file.',
  });
}
