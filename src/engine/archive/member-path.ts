/** Names inside an archive: only ever keys of a table, never paths of this machine. */
import { posix } from 'node:path';

const HOPS = 16;
/** Characters. No file system takes longer ones, and they are all kept in memory. */
export const LONGEST = 4096;

/** `./a//b` and `/a/b` are `a/b`; undefined for what is empty, too long or climbs out of the archive. */
export function memberPath(name: string): string | undefined {
  if (name.length > LONGEST || name.includes('\0')) return undefined;
  const path = posix.normalize(name.replace(/^\/+/, '')).replace(/\/$/, '');
  return path === '' || path === '.' || path === '..' || path.startsWith('../') ? undefined : path;
}

/**
 * Follows links from a member to the path of one that is none; undefined where they lead out of the archive
 * or in a circle. A symbolic link is relative to its folder, a hard link to the archive's top.
 */
export function followLinks(
  path: string,
  linkOf: (path: string) => { readonly target: string; readonly isSymbolic: boolean } | undefined,
): string | undefined {
  let at: string | undefined = memberPath(path);
  for (let hops = 0; hops < HOPS && at !== undefined; hops++) {
    const link = linkOf(at);
    if (link === undefined) return at;
    // A symbolic link's absolute target is a place on the machine that reads it.
    if (link.isSymbolic && link.target.startsWith('/')) return undefined;
    at = memberPath(link.isSymbolic ? posix.join(posix.dirname(at), link.target) : link.target);
  }
  return undefined;
}
