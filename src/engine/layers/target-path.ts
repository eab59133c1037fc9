/** Paths of the disk as bytes: names out of images need not be UTF-8. */
import { randomBytes } from 'node:crypto';
import { lstatSync, type Stats } from 'node:fs';
import { cannotWrite, extractFault } from './extract-fault.ts';

const SLASH = 0x2f;
/** Bytes of a name that leave room for what a temporary one has more. */
const NAME_ROOM = 200;

export function joined(root: Buffer, path: Buffer): Buffer {
  if (path.length === 0) return root;
  return Buffer.concat(root.at(-1) === SLASH ? [root, path] : [root, Buffer.of(SLASH), path]);
}

/** `.NAME.1a2b3c4d.part` in the same folder. */
export function besideOf(path: Buffer): Buffer {
  const slash = path.lastIndexOf(SLASH);
  return Buffer.concat([
    path.subarray(0, slash + 1),
    Buffer.from('.'),
    path.subarray(slash + 1, slash + 1 + NAME_ROOM),
    Buffer.from(`.${randomBytes(4).toString('hex')}.part`),
  ]);
}

/** What stands there, links not followed; undefined where nothing does. */
export function found(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw extractFault(thrown, path);
  }
}

/** Errors: `bad-input` for what is no folder, or only leads to one. */
export function checkFolder(path: Buffer): void {
  const there = found(path);
  if (there?.isDirectory() === true) return;
  const why = there?.isSymbolicLink()
    ? 'it is a symbolic link, and nothing is written through one'
    : 'it is no folder';
  throw cannotWrite(path, why, 'Choose another place, or move it away.');
}
