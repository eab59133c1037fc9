/** Tar archives in memory. */
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export interface TarEntry {
  readonly name: string;
  /** A file's bytes; left out for a directory or a link. */
  readonly content?: string | Buffer;
  /** Target of a symbolic link. */
  readonly link?: string;
  /** The entry before it of which it is another name. */
  readonly hard?: string;
  readonly mode?: number;
}

/** The same entries give the same bytes, so images made of them have the same id everywhere. */
export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  const mtime = new Date(1_600_000_000_000);
  for (const { name, content, link, hard, mode } of entries) {
    if (hard !== undefined) tar.entry({ name, type: 'link', linkname: hard, mtime });
    else if (link !== undefined) tar.entry({ name, type: 'symlink', linkname: link, mtime });
    else if (content === undefined) tar.entry({ name, type: 'directory', mode: mode ?? 0o755, mtime });
    else tar.entry({ name, mode: mode ?? 0o644, mtime }, content);
  }
  tar.finalize();
  return await buffer(tar);
}

/** A tar as it comes from a stream. */
export async function* passing(tar: Buffer): AsyncGenerator<Buffer> {
  yield tar;
}
