/**
 * A lock between processes: a symbolic link that leads nowhere and whose target names the owner. Making
 * a link is exclusive and puts its whole content there in one step, so no lock is ever half-written.
 */
import { lstat, lutimes, readdir, readlink, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf, throwIfAborted } from './fault.ts';
import { isAlive, newOwner, type Owner, readOwner, SIGN_OF_LIFE, writeOwner } from './owner.ts';

export interface Lock {
  release(): Promise<void>;
}

/** Milliseconds between two looks at a lock that somebody else has. */
const PATIENCE = [1, 2, 4, 8, 16] as const;

/** Waits until the lock is ours. Errors: of the file system, `cancelled`. */
export async function takeLock(path: string, signal?: AbortSignal): Promise<Lock> {
  const owner = newOwner();
  for (let look = 0; ; look++) {
    throwIfAborted(signal);
    if (await link(path, owner)) return new HeldLock(path, owner);
    const holder = await whoHolds(path);
    if (holder === undefined) continue;
    if (!holder.alive && (await breakLock(path, holder.content, owner))) continue;
    await sleep(PATIENCE[Math.min(look, PATIENCE.length - 1)]! * (0.5 + Math.random()));
  }
}

/** The lock, unless a living process has it. */
export async function tryLock(path: string): Promise<Lock | undefined> {
  const owner = newOwner();
  for (;;) {
    if (await link(path, owner)) return new HeldLock(path, owner);
    const holder = await whoHolds(path);
    if (holder?.alive) return undefined;
    if (holder !== undefined && !(await breakLock(path, holder.content, owner))) return undefined;
  }
}

class HeldLock implements Lock {
  readonly #path: string;
  readonly #content: string;
  readonly #timer: NodeJS.Timeout;
  #released = false;

  constructor(path: string, owner: Owner) {
    this.#path = path;
    this.#content = writeOwner(owner);
    const sign = () => {
      const now = new Date();
      lutimes(path, now, now).catch(() => {});
    };
    this.#timer = setInterval(sign, SIGN_OF_LIFE / 4).unref();
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#timer);
    // Whoever slept through its signs of life may have lost it to another.
    const content = await readlink(this.#path).catch(() => '');
    if (content === this.#content) await unlink(this.#path).catch(() => {});
  }
}

interface Holder {
  readonly content: string;
  readonly alive: boolean;
}

async function whoHolds(path: string): Promise<Holder | undefined> {
  try {
    const content = await readlink(path);
    const owner = readOwner(content);
    const { mtimeMs } = await lstat(path);
    return { content, alive: owner !== undefined && isAlive(owner, mtimeMs) };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    // Not a link: nothing of ours, and nobody lives in it.
    if (errnoOf(thrown) === 'EINVAL') return { content: '', alive: false };
    throw thrown;
  }
}

/**
 * Takes a dead owner's lock away. Only one process may: had two found it dead, the slower one would
 * take away the lock that the faster one has made meanwhile. So each dead lock has a mark of its own
 * name, which only one can make; a mark whose maker died is followed by the next one. False while
 * another living process is about to do it.
 */
async function breakLock(path: string, content: string, owner: Owner): Promise<boolean> {
  const token = readOwner(content)?.token ?? 'unreadable';
  const mark = (turn: number) => `${path}.${token}.${turn}`;
  let turn = 0;
  while (!(await link(mark(turn), owner))) {
    const maker = await whoHolds(mark(turn));
    if (maker?.alive) return false;
    if (maker !== undefined) turn++;
  }
  // The content never comes again: what is there now is either that lock or a newer one.
  const now = await whoHolds(path);
  if (now?.content === content) await unlink(path);
  for (let made = 0; made <= turn; made++) await unlink(mark(made)).catch(() => {});
  return true;
}

/** The mark that takes a dead lock away: the lock's path, its owner's token, and whose turn it is. */
const MARK = /^(.+)\.([0-9a-f]{16})\.\d+$/;

/** Removes what those left in a folder who died while they took a dead owner's lock away. */
export async function clearDeadMarks(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, lock, token] = MARK.exec(name) ?? [];
    if (lock === undefined) continue;
    // As long as that lock is there, its marks decide who may take it away.
    const held = await readlink(join(folder, lock)).catch(() => '');
    if (readOwner(held)?.token === token) continue;
    const maker = await whoHolds(join(folder, name));
    if (maker !== undefined && !maker.alive) await unlink(join(folder, name)).catch(() => {});
  }
}

async function link(path: string, owner: Owner): Promise<boolean> {
  try {
    await symlink(writeOwner(owner), path);
    return true;
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}
