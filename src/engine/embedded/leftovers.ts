/** What is left in nacre's own folder by jobs that died or gave up. */
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './fault.ts';
import { clearDeadMarks, tryLock } from './lock.ts';
import { LOCK_SUFFIX, type Paths } from './paths.ts';

export interface Leftover {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Last written, in Unix milliseconds. */
  readonly time: number;
  /** `partial`: of a known blob, and can be resumed; `unnamed`: of one whose digest was never known; `temporary`: of a change that did not come to its end. */
  readonly kind: 'partial' | 'unnamed' | 'temporary';
}

/** Milliseconds after which a temporary file is nobody's: making and renaming one takes a moment. */
const TEMPORARY_AGE = 600_000;

/** Those of running jobs included: whether one runs is told by its lock. */
export async function listLeftovers(paths: Paths): Promise<Leftover[]> {
  const [partials, own, holds] = await Promise.all([
    filesIn(paths.partials),
    filesIn(paths.own),
    filesIn(paths.holds),
  ]);
  return [
    ...partials.map((file) => ({ ...file, kind: kindOf(file.name) })),
    ...own.filter(({ name }) => /^index-[0-9a-f]+\.json$/.test(name)).map(asTemporary),
    ...holds.filter(({ name }) => name.endsWith('.new')).map(asTemporary),
  ];
}

/** Partial blobs last written before a moment go, and all that can never be used. Returns the bytes freed, or with `dryRun` those that would be. */
export async function clearLeftovers(paths: Paths, before: number, dryRun = false): Promise<number> {
  if (!dryRun) await clearDeadLocks(paths);
  let freed = 0;
  for (const { path, size, time, kind } of await listLeftovers(paths)) {
    if (kind === 'partial' && time >= before) continue;
    if (kind === 'temporary' && Date.now() - time < TEMPORARY_AGE) continue;
    const lock = await tryLock(`${path.replace(/\.kept$/, '')}${LOCK_SUFFIX}`);
    if (lock === undefined) continue;
    try {
      if (!dryRun) await unlink(path);
      freed += size;
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
    } finally {
      await lock.release();
    }
  }
  return freed;
}

/** A process that was killed between the end of its work and its lock leaves the lock. */
async function clearDeadLocks(paths: Paths): Promise<void> {
  for (const name of await namesIn(paths.partials)) {
    if (name.endsWith(LOCK_SUFFIX)) await (await tryLock(join(paths.partials, name)))?.release();
  }
  for (const folder of [paths.partials, paths.own, paths.holds]) await clearDeadMarks(folder);
}

function kindOf(name: string): Leftover['kind'] {
  return name.startsWith('new-') ? 'unnamed' : 'partial';
}

function asTemporary(file: Omit<Leftover, 'kind'>): Leftover {
  return { path: file.path, size: file.size, time: file.time, kind: 'temporary' };
}

async function filesIn(folder: string): Promise<(Omit<Leftover, 'kind'> & { name: string })[]> {
  const names = await namesIn(folder);
  const files: (Omit<Leftover, 'kind'> & { name: string })[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    // Locks are links.
    if (found?.isFile()) files.push({ name, path, size: found.size, time: found.mtimeMs });
  }
  return files;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  });
}
