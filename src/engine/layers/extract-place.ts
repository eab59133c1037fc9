/** Where something is extracted to, by the rules of `docker cp`. Source: docker's documentation of `docker container cp`. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { cannotWrite, extractFault } from './extract-fault.ts';
import type { ExtractItem } from './extract-items.ts';
import { checkFolder, found, joined } from './target-path.ts';
import { Turns } from './turns.ts';

export interface ExtractPlace {
  /** Absolute: what is extracted gets this name. */
  readonly root: string;
  /** Nothing stands there. */
  readonly fresh: boolean;
}

/**
 * `destination` as a person typed it; `name`: what the source is called, `''` where only what is in it is meant (`/.`).
 * Into a folder that is there goes the source under its own name; else the destination is the new name.
 * Errors: `bad-input` for a folder onto a file, and where the folder to write into is not there.
 */
export async function placeFor(
  destination: string,
  name: string,
  { type }: Pick<ExtractItem, 'type'>,
): Promise<ExtractPlace> {
  const typed = Buffer.from(destination);
  const path = resolve(destination);
  const there = await kindOf(path);
  if (there === 'folder') {
    const root = await realpath(path);
    return name === '' ? { root, fresh: false } : placeAt(join(root, name));
  }
  if (there === 'other' && type === 'directory')
    throw cannotWrite(typed, 'it is no folder', 'A folder can only be extracted into a folder.');
  if (there === 'nothing' && destination.endsWith('/') && type !== 'directory')
    throw cannotWrite(typed, 'there is no such folder', 'Make the folder first, or leave the slash out.');
  const folder = dirname(path);
  if ((await kindOf(folder)) !== 'folder')
    throw cannotWrite(typed, `there is no folder ${folder}`, 'Make the folder first, or check the path.');
  return placeAt(join(await realpath(folder), basename(path)));
}

/** Exactly there, whatever stands there. */
export function placeAt(root: string): ExtractPlace {
  return { root, fresh: found(Buffer.from(root)) === undefined };
}

async function kindOf(path: string): Promise<'folder' | 'other' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'other';
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw extractFault(thrown, Buffer.from(path));
    // A link that leads nowhere is something, too.
    return found(Buffer.from(path)) === undefined ? 'nothing' : 'other';
  }
}

/**
 * What stands where items would go, files and links only: those are asked about. Nothing is changed.
 * Errors: `bad-input` where a folder or a device stands for a file, something else for a folder, or a link would be written through.
 */
export async function takenItems(
  place: ExtractPlace,
  items: readonly ExtractItem[],
): Promise<readonly ExtractItem[]> {
  if (place.fresh) return [];
  const root = Buffer.from(place.root);
  const taken: ExtractItem[] = [];
  /** Below a folder that is not there, nothing is. */
  let missing: Buffer | undefined;
  const turns = new Turns();
  for (const item of items) {
    if (turns.due) await turns.take();
    if (missing !== undefined && item.path.subarray(0, missing.length).equals(missing)) continue;
    const path = joined(root, item.path);
    const there = found(path);
    if (there === undefined) {
      if (item.type === 'directory') missing = Buffer.concat([item.path, Buffer.from('/')]);
    } else if (item.type === 'directory') checkFolder(path);
    else if (there.isDirectory())
      throw cannotWrite(path, 'it is a folder', 'Choose another place, or move it away.');
    // Whoever names /dev/null does not mean that a file is to stand there from now on.
    else if (!there.isFile() && !there.isSymbolicLink())
      throw cannotWrite(path, 'it is a device, a pipe or a socket', 'Choose another place.');
    else taken.push(item);
  }
  return taken;
}
