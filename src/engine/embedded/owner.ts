/**
 * Which process something on disk belongs to, and whether that process still lives. A number alone
 * says little: it is given again, and in a container or on another machine it means another process.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface Owner {
  /** Machine since its start, and process namespace: process numbers compare only within one. */
  readonly scene: string;
  readonly pid: number;
  /** When the process started, in the kernel's own count; `''` where that cannot be told. */
  readonly start: string;
  /** Different for everything that is ever owned. */
  readonly token: string;
}

/** Milliseconds. An owner whose life cannot be checked from here must show a sign of it this often. */
export const SIGN_OF_LIFE = 120_000;

let self: Omit<Owner, 'token'> | undefined;

/** This process, with a new token. */
export function newOwner(): Owner {
  self ??= { scene: sceneOf(), pid: process.pid, start: startOf(process.pid) ?? '' };
  return { ...self, token: randomBytes(8).toString('hex') };
}

/** One word that can be a file's content or a link's target. */
export function writeOwner({ scene, pid, start, token }: Owner): string {
  return `${scene}:${pid}:${start}:${token}`;
}

export function readOwner(text: string): Owner | undefined {
  const [, scene, pid, start, token] = /^([^:]+):(\d+):(\d*):([0-9a-f]+)$/.exec(text) ?? [];
  if (scene === undefined || pid === undefined || start === undefined || token === undefined)
    return undefined;
  return { scene, pid: Number(pid), start, token };
}

/** `lastSign` is when it last showed itself, in Unix milliseconds: the age of its file. */
export function isAlive(owner: Owner, lastSign: number): boolean {
  const own = newOwner();
  const isNearby = owner.scene === own.scene;
  if (isNearby && owner.pid === own.pid) return owner.start === own.start;
  const isRecent = Date.now() - lastSign < SIGN_OF_LIFE;
  if (!isNearby) return isRecent;
  if (!exists(owner.pid)) return false;
  const start = startOf(owner.pid);
  if (start === undefined || owner.start === '') return isRecent;
  return start === owner.start;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Source: proc(5), /proc/PID/stat field 22; a zombie (state Z) does nothing any more. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name is in brackets, and may hold blanks and brackets itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

function sceneOf(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const space = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
    // Short enough for a link to lie in its inode: then a lock can be made on a full disk.
    return createHash('sha256').update(`${boot} ${space}`).digest('hex').slice(0, 12);
  } catch {
    return hostname().replaceAll(/[^\w.-]/g, '_') || 'here';
  }
}
