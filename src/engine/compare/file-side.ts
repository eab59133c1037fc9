/** One file as one of two compared images has it. */
import { FILE_TYPES, type FileType, FLAG } from '../layers/layer-index.ts';
import { type EntryPlace, linkedFile } from '../layers/linked-file.ts';
import { shownPath } from '../layers/shown-path.ts';
import type { StackedTree } from '../layers/stacked-tree.ts';

export interface FileSide {
  /** Of a hard link the type of what it stands for: it is one more name of that file, and no other thing. */
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes that are read from it. */
  readonly size: number;
  /** Bytes that it takes: none for a further name of a file. */
  readonly own: number;
  /** Unix seconds. */
  readonly mtime: number;
  /** Where a symbolic link leads, fit to be shown; `''` for all else. */
  readonly link: string;
  /** SHA-256 of the content; undefined for what is no file, or where contents were not read. */
  readonly digest: Uint8Array | undefined;
  /** The folder has no member of its own in a tar: its mode and owner are made up. */
  readonly implied: boolean;
  /** The entry that has the content, and its layer, the base being 0. */
  readonly content: EntryPlace;
}

/** `place`: an entry of the stacked tree. */
export function sideOf(tree: StackedTree, place: number): FileSide {
  const source = tree.source(place);
  const content = contentOf(tree, source);
  const index = tree.indexes[content.layer]!;
  const { entry } = content;
  const { uid, gid } = index.owner(entry);
  const type = FILE_TYPES[index.columns.kinds[entry]! >>> 12]!;
  return {
    type,
    mode: index.mode(entry),
    uid,
    gid,
    size: index.size(entry),
    own: source.index.size(source.entry),
    mtime: index.mtime(entry),
    link: type === 'symlink' ? shownPath(index.target(entry)) : '',
    digest: index.digest(entry),
    implied: index.has(entry, FLAG.implied),
    content,
  };
}

/** A hard link that leads nowhere stays what it is. */
function contentOf({ indexes }: StackedTree, { layer, entry }: EntryPlace): EntryPlace {
  if (indexes[layer]!.type(entry) !== 'hardlink') return { layer, entry };
  try {
    return linkedFile(indexes, { layer, entry });
  } catch {
    return { layer, entry };
  }
}
