/**
 * What jobs need of a store, so that no collection takes it from under their feet: a file a job. That of a
 * job that failed or died stays for a day, since whoever wanted an image will try again.
 */
import { readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';
import { errnoOf } from './fault.ts';
import { takeLock } from './lock.ts';
import { isAlive, newOwner, readOwner, SIGN_OF_LIFE, writeOwner } from './owner.ts';
import type { Paths } from './paths.ts';

export interface Hold {
  /** From here on no collection takes these blobs, whether they are there already or come later. */
  add(...digests: readonly string[]): Promise<void>;
  /** `unfinished`: the job did not reach its end; its blobs stay for a day. */
  release(options?: { readonly unfinished?: boolean }): Promise<void>;
}

/** Milliseconds for which an unfinished job's blobs stay. */
export const UNFINISHED = 24 * 3_600_000;

export interface HeldBlobs {
  readonly digests: ReadonlySet<string>;
  /** Of the oldest running job, in Unix milliseconds: what came later may be its own; `Infinity` with none. */
  readonly since: number;
}

interface HoldFile {
  readonly owner: string;
  readonly unfinished: boolean;
  readonly started: number;
  readonly digests: readonly string[];
}

export async function openHold(paths: Paths): Promise<Hold> {
  const hold = new FileHold(paths);
  await hold.add();
  return hold;
}

class FileHold implements Hold {
  readonly #paths: Paths;
  readonly #path: string;
  readonly #owner: string;
  readonly #started = Date.now();
  readonly #digests = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #ended = false;

  constructor(paths: Paths) {
    const owner = newOwner();
    this.#paths = paths;
    this.#path = join(paths.holds, `${owner.token}.json`);
    this.#owner = writeOwner(owner);
    const sign = () => {
      const now = new Date();
      utimes(this.#path, now, now).catch(() => {});
    };
    this.#timer = setInterval(sign, SIGN_OF_LIFE / 4).unref();
  }

  /** Under the lock: a collection under way has to end first, and the next one knows of it. */
  async add(...digests: readonly string[]): Promise<void> {
    const fresh = digests.filter((digest) => !this.#digests.has(digest));
    if (fresh.length === 0 && this.#digests.size > 0) return;
    for (const digest of fresh) this.#digests.add(digest);
    const lock = await takeLock(this.#paths.lock);
    try {
      await this.#write(false);
    } finally {
      await lock.release();
    }
  }

  async release(options: { readonly unfinished?: boolean } = {}): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    if (options.unfinished && this.#digests.size > 0) {
      await this.#write(true).catch(() => {});
      return;
    }
    await unlink(this.#path).catch(() => {});
    // What earlier tries held for this one is not needed any more.
    for (const { path, file } of await readHolds(this.#paths)) {
      if (!isRunning(file, await signOf(path)) && file.digests.every((digest) => this.#digests.has(digest))) {
        await unlink(path).catch(() => {});
      }
    }
  }

  async #write(unfinished: boolean): Promise<void> {
    const file: HoldFile = {
      owner: this.#owner,
      unfinished,
      started: this.#started,
      digests: [...this.#digests],
    };
    const temporary = `${this.#path}.new`;
    await writeFile(temporary, JSON.stringify(file));
    await rename(temporary, this.#path);
  }
}

/** To be read under the store's lock. Files of jobs that ended more than a day ago are taken away. */
export async function heldBlobs(paths: Paths): Promise<HeldBlobs> {
  const digests = new Set<string>();
  let since = Number.POSITIVE_INFINITY;
  for (const { path, file } of await readHolds(paths)) {
    const sign = await signOf(path);
    if (isRunning(file, sign)) since = Math.min(since, file.started);
    else if (Date.now() - sign > UNFINISHED) {
      await unlink(path).catch(() => {});
      continue;
    }
    for (const digest of file.digests) digests.add(digest);
  }
  return { digests, since };
}

function isRunning(file: HoldFile, lastSign: number): boolean {
  const owner = readOwner(file.owner);
  return !file.unfinished && owner !== undefined && isAlive(owner, lastSign);
}

async function signOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

async function readHolds(paths: Paths): Promise<{ path: string; file: HoldFile }[]> {
  const names = await readdir(paths.holds).catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return [];
    throw thrown;
  });
  const found: { path: string; file: HoldFile }[] = [];
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const path = join(paths.holds, name);
    const file = readHold(await readFile(path, 'utf8').catch(() => ''));
    if (file !== undefined) found.push({ path, file });
  }
  return found;
}

function readHold(text: string): HoldFile | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value)) return undefined;
    const { owner, unfinished, started, digests } = value;
    if (typeof owner !== 'string' || typeof started !== 'number' || !Array.isArray(digests)) return undefined;
    return { owner, unfinished: unfinished === true, started, digests: digests.filter(isDigest) };
  } catch {
    return undefined;
  }
}
