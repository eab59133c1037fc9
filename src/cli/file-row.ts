/** One entry of an image, as a line for people and as a document for machines. */
import type { FoundFile } from '../engine/layers/find-in-layer.ts';
import { modeText } from '../engine/layers/mode-text.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import type { Change } from '../engine/layers/stacked-tree.ts';
import { exactText } from './exact-text.ts';

export interface FileRow {
  readonly file: FoundFile;
  /** The layer it comes from, the base being 1. */
  readonly layer: number;
  /** What layers did to it, and which one last; undefined where nobody asked. */
  readonly change?: { readonly kind: Change; readonly by: number };
}

export function fileDocument({ file, layer, change }: FileRow): object {
  return {
    ...fileFacts(file),
    layer,
    ...(change !== undefined && { change: change.kind, changedBy: change.by }),
  };
}

/** All that is known of a file but in which layer it is. */
export function fileFacts({ path, ...facts }: FoundFile): object {
  return { path: exactText(path), ...entryFacts(facts) };
}

/** The same without its path. */
export function entryFacts(facts: Omit<FoundFile, 'path'>): object {
  const { type, size, mode, uid, gid, mtime, link, digest } = facts;
  return {
    type,
    size,
    mode,
    uid,
    gid,
    mtime,
    link: link === undefined ? null : exactText(link),
    digest: digest === undefined ? null : `sha256:${digest.toString('hex')}`,
  };
}

const SIGNS: Readonly<Record<Change, string>> = { added: '+', changed: '~', removed: '-' };

/** As `tar -tv` writes it, the layer in front: `  2 -rw-r--r-- 0/0   1204 2026-11-22 03:01 etc/motd`. `digests`: contents were read. */
export function fileLine({ file, layer, change }: FileRow, digests: boolean): string {
  const { type, mode, uid, gid, size, mtime, digest } = file;
  const sign = change === undefined ? '' : `${SIGNS[change.kind]} `;
  const hash = digests ? `${digest?.toString('hex') ?? '-'.repeat(64)} ` : '';
  const owner = `${uid}/${gid}`;
  const room = Math.max(0, 16 - owner.length);
  return `${sign}${String(layer).padStart(3)} ${modeText(type, mode)} ${owner} ${String(size).padStart(room)} ${moment(mtime)} ${hash}${pathText(file)}`;
}

/** A folder ends with a slash, a link tells where it leads. */
export function pathText({ path, type, link }: FoundFile): string {
  const shown = shownPath(path);
  if (type === 'directory') return `${shown}/`;
  if (link === undefined) return shown;
  return `${shown} ${type === 'symlink' ? '->' : 'link to'} ${shownPath(link)}`;
}

/** Of Unix seconds, in the time zone of the process: `2026-11-22 03:01`. */
function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return '????-??-?? ??:??';
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
