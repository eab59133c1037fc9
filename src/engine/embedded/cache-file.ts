/** A file in the cache folder that says something of one store; lost or damaged, it is made again. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds after which a file that nobody wrote is of a store that nobody uses. */
const FORGOTTEN = 60 * 24 * 3_600_000;

export class CacheFile {
  readonly #folder: string;
  readonly #path: string;

  /** `store` is the store's folder; `folder` where caches lie, by default `$XDG_CACHE_HOME/nacre`. */
  constructor(what: string, store: string, folder: string = defaultFolder()) {
    const name = createHash('sha256').update(store).digest('hex').slice(0, 16);
    this.#folder = folder;
    this.#path = join(folder, `store-${name}-${what}.json`);
  }

  /** Undefined where there is nothing to read. */
  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Replaces the file in one step. Never rejects. */
  async write(value: unknown): Promise<void> {
    const temporary = `${this.#path}.${randomUUID()}`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify(value), { mode: 0o600 });
      await rename(temporary, this.#path);
      await this.#clearOld();
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  /** Files of stores that are gone, and what killed processes left. */
  async #clearOld(): Promise<void> {
    const names = await readdir(this.#folder);
    for (const name of names.filter((one) => /^store-[0-9a-f]{16}-/.test(one))) {
      const path = join(this.#folder, name);
      const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
      if (age > FORGOTTEN) await rm(path, { force: true });
    }
  }
}

/** An empty or relative XDG_CACHE_HOME is to be ignored. Source: XDG base directory specification. */
function defaultFolder(): string {
  const named = process.env['XDG_CACHE_HOME'];
  return join(named?.startsWith('/') ? named : join(homedir(), '.cache'), 'nacre');
}
