/** What a file system says when something cannot be written, in words a person can act on. */
import type { ErrorCode } from './errors.ts';

/** By errno, what is wrong and what to try. */
export type FaultTable = Readonly<Record<string, readonly [ErrorCode, why: string, hint: string]>>;

/** About the folder that is written to. */
export const FOLDER_FAULTS: FaultTable = {
  ENOENT: ['bad-input', 'there is no such folder', 'Make the folder first, or check the path.'],
  ENOTDIR: ['bad-input', 'something on the way there is not a folder', 'Check the path.'],
  EACCES: ['permission', 'permission denied', 'Choose a folder that you may write to.'],
  EPERM: ['permission', 'operation not permitted', 'Choose a folder that you may write to.'],
  EROFS: ['read-only', 'the file system is read-only', 'Choose another folder.'],
};

/** About its room; `elsewhere`: what to do with it in another place, such as `write it elsewhere`. */
export function roomFaults(elsewhere: string): FaultTable {
  const free = `Free some space there, or ${elsewhere}.`;
  return {
    ENOSPC: ['no-space', 'the disk is full', free],
    EDQUOT: ['no-space', 'the disk quota is used up', free],
    EFBIG: [
      'no-space',
      'the file system takes no file as large',
      `${elsewhere[0]!.toUpperCase()}${elsewhere.slice(1)}.`,
    ],
  };
}
