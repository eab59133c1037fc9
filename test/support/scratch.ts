/** Temporary folders that outlive no test run, whatever ended it. */
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const CGROUPS = '/sys/fs/cgroup';
const PREFIX = 'nacre-test-';

/** A new folder that names its owner's pid, so that a later run can tell whether it was left behind. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

export async function removeScratch(folder: string): Promise<void> {
  await removeCgroups(basename(folder));
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** A killed engine leaves its containers' control groups, empty, under the parent named after its folder. */
async function removeCgroups(name: string): Promise<void> {
  const hierarchies = existsSync(CGROUPS) ? ['.', ...folders(CGROUPS)] : [];
  for (const hierarchy of hierarchies) {
    const parent = join(CGROUPS, hierarchy, name);
    if (!existsSync(parent)) continue;
    for (const child of folders(parent)) await removeCgroup(join(parent, child));
    await removeCgroup(parent);
  }
}

/** The kernel still holds the group of a process that has just died. */
async function removeCgroup(path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      rmdirSync(path);
      return;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || attempt === 50) throw thrown;
      await sleep(40);
    }
  }
}

function folders(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : [],
  );
}

/** Removes the folders of processes that no longer live. */
export async function sweepScratch(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1] ?? Number.NaN);
    if (Number.isInteger(pid) && !isAlive(pid)) await removeScratch(join(tmpdir(), name));
  }
}

const ENGINES = 'NACRE_TEST_CACHE';

/** Where downloaded engines are kept between runs. */
export function cacheFolder(): string {
  return (
    process.env[ENGINES] ?? join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'nacre-test')
  );
}

/** What the code under test remembers goes to a folder of this run, which is returned; called once, before the workers start. */
export function keepCachesApart(): string {
  const folder = scratchFolder();
  process.env[ENGINES] = cacheFolder();
  process.env['XDG_CACHE_HOME'] = folder;
  process.env['XDG_STATE_HOME'] = join(folder, 'state');
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}
