/** Fetches one state of a git repository into a temporary folder. */
import { mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { codeOf } from './context-fault.ts';
import { within } from './dockerfile-place.ts';
import type { GitAddress } from './git-address.ts';
import { type GitRun, git } from './git-program.ts';

export interface Checkout {
  /** Absolute, without links. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** As shallow as the server allows, with submodules. Errors: as `git`, `not-found` for the folder. */
export async function checkOut(
  address: GitAddress,
  { env, signal }: Pick<GitRun, 'env' | 'signal'>,
): Promise<Checkout> {
  const top = await realpath(await mkdtemp(join(env['TMPDIR'] || tmpdir(), 'nacre-git-')));
  const remove = () => rm(top, { recursive: true, force: true, maxRetries: 3 });
  try {
    const run: GitRun = { folder: top, env, signal, name: address.name };
    await git(['init', '--quiet', '--template='], run);
    await git(['remote', 'add', '--', 'origin', address.remote], run);
    const state = await fetchRef(address.ref, run);
    await git(['checkout', '--quiet', '--force', '--detach', state], run);
    await fetchSubmodules(top, run);
    return { folder: await folderIn(top, address), remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** What to check out. */
async function fetchRef(ref: string, run: GitRun): Promise<string> {
  const fetch = (...args: readonly string[]) => git(['fetch', '--quiet', ...args], run);
  try {
    await fetch('--no-tags', '--depth=1', '--', 'origin', ref);
  } catch (thrown) {
    const { code = '', detail = '' } = thrown instanceof EngineError ? thrown : {};
    if (/dumb http|shallow/i.test(detail)) {
      // The plainest of servers only hand out files.
      await fetch('--no-tags', '--', 'origin', ref);
    } else if (code === 'not-found' && /^[0-9a-f]{7,64}$/.test(ref)) {
      // Few servers hand out a commit by its name alone, and none by a part of it.
      await fetch('--', 'origin', '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*');
      return (
        await git(['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`], run).catch(() => {
          throw thrown;
        })
      ).trim();
    } else throw thrown;
  }
  return 'FETCH_HEAD';
}

async function fetchSubmodules(top: string, run: GitRun): Promise<void> {
  const isThere = await stat(join(top, '.gitmodules')).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  const update = ['submodule', '--quiet', 'update', '--init', '--recursive'];
  try {
    await git([...update, '--depth=1'], run);
  } catch (thrown) {
    if (thrown instanceof EngineError && thrown.code === 'cancelled') throw thrown;
    // A commit that no branch ends at cannot be fetched shallowly everywhere.
    await git(update, run);
  }
}

/** A link in the repository must not make a context of this machine's files. */
async function folderIn(top: string, { folder, name }: GitAddress): Promise<string> {
  try {
    const place = await realpath(join(top, folder));
    const path = within(top, place);
    if (path !== undefined && path.split('/')[0] !== '.git' && (await stat(place)).isDirectory())
      return place;
  } catch (thrown) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(thrown))) throw thrown;
  }
  throw new EngineError({
    code: 'not-found',
    message: `cannot build from ${name}: the repository has no folder ${folder}`,
    hint: 'Check what stands after the second colon.',
  });
}
