/** A member's name as it stands in a tar, made a path below the layer's root. */
import { pathParts } from './path-parts.ts';

const SLASH = 0x2f;
const DOT = 0x2e;

export interface LayersPath {
  /** Bytes of the folder's path read as Latin-1, without slashes at its ends; `''` for the root. */
  readonly folder: string;
  /** Empty for the root itself. */
  readonly name: Buffer;
}

/** `./a//b/` is `a/b`. What would lead out of the root ends at it: unpacking a layer is done inside its root, too. */
export function layersPath(bytes: Buffer): LayersPath {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === SLASH) end--;
  if (isPlain(bytes, 0, end)) {
    const slash = bytes.lastIndexOf(SLASH, end - 1);
    return slash === -1 || end === 0
      ? { folder: '', name: bytes.subarray(0, end) }
      : { folder: bytes.toString('latin1', 0, slash), name: bytes.subarray(slash + 1, end) };
  }
  const parts: string[] = [];
  for (const part of bytes.toString('latin1', 0, end).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const name = Buffer.from(parts.pop() ?? '', 'latin1');
  return { folder: parts.join('/'), name };
}

/** The same as the names it is made of; none for the root itself. */
export function layersParts(bytes: Buffer): Buffer[] {
  const { folder, name } = layersPath(bytes);
  return name.length === 0 ? [] : [...pathParts(Buffer.from(folder, 'latin1')), name];
}

/** The path of a folder that stands in a tar from `start` to before `end`, as `LayersPath.folder` has it. */
export function folderPath(bytes: Buffer, start: number, end: number): string {
  if (isPlain(bytes, start, end)) return bytes.toString('latin1', start, end);
  const { folder, name } = layersPath(bytes.subarray(start, end));
  return folder === '' ? name.toString('latin1') : `${folder}/${name.toString('latin1')}`;
}

/** Whether no part of it is empty, `.` or `..`. */
function isPlain(bytes: Buffer, from: number, end: number): boolean {
  let start = from;
  for (let at = from; at <= end; at++) {
    if (at < end && bytes[at] !== SLASH) continue;
    const length = at - start;
    if (length === 0 && end > from) return false;
    if (length === 1 && bytes[start] === DOT) return false;
    if (length === 2 && bytes[start] === DOT && bytes[start + 1] === DOT) return false;
    start = at + 1;
  }
  return true;
}
