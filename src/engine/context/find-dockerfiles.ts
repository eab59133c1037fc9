/** Finds what can be built below a folder. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '../engine.ts';
import { cancelled } from '../errors.ts';

export interface FindOptions extends CallOptions {
  /** Default 100. */
  readonly limit?: number;
}

const WANTED =
  /^(?:Dockerfile|Containerfile|dockerfile)(?:\..+)?$|\.(?:Dockerfile|dockerfile|Containerfile)$/;
/** What stands beside a Dockerfile, and what editors leave behind. */
const UNWANTED = /\.dockerignore$|~$|\.(?:bak|orig|swp|tmp)$/;
const SKIPPED = new Set(['.git', 'node_modules']);
/** Folders read in all, and at a time: somebody may start in the root of a disk. */
const MOST = 20_000;
const AT_ONCE = 16;

/**
 * Relative paths of `Dockerfile`, `Dockerfile.*`, `*.Dockerfile`, and the same of `Containerfile`, the nearest first, then by name;
 * `.git` and `node_modules` are left out, links to folders not followed. What cannot be read is passed over.
 * Errors: `cancelled`.
 */
export async function findDockerfiles(folder: string, options: FindOptions = {}): Promise<string[]> {
  const { signal, limit = 100 } = options;
  const found: string[] = [];
  let level = [''];
  let read = 0;
  while (level.length > 0 && found.length < limit && read < MOST) {
    const below: string[] = [];
    for (let at = 0; at < level.length && read < MOST; at += AT_ONCE) {
      if (signal?.aborted) throw cancelled();
      const some = level.slice(at, at + AT_ONCE);
      read += some.length;
      const lists = await Promise.all(some.map((path) => list(join(folder, path))));
      for (const [index, entries] of lists.entries()) {
        for (const entry of entries) {
          const path = join(some[index]!, entry.name);
          if (entry.isDirectory()) {
            if (!SKIPPED.has(entry.name)) below.push(path);
          } else if (isWanted(entry)) found.push(path);
        }
      }
    }
    level = below;
  }
  if (signal?.aborted) throw cancelled();
  return found.slice(0, limit);
}

const isWanted = (entry: Dirent): boolean =>
  (entry.isFile() || entry.isSymbolicLink()) && WANTED.test(entry.name) && !UNWANTED.test(entry.name);

async function list(path: string): Promise<Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
