/** The entry under the cursor of the files page in words: what it is, who brought it, and what later layers did to it. Pure. */
import type { ContentLayer } from '../engine/layers/contents.ts';
import { modeText } from '../engine/layers/mode-text.ts';
import { pathHistory } from '../engine/layers/path-history.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import { layerNumber } from './files-layers.ts';
import type { FilesTarget } from './files-page.ts';
import { ago, bytes, grouped, plural } from './format.ts';

export interface EntryLine {
  readonly label: string;
  readonly text: string;
}

const TYPES = {
  file: 'file',
  directory: 'folder',
  symlink: 'symbolic link',
  hardlink: 'hard link',
  'character-device': 'character device',
  'block-device': 'block device',
  fifo: 'named pipe',
  whiteout: 'removal',
  other: 'of an unknown kind',
} as const;

/** `now`: Unix seconds. */
export function entryLines(target: FilesTarget, now: number): EntryLine[] {
  const { index, own, path, contents } = target;
  const { layers } = contents.image;
  const type = index.type(own);
  const { uid, gid } = index.owner(own);
  const size = index.size(own);
  const mtime = index.mtime(own);
  const lines: EntryLine[] = [{ label: 'path', text: `/${shownPath(path)}` }];
  const link = index.target(own);
  if (link.length > 0) lines.push({ label: 'leads to', text: shownPath(link) });
  lines.push({
    label: 'is',
    text: [
      `${TYPES[type]} ${modeText(type, index.mode(own))}`,
      type === 'file' ? `${bytes(size)}${size >= 1000 ? ` (${plural(size, 'byte')})` : ''}` : '',
      type === 'directory' ? insideText(target) : '',
      `owner ${uid}:${gid}`,
      mtime > 0 ? `${dateText(mtime)}, ${ago(mtime, now)}` : '',
    ]
      .filter((part) => part !== '')
      .join(' · '),
  });
  const events = pathHistory(contents.indexes, path);
  const words = { added: 'brought by', changed: 'changed by', removed: 'removed by' } as const;
  // Folders are touched by all that happens in them: only who brought them is worth a row.
  const told = type === 'directory' ? events.filter(({ what }) => what !== 'changed') : events;
  for (const [at, { layer, what, entry }] of told.entries()) {
    const bytesThere =
      entry === undefined || type !== 'file' || told.length === 1 ? '' : sizeThere(target, layer, entry);
    const again = what === 'added' && at > 0 ? 'again by' : words[what];
    lines.push({ label: again, text: `${stepText(layers, layer)}${bytesThere}` });
  }
  const digest = index.digest(own);
  if (digest !== undefined)
    lines.push({ label: 'content', text: `sha256:${Buffer.from(digest).toString('hex')}` });
  return lines;
}

function sizeThere({ contents }: FilesTarget, layer: number, entry: number): string {
  return ` · ${bytes(contents.indexes[layer]!.size(entry))}`;
}

function insideText({ tree, entry }: FilesTarget): string {
  const { from, to } = tree.children(entry);
  return to === from ? 'empty' : `${grouped(to - from)} in it`;
}

/** `step 6 of the Dockerfile … RUN npm ci`. */
function stepText(layers: readonly ContentLayer[], layer: number): string {
  const { step = 0, createdBy = '' } = layers[layer] ?? {};
  const number = layerNumber(layers, layer);
  const place = step > 0 ? `step ${number}` : `layer ${number}`;
  return `${place} · ${createdBy === '' ? 'no instruction recorded' : createdBy.replace(/\s+/g, ' ')}`;
}

/** `2026-08-30 12:04`, in UTC: layers are made to be the same everywhere. */
export function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? 'at an unknown time'
    : date.toISOString().slice(0, 16).replace('T', ' ');
}
