/**
 * The file of changes: JSON lines that are only ever added to, by several processes at once. When it is full it is
 * put aside, and the oldest of those is forgotten.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { errnoOf } from '../embedded/fault.ts';
import { takeLock } from '../embedded/lock.ts';

/** Bytes after which a file is put aside, and how many of those are kept: some ten thousand changes in all. */
const FULL = 4 * 2 ** 20;
const KEPT = 3;
/** Milliseconds after which others get their turn while all of them are read: keys, for one. */
const TURN = 8;

export interface ChangeFileOptions {
  readonly folder: string;
  /** Bytes after which the file is put aside. Default 4 MiB. */
  readonly full?: number;
}

export class ChangeFile {
  readonly folder: string;
  readonly #full: number;
  #hasFolder = false;

  constructor({ folder, full = FULL }: ChangeFileOptions) {
    this.folder = folder;
    this.#full = full;
  }

  /**
   * Adds a line. With `sync` it is on the disk afterwards, also if the machine loses its power.
   * Rejects with what the file system says, or where not all of it could be written.
   */
  async add(record: object, { sync }: { readonly sync: boolean }): Promise<void> {
    // A line of its own even behind one that a killed process has left half-written.
    const bytes = Buffer.from(`\n${JSON.stringify(record)}\n`);
    const file = await this.#open();
    let size: number;
    try {
      // One call: the kernel puts the lines of several processes one after the other.
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length) throw shortWrite();
      if (sync) await file.datasync();
      size = (await file.stat()).size;
    } finally {
      await file.close();
    }
    if (size >= this.#full) await this.#putAside();
  }

  /** The lines, newest file first and in each the newest line first. What is no JSON object is passed over. */
  async *newest(): AsyncGenerator<Readonly<Record<string, unknown>>, void, void> {
    for (let age = 0; age <= KEPT; age++) {
      const text = await readText(this.#path(age));
      const lines = text.split('\n');
      let turn = performance.now();
      for (let at = lines.length - 1; at >= 0; at--) {
        const record = parse(lines[at]!);
        if (record !== undefined) yield record;
        if (performance.now() - turn < TURN) continue;
        await setImmediate();
        turn = performance.now();
      }
    }
  }

  #path(age: number): string {
    return join(this.folder, age === 0 ? 'changes.jsonl' : `changes.${age}.jsonl`);
  }

  async #open(): Promise<FileHandle> {
    const flags = constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY;
    try {
      if (!this.#hasFolder) await mkdir(this.folder, { recursive: true, mode: 0o700 });
      this.#hasFolder = true;
      return await open(this.#path(0), flags, 0o600);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') throw thrown;
      // Somebody took the folder away since.
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      return await open(this.#path(0), flags, 0o600);
    }
  }

  /** Who finds it full second finds it small again: two must not put two files aside. */
  async #putAside(): Promise<void> {
    try {
      const lock = await takeLock(join(this.folder, 'lock'));
      try {
        const { size } = await stat(this.#path(0));
        if (size < this.#full) return;
        await rm(this.#path(KEPT), { force: true });
        for (let age = KEPT - 1; age >= 0; age--)
          await rename(this.#path(age), this.#path(age + 1)).catch(orMissing);
      } finally {
        await lock.release();
      }
    } catch {
      // The line is written; a file that grows too large is the smaller harm, and the next line tries again.
    }
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return '';
    throw thrown;
  }
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  if (line === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function shortWrite(): Error {
  return Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
}

function orMissing(thrown: unknown): void {
  if (errnoOf(thrown) !== 'ENOENT') throw thrown;
}
